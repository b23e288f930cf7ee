"""How the files of a raw folder become tables: what is in them, what is wrong with them, and the SQL that lands them.

dbt asks which tables are as they were landed, `unchanged_tables(requests)`, and for a plan for each of the others,
`landing_plan(request)`, whose statements it runs (macros/land.sql); tools/doctor.py asks the functions themselves. A
table is a dict: name (`raw_app__orders`, or that of a reference table), is_raw, is_demo_only (a reference table that is
never applied to a user's data), default_file (the project's CSV), and columns: {name: {data_type, may_lack,
may_be_empty, accepted}}, keys (of a reference table: lists of columns, no two rows the same in them).
"""

import atexit
import contextlib
import glob
import hashlib
import json
import os
import pathlib
import re
from dataclasses import replace

import duckdb
import landing_files as files
import landing_mapping as mapping
import landing_sql
from landing_files import Column, Content, Options, Problem, quoted, reading_error

WHOLE_NUMBERS = [
    f"{sign}{kind}" for sign in ("", "U") for kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
]
NUMBERS = [*WHOLE_NUMBERS, "HUGEINT", "DECIMAL", "DOUBLE", "FLOAT"]
# The types of a file's column that fit a type of the contract as they are.
FITTING = {
    "timestamp": ["TIMESTAMP", "DATE"],
    "date": ["DATE", "TIMESTAMP"],
    "boolean": ["BOOLEAN"],
    "bigint": [*WHOLE_NUMBERS, "HUGEINT"],
}
FLOATING = {"DOUBLE": 2**53, "FLOAT": 2**24}
READS_CSV = re.compile(r"read_csv|\.(csv|tsv|txt)\b", re.IGNORECASE)
# As macros/dialect.sql cleans text (as_text).
BLANKS = r"[\p{Z}\p{Cc}\p{Cf}\x{2800}\x{3164}]+"


def check_folder(folder: str, fact_tables: list[str] | None = None) -> None:
    """Raises a Problem when nothing can be landed from a folder: it must hold one of `fact_tables` (raw tables)."""
    if not folder:
        return
    if re.search(r"[*?\[\]]", folder):
        raise Problem(
            f"{folder} has one of * ? [ ] in its path, which DuckDB reads as a pattern. "
            "Rename the folder, or set GROUNDWORK_RAW to a link to it."
        )
    if not os.path.isdir(folder):
        what = "is no folder" if os.path.exists(folder) else "does not exist"
        raise Problem(
            f"The folder of raw data {folder} {what} (looked for from {os.getcwd()}). "
            "Set GROUNDWORK_RAW to the folder that holds your files, or to nothing for the demo company."
        )
    said = mapping.said_of(folder)
    names = [name.removeprefix("raw_") for name in fact_tables or []]
    if names and not any(files_like(folder, name) or said.get(name) for name in names):
        others = sorted(file.name for file in pathlib.Path(folder).iterdir() if file.name[0] != ".")
        has = (
            f"It has: {', '.join(others[:10])}{' …' * (len(others) > 10)}"
            if others
            else "It is empty"
        )
        raise Problem(
            f"The folder {folder} holds no table of facts, and one is needed: {', '.join(names[:6])} or another that "
            f"make doctor lists. {has}. Call each file as its table, for example {names[0]}.csv, .parquet or .sql."
        )


def files_like(folder: str, name: str) -> list[str]:
    """The files of a folder that are meant to be a raw table: in whatever case or kind, with or without the system."""
    if not os.path.isdir(folder):
        return []
    meant = {_letters(name), _letters(f"raw_{name}"), _letters(name.partition("__")[2])}
    return sorted(
        str(file)
        for file in pathlib.Path(folder).iterdir()
        if (_letters(file.name.partition(".")[0]) in meant and (file.is_file() or pages_of(file)))
        or (file.name.partition(".")[0] == name and (file.is_symlink() or _is_filled(file)))
    )


def _is_filled(folder: pathlib.Path) -> bool:
    """Whether something is in a folder of a table's name, but what a loader has not finished."""
    return folder.is_dir() and any(
        file.name[0] not in "._" and not file.name.endswith(".tmp") for file in folder.iterdir()
    )


