"""How the files of a raw folder become tables: what is in them, what is wrong with them, and the SQL that lands them.

dbt asks which tables are as they were landed, `unchanged_tables(requests)`, and for a plan for each of the others,
`landing_plan(request)`, whose statements it runs (macros/land.sql); tools/doctor.py asks the functions themselves. A
table is a dict: name (`raw_app__orders`, or that of a reference table), is_raw, is_demo_only (a reference table that is
never applied to a user's data), default_file (the project's CSV), and columns: {name: {data_type, may_lack,
may_be_empty, accepted}}, keys (of a reference table: lists of columns, no two rows the same in them).
"""

import contextlib
import csv
import gc
import glob
import hashlib
import io
import json
import os
import pathlib
import re
from dataclasses import dataclass, field

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

HEADER_BYTES = 1_000_000
HEAD_BYTES = 65_536
ENDINGS = (".csv", ".parquet", ".sql")
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
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
CSV_ADVICE = (
    "Save it again as CSV in UTF-8, with commas, double quotes around text that holds them, "
    "and one kind of line end."
)
SQL_ADVICE = "It must hold one select, over tables and files that DuckDB can read from the folder of the project."


class Problem(Exception):
    """What is wrong with a file, and what to do; a sentence for the person who brought it."""


@dataclass(frozen=True)
class Column:
    """A column of a file: its name there, how SQL reads it, and DuckDB's type."""

    name: str
    source: str
    type: str = "VARCHAR"


@dataclass(frozen=True)
class Content:
    """What is in a file: its columns by lower-case name, and the SQL that reads it."""

    reader: str
    columns: dict[str, Column] = field(default_factory=dict)

    def names(self) -> str:
        return ", ".join(column.name for column in self.columns.values())


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def reading_error(connection: duckdb.DuckDBPyConnection, select: str) -> str:
    """What keeps DuckDB from running a select, in one line; '' when it runs. It sees what is committed."""
    try:
        connection.cursor().execute(select).fetchall()
    except duckdb.Error as error:
        message = re.split("\n\n|Possible fixes", str(error))[0]
        return " ".join(message.split()).rstrip(".") + "."
    return ""


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
    names = [name.removeprefix("raw_") for name in fact_tables or []]
    if names and not any(files_like(folder, name) for name in names):
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
        if _letters(file.name.partition(".")[0]) in meant and file.is_file()
    )


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def files_named(folder: str, name: str = "*") -> list[str]:
    """The files of a folder with this name, whichever of the three endings they have."""
    return sorted(
        file for file in glob.glob(f"{folder}/{name}.*") if pathlib.Path(file).suffix in ENDINGS
    )


def file_name(table: dict) -> str:
    """What the file of a table is called in a user's folder, without its ending."""
    return table["name"].removeprefix("raw_") if table["is_raw"] else f"reference__{table['name']}"


def find_file(table: dict, folder: str) -> str | None:
    """The file that fills a table; None where the user's folder has none and the table is empty."""
    default_file = os.path.relpath(table["default_file"])
    if not folder:
        return default_file
    name = file_name(table)
    files = files_named(folder, name)
    if len(files) > 1:
        raise Problem(
            f"{name} is in the folder more than once: {', '.join(files)}. Keep one of them."
        )
    if files:
        return files[0]
    if not table["is_raw"] and not table["is_demo_only"]:
        return default_file
    if table["is_raw"] and (meant := files_like(folder, name)):
        raise Problem(
            f"{', '.join(meant)} is not read: {folder} has no {name}.csv, .parquet or .sql. Name the file so and "
            f"save it as one of these, or add the file {name}.sql that selects from it, or take it out of the folder."
        )
    return None


def fingerprint(file: str | None) -> str | None:
    """Size, time and a hash of the head of a file; None for a select, which can change without a trace."""
    if file is None:
        return "no file"
    if file.endswith(".sql"):
        return None
    found = os.stat(file)
    with open(file, "rb") as opened:
        head = hashlib.md5(opened.read(HEAD_BYTES)).hexdigest()
    return f"{os.path.abspath(file)} {found.st_size} {found.st_mtime_ns} {head}"


def header_of(file: str) -> list[str]:
    """The names in a CSV's first line, in UTF-8 or else Korean Windows; [''] when it is blank."""
    with open(file, "rb") as opened:
        start = opened.read(HEADER_BYTES)
    start = start.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # The encoding of the header: rows in another one are the reader's to reject, one by one.
    encoding = "utf-8-sig"
    try:
        start.split(b"\n")[0].decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp949"
    names = next(csv.reader(io.StringIO(start.decode(encoding, "replace"))), [])
    return [name.strip() for name in names] or [""]