def pages_of(folder: str | os.PathLike) -> list[str]:
    """The pages of Parquet in a folder that a loader fills; what it has not finished ends in .tmp."""
    return sorted(glob.glob(f"{glob.escape(str(folder))}/*.parquet"))


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def files_named(folder: str, name: str) -> list[str]:
    """The files of a folder with this name, whichever of the endings that are read they have, and the folder of this
    name that holds pages."""
    found = [str(file) for file in pathlib.Path(folder).glob(f"{name}.*") if is_read(str(file))]
    pages = os.path.join(folder, name)
    return sorted(found + [pages] * bool(pages_of(pages)))


def is_read(file: str) -> bool:
    """Whether a file is of a kind that is landed."""
    return os.path.isfile(file) and (files.is_export(file) or file.lower().endswith(".sql"))


def file_name(table: dict) -> str:
    """What the file of a table is called in a user's folder, without its ending."""
    return table["name"].removeprefix("raw_") if table["is_raw"] else f"reference__{table['name']}"


def find_file(table: dict, folder: str) -> str | None:
    """The file that fills a table; None where the user's folder has none and the table is empty."""
    default_file = os.path.relpath(table["default_file"])
    if not folder:
        return default_file
    name = file_name(table)
    found = files_named(folder, name)
    said = mapping.said_of(folder).get(name)
    if said and said.file:
        found += [_file_said(said, folder)]
    if len(found) > 1:
        raise Problem(
            f"{name} is in the folder more than once: {', '.join(found)}. Keep one of them."
        )
    if found:
        return found[0]
    if not table["is_raw"] and not table["is_demo_only"]:
        return default_file
    if table["is_raw"] and (meant := files_like(folder, name)):
        raise Problem(
            f"{', '.join(meant)} is not read: {folder} has no {name}.csv, .xlsx, .json, .parquet or .sql{_why(meant)}. "
            "Name the "
            f"file so, or name it in columns.yml ({name}: {{file: …}}), or take it out of the folder."
        )
    return None


def _why(meant: list[str]) -> str:
    """What keeps a folder or a link of a table's name from being its file."""
    if any(os.path.isdir(file) for file in meant):
        return ", and of a folder only its own *.parquet"
    dead = any(not os.path.exists(file) for file in meant)
    return ", and the link leads to no file" if dead else ""


def _file_said(said: mapping.Said, folder: str) -> str:
    """The file, or the pattern of several, that columns.yml names for a table."""
    found = files.files_meant(said.file, [folder, os.getcwd()])
    if not found:
        raise Problem(
            f"{said.path}, line {said.line}: there is no file '{said.file}'. "
            f"Paths are relative to {folder}, else to {os.getcwd()}."
        )
    return (
        found[0]
        if len(found) == 1
        else os.path.join(os.path.dirname(found[0]), os.path.basename(said.file))
    )


def files_of(file: str) -> list[str]:
    """The files behind the name that `find_file` gives: one, or those of a pattern."""
    return [file] if os.path.exists(file) else files.files_meant(file, [])


def fingerprint(file: str | None, said: mapping.Said | None = None) -> str | None:
    """Size, time and a hash of the head of a file or of pages, and what columns.yml says of it; None for a select,
    which can change without a trace."""
    if file is None:
        return "no file"
    if file.lower().endswith(".sql"):
        return None
    if os.path.isdir(file):
        pages = [(os.path.basename(page), os.stat(page)) for page in pages_of(file)]
        seen = "".join(f"{name} {page.st_size} {page.st_mtime_ns};" for name, page in pages)
        return f"{os.path.abspath(file)} {len(pages)} pages {_hash_of(seen)}"
    found = " ".join(files.fingerprint_of(each) for each in files_of(file))
    return f"{found} {said.stamp()}" if said else found