def csv_reader(file: str, width: int, option: str) -> str:
    """SQL that reads a CSV whose columns go by their place."""
    columns = ", ".join(f"'column_{place}': 'VARCHAR'" for place in range(1, width + 1))
    return (
        f"read_csv({quoted(file)}, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"auto_detect = false, {option}, columns = {{{columns}}})"
    )


def content_of(
    connection: duckdb.DuckDBPyConnection, file: str, option: str = "store_rejects = false"
) -> Content:
    """What is in a file, without reading it whole; a Problem says why it cannot be read. `option` is read_csv's."""
    if file.endswith(".csv"):
        return _content_of_csv(connection, file, option)
    return _content_of_select(connection, file)


def _content_of_csv(connection, file: str, option: str) -> Content:
    try:
        names = header_of(file)
    except csv.Error as error:
        message = f"{file} cannot be read as CSV: its first line: {error}. {CSV_ADVICE}"
        raise Problem(message) from error
    if names == [""]:
        raise Problem(
            f"{file} is empty, it has no header. Write the names of the columns in its first line, "
            "or take the file out of the folder."
        )
    if "\x00" in "".join(names):
        raise Problem(f"{file} is not UTF-8 text (it looks like UTF-16). Save it as CSV in UTF-8.")
    columns, twice = {}, []
    for place, name in enumerate(names, 1):
        if name.lower() in columns:
            twice.append(name)
        if name:
            columns[name.lower()] = Column(name, f"column_{place}")
    if twice:
        raise Problem(
            f"{file} has the column {', '.join(twice)} twice. Rename or remove one of the two."
        )
    first_row = f"select 1 from {csv_reader(file, len(names), 'ignore_errors = true')} limit 1"
    if error := reading_error(connection, first_row):
        raise Problem(f"{file} cannot be read as CSV: {error} {CSV_ADVICE}")
    return Content(csv_reader(file, len(names), option), columns)


def _content_of_select(connection, file: str) -> Content:
    if file.endswith(".parquet"):
        reader, advice = f"read_parquet({quoted(file)})", "Write the file again as Parquet."
    else:
        text = pathlib.Path(file).read_text(encoding="utf-8", errors="replace")
        reader = "(\n" + re.sub(r";\s*(?:--[^\n]*(?:\n\s*|$))*$", "", text) + "\n)"
        advice = SQL_ADVICE
    if error := reading_error(connection, f"select * from (select * from {reader}) limit 0"):
        raise Problem(f"{file} cannot be read: {error} {advice}")
    described = connection.cursor().execute(
        f"select column_name, column_type from (describe select * from {reader})"
    )
    return Content(
        reader,
        {
            name.lower(): Column(name, '"' + name.replace('"', '""') + '"', column_type)
            for name, column_type in described.fetchall()
        },
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
            f"It has: {content.names()}. {_advice_on_header(table, file, content)}"
        )
    if must:
        raise Problem(
            f"{file} lacks the column {', '.join(must)}. The columns of {table['name']} are: "
            f"{', '.join(table['columns'])}. It has: {content.names()}."
        )


def _advice_on_header(table: dict, file: str, content: Content) -> str:
    """What to do about a file that lacks columns: it may be written with other separators, or below a title."""
    instead = "or put a .sql file in its place: select … from read_csv('<your file>', all_varchar = true, {})."
    names = content.names()
    for separator, word in SEPARATORS.items():
        if file.endswith(".csv") and separator in names and len(content.columns) <= 2:
            option = f"delim = '{separator}'".replace("\t", "\\t")
            return f"Its columns are separated by {word}. Save it with commas, {instead.format(option)}"
    for number, line in enumerate(_lines_of(file) if file.endswith(".csv") else [], 1):
        fields = {field.strip().lower() for field in line}
        if number > 1 and (
            fields & set(table["columns"]) or len(fields) > len(content.columns) <= 2
        ):
            return (
                f"Its first line seems to be a title: line {number} has {len(line)} columns. "
                f"Remove the lines above it, {instead.format(f'skip = {number - 1}')}"
            )
    return "Rename a column in the file, or put a .sql file in its place that selects the columns under these names."


def _lines_of(file: str, count: int = 10) -> list[list[str]]:
    """The fields of a CSV's first lines."""
    with open(file, "rb") as opened:
        head = opened.read(HEAD_BYTES).splitlines()[:count]
    encoding = "utf-8-sig" if encoding_of(file) == "UTF-8" else "cp949"
    return [next(csv.reader([line.decode(encoding, "replace")]), []) for line in head]


def encoding_of(file: str) -> str:
    """UTF-8, or what the head of a file is in, as far as that shows."""
    with open(file, "rb") as opened:
        head = opened.read(HEADER_BYTES)
    for encoding, name in (("utf-8", "UTF-8"), ("cp949", "CP949 (Korean Windows)")):
        try:
            # A character may be cut in two at the end of the head.
            head[: head.rfind(b"\n") + 1 or None].decode(encoding)
        except UnicodeDecodeError:
            continue
        return name
    return "an encoding that is not UTF-8"


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
        return {
            "file": file,
            "fingerprint": stamp(table, file),
            **land(connection, table, relation, file),
        }
    except Problem as problem:
        return {"problem": str(problem)}