def content_of(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    option: str = "store_rejects = false",
    needed=(),
    options: Options = Options(),  # noqa: B008
) -> Content:
    """What is in a file, without reading it whole; a Problem says why it cannot be read. `option` is read_csv's, about
    lines that cannot be read, and `needed` are the columns that a sheet of a workbook must have."""
    if os.path.isdir(file):
        return files.content_of_parquet(connection, pages_of(file), f"{file}/*.parquet")
    if file.lower().endswith(".sql"):
        return _content_of_select(connection, landing_sql.read_select(connection, file))
    found = files_of(file)
    if len(found) == 1:
        return files.content_of_export(connection, found[0], options, option, needed)
    contents = [files.content_of_export(connection, each, options, needed=needed) for each in found]
    together = " union all by name ".join(
        landing_sql.text_select(each, content)
        for each, content in zip(found, contents, strict=True)
    )
    names = {key: column.name for content in contents for key, column in content.columns.items()}
    try:
        connection.cursor().execute(f"select count(*) from ({together})").fetchall()
    except duckdb.Error as error:
        if "CSV Error" in str(error):
            raise Problem(landing_sql.bad_line(str(error), found)) from error
        raise Problem(f"{file} cannot be read: {files.error_text(error)}") from error
    return Content(
        f"({together})",
        {key: Column(name, files.as_name(name)) for key, name in names.items()},
        is_converted=any(content.is_converted for content in contents),
        assumed=tuple(assumed for content in contents for assumed in content.assumed),
    )


def _content_of_select(connection, select: landing_sql.Select) -> Content:
    landing_sql.check_select(connection, select)
    reader = f"(\n{select.text}\n)"
    described = connection.cursor().execute(
        f"select column_name, column_type from (describe select * from {reader})"
    )
    return Content(
        reader,
        {
            files.key_of(name): Column(name, files.as_name(name), column_type)
            for name, column_type in described.fetchall()
        },
        assumed=landing_sql.assumed_of(select),
    )


def lacking(table: dict, content: Content) -> tuple[list[str], list[str]]:
    """The table's columns that a file lacks: those it must have, and those it may lack."""
    absent = [name for name in table["columns"] if name not in content.columns]
    may_lack = [name for name in absent if table["columns"][name]["may_lack"]]
    return [name for name in absent if name not in may_lack], may_lack


def check_columns(table: dict, file: str, content: Content) -> None:
    must, _ = lacking(table, content)
    if must and table["is_raw"]:
        raise Problem(
            f"{file} lacks the column {', '.join(must)}, which the contract of {table['name']} requires. "
            f"It has: {content.names()}. "
            "Rename a column in the file, say which of its columns is meant in columns.yml (make map proposes one), "
            "or put a .sql file in its place that selects the columns under these names."
        )
    if must:
        raise Problem(
            f"{file} lacks the column {', '.join(must)}. The columns of {table['name']} are: "
            f"{', '.join(table['columns'])}. It has: {content.names()}."
        )


def plan(connection: duckdb.DuckDBPyConnection, table: dict, relation: str, folder: str) -> dict:
    """How a table is landed as `relation`: {file, fingerprint, type: table or view, statements: [SQL]}.

    {problem: sentence} when it cannot be (is_of_the_folder: no table can).
    """
    try:
        check_folder(folder)
    except Problem as problem:
        return {"problem": str(problem), "is_of_the_folder": True}
    try:
        file = find_file(table, folder)
        land = _land_raw if table["is_raw"] else _land_reference
        said = mapping.said_of(folder).get(file_name(table)) if folder else None
        return {
            "file": file,
            "fingerprint": stamp(table, file, said),
            **land(connection, table, relation, file, said),
        }
    except Problem as problem:
        return {"problem": str(problem)}


def stamp(table: dict, file: str | None, said: mapping.Said | None = None) -> str | None:
    """The fingerprint of a file and of the contract under which it is landed; None for a file that has none.

    The settings of the run say what its days are, and only a raw table's rows have days.
    """
    found = fingerprint(file, said)
    has_days = table["is_raw"] and file
    contract = {key: table[key] for key in table if key != "settings" or has_days}
    return found and f"{found} {_hash_of(json.dumps(contract))} {_OWN_HASH}"