def stamp(table: dict, file: str | None) -> str | None:
    """The fingerprint of a file and of the contract under which it is landed; None for a file that has none.

    The settings of the run say what its days are, and only a raw table's rows have days.
    """
    found = fingerprint(file)
    has_days = table["is_raw"] and file
    contract = {key: table[key] for key in table if key != "settings" or has_days}
    return found and f"{found} {_hash_of(json.dumps(contract))} {_OWN_HASH}"


def unchanged_tables(folder: str, requests: list[dict]) -> list[str]:
    """The tables whose file and contract are as they were landed; a request is {table, known: its stamp then}."""
    unchanged = []
    for request in requests:
        with contextlib.suppress(Problem):
            table = request["table"]
            if request["known"] == stamp(table, find_file(table, folder)):
                unchanged.append(table["name"])
    return unchanged


def _land_raw(connection, table: dict, relation: str, file: str | None) -> dict:
    """A raw table is text as the contract lists it, plus _unreadable_line: what a line held that is no CSV."""
    rejects = f"rejects_of_{table['name']}"
    store = f"store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan'"
    content = content_of(connection, file, store) if file else Content("(select 1) where false")
    if file:
        check_columns(table, file, content)
        check_texts(connection, table, file, content)
    selected = ", ".join(
        f"{_landed(column['data_type'], content.columns.get(name))} as {name}"
        for name, column in table["columns"].items()
    )
    kind = "table" if file and file.endswith(".csv") else "view"
    statements = [
        f"create {kind} {relation} as select {selected}, cast(null as varchar) as _unreadable_line "
        f"from {content.reader}"
    ]
    if kind == "table":
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
    return {"type": kind, "statements": statements}


def _landed(data_type: str, found: Column | None) -> str:
    """A raw column as it is landed: text as it came (blank text in a column that is not text is missing), values of
    a type that fits the contract as they are, anything else as text, so that staging can say what is wrong with it."""
    if found is None:
        return "cast(null as varchar)"
    if data_type == "varchar":
        return _as_varchar(found)
    if data_type == "json" and found.type not in ("VARCHAR", "JSON"):
        return f"cast(to_json({found.source}) as varchar)"
    if re.split(r"[( ]", found.type)[0] in FITTING.get(data_type, NUMBERS):
        return found.source
    return f"nullif(trim(cast({found.source} as varchar)), '')"


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
    is_guessed = file.endswith(".sql") and READS_CSV.search(
        pathlib.Path(file).read_text(encoding="utf-8", errors="replace")
    )
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
            if file.endswith(".sql"):
                advice = "Read it as text: read_csv('…', all_varchar = true), or cast the column where it is a number"
            raise Problem(
                f"{file}, column {name}: it is text, and came as floating numbers ({found.type}), for example {value}. "
                f"They do not hold it: 1E5 and 100000 become one, and long ids lose their end. {advice}."
            )


def _land_reference(connection, table: dict, relation: str, file: str | None) -> dict:
    """A reference table is typed by its columns; a bad or an empty value stops."""
    content = content_of(connection, file) if file else Content("(select 1) where false")
    if file:
        check_columns(table, file, content)
        check_texts(connection, table, file, content)
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


# What was landed by other code is landed again.
_OWN_HASH = _hash_of(pathlib.Path(__file__).read_text(encoding="utf-8"))


class Plugin(BasePlugin):
    """Makes known to SQL: `landing_plan(request as JSON) -> plan as JSON`, `unchanged_tables(requests as JSON) ->
    names as JSON` and `folder_problem(folder, fact tables)`."""

    def configure_connection(self, connection):
        # What dbt has parsed stays to the end of the run: not looked through again at each collection.
        gc.freeze()

        def landing_plan(request: str) -> str:
            asked = json.loads(request)
            return json.dumps(plan(connection, asked["table"], asked["relation"], asked["folder"]))

        def unchanged(request: str) -> str:
            asked = json.loads(request)
            return json.dumps(unchanged_tables(asked["folder"], asked["requests"]))

        def folder_problem(folder: str, fact_tables: list[str]) -> str:
            try:
                check_folder(folder, fact_tables)
            except Problem as problem:
                return str(problem)
            return ""

        connection.create_function("landing_plan", landing_plan, ["VARCHAR"], "VARCHAR")
        connection.create_function("unchanged_tables", unchanged, ["VARCHAR"], "VARCHAR")
        connection.create_function(
            "folder_problem", folder_problem, ["VARCHAR", "VARCHAR[]"], "VARCHAR"
        )