def unchanged_tables(folder: str, requests: list[dict]) -> list[str]:
    """The tables whose file and contract are as they were landed; a request is {table, known: its stamp then}."""
    unchanged = []
    for request in requests:
        with contextlib.suppress(Problem):
            table = request["table"]
            said = mapping.said_of(folder).get(file_name(table))
            if request["known"] == stamp(table, find_file(table, folder), said):
                unchanged.append(table["name"])
    return unchanged


def _land_raw(connection, table: dict, relation: str, file: str | None, said=None) -> dict:
    """A raw table is text as the contract lists it, plus _unreadable_line: what a line held that is no CSV."""
    rejects = f"rejects_of_{table['name']}"
    store = f"store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan'"
    content = _content_for(connection, table, file, store, said)
    is_select = bool(file) and file.lower().endswith(".sql")
    if is_select:
        content = _run_select(connection, table, file, content)
    if file:
        content, _ = _judged(connection, table, file, content, said, store)
    selected = _selected(table, content) + ", cast(null as varchar) as _unreadable_line"
    # What DuckDB reads fast where it lies is not copied.
    is_parquet = bool(file) and all(files.kind_of(each) == ".parquet" for each in files_of(file))
    is_view = not file or ((os.path.isdir(file) or is_parquet) and not is_select)
    kind = "view" if is_view else "table"
    statements = [f"create {kind} {relation} as select {selected} from {content.reader}"]
    if content.rejects:
        # A quote that is never closed takes the lines after it with it: each of them is a row that was not read.
        statements += [
            f"""
            insert into {relation} (_unreadable_line)
            select concat(
                'line ', line, case when position > 1 then concat(' + ', position - 1) end,
                ', ', reason, ': ', lines[position]
            )
            from (
                select *, unnest(range(1, len(lines) + 1)) as position
                from (
                    select
                        line,
                        lower(min(error_type::varchar)) as reason,
                        string_split(
                            rtrim(coalesce(max(csv_line), ''), chr(10) || chr(13)), chr(10)
                        ) as lines
                    from {rejects}
                    group by line
                )
            )""",
            f"drop table {rejects}",
            f"drop table {rejects}_scan",
        ]
    return {"type": kind, "statements": statements, "assumed": mapping.as_rows(content.assumed)}


def _selected(table: dict, content: Content) -> str:
    """SQL: the columns of a raw table as they are landed."""
    return ", ".join(
        f"{_landed(column['data_type'], content.columns.get(name))} as {name}"
        for name, column in table["columns"].items()
    )


def _content_for(connection, table: dict, file: str | None, option: str, said=None) -> Content:
    """What is in the file of a table, with the columns that columns.yml makes of it, checked against its contract."""
    if not file:
        return Content("(select 1) where false")
    needed = [
        files.key_of(said.columns[name].source or name) if said and name in said.columns else name
        for name, column in table["columns"].items()
        if not column["may_lack"]
        and not (said and name in said.columns and said.columns[name].value is not None)
    ]
    content = content_of(connection, file, option, needed, said.options if said else Options())
    content = mapping.mapped(said, table, file, content)
    check_columns(table, file, content)
    check_texts(connection, table, file, content)
    check_ids(connection, table, file, content, option)
    return _as_texts(table, content) if table["is_raw"] else content


def _as_texts(table: dict, content: Content) -> Content:
    """The content with columns of a type that does not fit the contract as text: a day may be the number 20250301."""
    columns = {
        name: replace(column, source=f"cast({column.source} as varchar)", type="VARCHAR")
        if name in table["columns"]
        and mapping.values.kind_of(table["columns"][name]["data_type"])
        and not _is_fitting(table["columns"][name]["data_type"], column)
        else column
        for name, column in content.columns.items()
    }
    return replace(content, columns=columns)


def _judged(connection, table: dict, file: str, content: Content, said, option: str):
    """The content with its values as staging reads them, and the columns that are written in no one way."""
    quiet = content.reader.replace(option, QUIET)
    try:
        return mapping.judged(connection, table, file, content, said, quiet)
    except duckdb.Error as error:
        if file.lower().endswith(".sql"):
            # Its own line is said when it is run.
            return content, []
        raise Problem(f"{file} cannot be read: {files.error_text(error)}") from error


# Not ignore_errors: with it, DuckDB leaves out all good lines too that follow one with a quote inside quotes.
QUIET = "store_rejects = true, rejects_limit = 1"
# No spreadsheet holds more than 1,048,576 rows: a larger file did not come from one, in bytes.
LARGEST_SPREADSHEET = 300_000_000
# What a spreadsheet makes of ids: the error of a formula, or a long number without its end.
SPREADSHEET_ID = r"#N/A|#DIV/0!|#[A-Z]+[!?]|-?\d(\.\d+)?E\+\d{2,3}"


def examined(connection, table: dict, file: str, said=None) -> tuple[Content, list[mapping.Unread]]:
    """What would be landed from a file, as SQL that keeps no rejected lines, and what is written in no one way."""
    content = _content_for(connection, table, file, QUIET, said)
    if file.lower().endswith(".sql"):
        content = _run_select(connection, table, file, content)
    return _judged(connection, table, file, content, said, QUIET)


# What selects have made of exports in this run; each is landed before the next is made.
_made: list[str] = []


def _forget_made() -> None:
    while _made:
        pathlib.Path(_made.pop()).unlink(missing_ok=True)


atexit.register(_forget_made)


def _run_select(connection, table: dict, file: str, content: Content) -> Content:
    """What a select makes, run once into a file from which it is landed: what goes wrong is said here, with its line or
    value, and what reads the table later needs neither the export nor the helpers."""
    _forget_made()
    select = landing_sql.read_select(connection, file)
    folder = files.cache_folder()
    made = str(folder / f"{table['name']}.{os.getpid()}.parquet")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"{file} is run into {folder}, which cannot be written: {error.strerror}. "
            "Let this user write there, or set DBT_TARGET_PATH to another folder."
        ) from error
    _made.append(made)
    # A number wider than Parquet holds goes through as text.
    wide = ("HUGEINT", "UHUGEINT")
    columns = {
        name: replace(column, source=f"cast({column.source} as varchar)", type="VARCHAR")
        if column.type in wide
        else column
        for name, column in content.columns.items()
    }
    selected = ", ".join(
        f"{_landed(column['data_type'], columns[name])} as {name}"
        for name, column in table["columns"].items()
        if name in columns
    )
    inner, _, after = content.reader.partition(select.text)
    before = f"copy (select {selected} from {inner}"
    failed = landing_sql.run_error(
        connection,
        f"{before}{select.text}{after}) to {quoted(made)} (format parquet)",
        select,
        len(before.encode()),
    )
    if failed:
        raise _with_column(connection, select, content, failed)
    landed = files.content_of_parquet(connection, [made], file)
    unused = {
        name: column for name, column in content.columns.items() if name not in table["columns"]
    }
    return replace(landed, columns=landed.columns | unused, assumed=content.assumed)


def _with_column(connection, select, content: Content, failed: Problem) -> Problem:
    """The same problem with the column that it is of, where running one column alone shows it."""
    if "as CSV" in str(failed):
        return failed
    for column in content.columns.values():
        before = f"select max(hash({column.source})) from (\n"
        again = landing_sql.run_error(
            connection, f"{before}{select.text}\n)", select, len(before.encode())
        )
        if again:
            return Problem(
                str(again).replace(select.file, f"{select.file}, column {column.name},", 1)
            )
    return failed


def _landed(data_type: str, found: Column | None) -> str:
    """A raw column as it is landed: text as it came (blank text in a column that is not text is missing), values of
    a type that fits the contract as they are, anything else as text, so that staging can say what is wrong with it."""
    if found is None:
        return "cast(null as varchar)"
    if data_type == "varchar":
        return _as_varchar(found)
    if data_type == "json" and found.type not in ("VARCHAR", "JSON"):
        return f"cast(to_json({found.source}) as varchar)"
    if _is_fitting(data_type, found):
        return found.source
    return f"nullif(trim(cast({found.source} as varchar)), '')"


def _is_fitting(data_type: str, column: Column) -> bool:
    """Whether a column that is no text has a type that fits the contract as it is."""
    return re.split(r"[( ]", column.type)[0] in FITTING.get(data_type, NUMBERS)


def _as_varchar(column: Column) -> str:
    """A text column as text. What came as a number is written as a whole one where it is whole: 101, not 101.0."""
    source = column.source
    if column.type in FLOATING:
        return f"cast(cast(case when not isnan({source}) then {source} end as bigint) as varchar)"
    if column.type.startswith("DECIMAL") and not column.type.endswith(",0)"):
        whole = f"cast(cast({source} as hugeint) as varchar)"
        return (
            f"case when {source} = trunc({source}) then {whole} else cast({source} as varchar) end"
        )
    return f"cast({source} as varchar)"


def _cleaned(column: Column) -> str:
    """The same in one form, without blanks around it; empty text is missing."""
    return f"nullif(regexp_replace(nfc_normalize({_as_varchar(column)}), '^{BLANKS}|{BLANKS}$', '', 'g'), '')"


def check_texts(connection, table: dict, file: str, content: Content) -> None:
    """Stops where a text column came as floating numbers, which hold neither long ids nor 1E5 beside 100000."""
    is_select = file.lower().endswith(".sql")
    is_guessed = is_select and READS_CSV.search(
        re.sub(
            r"read_export\s*\([^)]*\)",
            "",
            pathlib.Path(file).read_text(encoding="utf-8", errors="replace"),
        )
    )
    for name, (given, row, value) in content.broken.items():
        if table["columns"].get(name, {}).get("data_type") == "varchar":
            raise Problem(f"{landing_sql.cut_number(file, given, row, value)}.")
    for name, column in table["columns"].items():
        found = content.columns.get(name)
        if not found or column["data_type"] != "varchar" or found.type not in FLOATING:
            continue
        is_bent = f"value <> trunc(value) or abs(value) >= {FLOATING[found.type]}"
        select = (
            f"select cast(value as varchar) from (select {found.source} as value from {content.reader}) "
            f"where value is not null and not isnan(value) and ({'true' if is_guessed else is_bent}) limit 1"
        )
        if error := reading_error(connection, select):
            raise Problem(f"{file} cannot be read: {error}")
        for (value,) in connection.cursor().execute(select).fetchall():
            advice = "Write the column as text where the file is made"
            if is_select:
                advice = "Read it as text: read_csv('…', all_varchar = true), or cast the column where it is a number"
            raise Problem(
                f"{file}, column {name}: it is text, and came as floating numbers ({found.type}), for example {value}. "
                f"They do not hold it: 1E5 and 100000 become one, and long ids lose their end. {advice}."
            )


def check_ids(connection, table: dict, file: str, content: Content, option: str) -> None:
    """Stops where an id is what a spreadsheet makes of one: 1.23457E+12, whose end is lost, or a formula without a
    value. Rows of different ids would count as one."""
    ids = [
        name
        for name, column in table["columns"].items()
        if column["data_type"] == "varchar" and name.endswith("_id") and name in content.columns
    ]
    if not ids or not (content.rejects or content.is_converted):
        return
    if os.path.isfile(file) and os.path.getsize(file) > LARGEST_SPREADSHEET:
        return
    quiet = content.reader.replace(option, QUIET)
    formulas = ", ".join(quoted(shown) for shown in content.failed) or "null"
    found = ", ".join(
        f"min({text}) filter ((contains({text}, 'E+') or left({text}, 1) in ('#', '=')) "
        f"and (regexp_full_match({text}, {quoted(SPREADSHEET_ID)}) or {text} in ({formulas})))"
        for text in (f"trim(cast({content.columns[name].source} as varchar))" for name in ids)
    )
    try:
        row = connection.cursor().execute(f"select {found} from {quiet}").fetchone()
    except duckdb.Error:
        # What cannot be read is said where it is read.
        return
    for name, value in zip(ids, row, strict=True):
        if value is None:
            continue
        row_said = f", row {content.failed[value]}" if value in content.failed else ""
        if value[0] in "#=":
            why = "is a formula without a value. Correct it in the workbook"
        else:
            why = "is a long number as a spreadsheet shows it, and its end is lost. Export the column as text"
        raise Problem(
            f"{file}, column {name}{row_said}: '{value}' {why}, or say in {mapping.NAME} that it is empty: "
            f"{name}: {{empty: ['{value}']}}."
        )


def _land_reference(connection, table: dict, relation: str, file: str | None, said=None) -> dict:
    """A reference table is typed by its columns; a bad or an empty value stops."""
    content = _content_for(connection, table, file, "store_rejects = false")
    if file:
        _check_values(connection, table, file, content)
    return {
        "type": "table",
        "statements": [
            f"create table {relation} as select {_typed(table, content, table['columns'])} from {content.reader}"
        ],
    }


def _typed(table: dict, content: Content, names) -> str:
    """SQL that selects columns of a reference table in the types of its contract; one that the file lacks is empty."""
    return ", ".join(
        f"cast({_cleaned(content.columns[name]) if name in content.columns else 'null'} "
        f"as {table['columns'][name]['data_type']}) as {name}"
        for name in names
    )


def _check_values(connection, table: dict, file: str, content: Content) -> None:
    if error := reading_error(connection, f"select * from {content.reader}"):
        raise Problem(f"{file} cannot be read: {error}")
    names = [name for name in table["columns"] if name in content.columns]
    if not names:
        return
    texts = ", ".join(f"{_cleaned(content.columns[name])} as {name}" for name in names)
    bad = " union all ".join(
        _bad_values(place, name, table["columns"][name]) for place, name in enumerate(names)
    )
    found = connection.cursor().execute(
        f"""
        with texts as (select row_number() over () as row_number, {texts} from {content.reader})

        select place, row_number, value, is_too_long
        from ({bad})
        order by place, row_number
        limit 1"""
    )
    for place, row_number, value, is_too_long in found.fetchall():
        name = names[place]
        column = table["columns"][name]
        if value is None:
            raise Problem(f"{file}, row {row_number}, column {name}: empty. Give it a value.")
        wrong = f"{file}, row {row_number}, column {name}: '{value}'"
        if column["accepted"]:
            accepted = ", ".join(quoted(value) for value in column["accepted"])
            raise Problem(f"{wrong} is not accepted. Write one of {accepted}.")
        if is_too_long:
            raise Problem(
                f"{wrong} has more digits than {column['data_type']} holds. Round the value."
            )
        raise Problem(f"{wrong} is not a {column['data_type']}. Correct the value.")
    _check_keys(connection, table, file, content)


def _bad_values(place: int, name: str, column: dict) -> str:
    """SQL that selects the values of one column that its contract does not allow."""
    data_type = column["data_type"]
    is_exact = re.match("decimal|bigint|integer", data_type)
    loses = (
        f"coalesce(try_cast({name} as decimal(38, 24)) <> "
        f"try_cast(try_cast({name} as {data_type}) as decimal(38, 24)), false)"
        if is_exact
        else "false"
    )
    accepted = ", ".join(quoted(value) for value in column["accepted"])
    return f"""
        select {place} as place, row_number, {name} as value, {loses} as is_too_long
        from texts
        where {"false" if column["may_be_empty"] else f"{name} is null"}
            or ({name} is not null and try_cast({name} as {data_type}) is null)
            or {loses}
            or {f"{name} not in ({accepted})" if accepted else "false"}"""


def _check_keys(connection, table: dict, file: str, content: Content) -> None:
    for key in table["keys"]:
        twice = connection.cursor().execute(
            f"""
            select min(row_number), max(row_number), {", ".join(key)}
            from (select row_number() over () as row_number, {_typed(table, content, key)} from {content.reader})
            group by {", ".join(key)}
            having count(*) > 1
            order by min(row_number)
            limit 1"""
        )
        for first, last, *found in twice.fetchall():
            shown = ", ".join(
                f"{name} '{'' if value is None else value}'"
                for name, value in zip(key, found, strict=True)
            )
            raise Problem(f"{file}, rows {first} and {last}: both have {shown}. Keep one of them.")


def _hash_of(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


# What was landed by other code, or by other patterns, is landed again.
_OWN_HASH = _hash_of(
    "".join(
        file.read_text(encoding="utf-8")
        for file in sorted(pathlib.Path(__file__).parent.iterdir())
        if file.name.startswith("landing") or file.suffix == ".csv"
    )
)
