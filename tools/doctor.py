"""`make doctor`: what the raw data holds, what is missing and what that costs, and what the last build made of it.

Stops at nothing: what would stop a build is reported, and makes the exit code 1. Reads the files of GROUNDWORK_RAW
(else the demo company) and the warehouse of GROUNDWORK_DB. Values of personal columns are not shown.
"""

import csv
import os
import pathlib
import re
import sys
from dataclasses import dataclass, field

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import contracts  # noqa: E402
import landing  # noqa: E402
import landing_values  # noqa: E402
import personal_columns  # noqa: E402
import summary  # noqa: E402
from built import CannotRead, database_file, opened  # noqa: E402
from landing_files import CSV_ADVICE  # noqa: E402

# So many different values of a column, of the first rows of its file, show what it holds.
SEEN = 400
LOOKED_AT = 20_000
TWO_DIGITS = "A year of two digits is never guessed: say in columns.yml format: 'yy.m.d', 'd/m/yy' or 'm/d/yy'."


@dataclass
class Folder:
    """What was seen: rows by table, and what is wrong with the rest."""

    found: list[dict] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def examine(connection: duckdb.DuckDBPyConnection, folder: str) -> Folder:
    """Looks at every file that a raw or reference table could be landed from."""
    seen = Folder()
    try:
        landing.check_folder(folder, contracts.fact_tables())
    except landing.Problem as problem:
        seen.problems.append(str(problem))
        if not os.path.isdir(folder):
            return seen
    try:
        landing.mapping.said_of(folder)
    except landing.Problem:
        # Nothing can be said of the files before it can be read.
        return seen
    used = []
    for seed in contracts.seeds("raw"):
        table = contracts.landing_table(seed, "raw")
        name = landing.file_name(table)
        try:
            file = landing.find_file(table, folder)
            said = landing.mapping.said_of(folder).get(name)
        except landing.Problem as problem:
            if str(problem) not in seen.problems:
                seen.problems.append(str(problem))
            continue
        used += landing.files_named(folder, name) if folder else []
        if file is None:
            seen.missing.append((name, contracts.meta(seed).get("without_it", "")))
        else:
            used += landing.files_of(file)
            examine_file(connection, seed, table, file, folder, said, seen)
    for seed in contracts.seeds("reference"):
        examine_reference(connection, contracts.landing_table(seed, "reference"), folder, seen)
    if folder:
        references = {f"reference__{seed['name']}" for seed in contracts.seeds("reference")}
        seen.unused = [
            str(file)
            for file in sorted(pathlib.Path(folder).iterdir())
            if file.is_file()
            and file.name[0] != "."
            and str(file) not in used
            and file.name != landing.mapping.NAME
            and not (file.name.partition(".")[0] in references and landing.is_read(str(file)))
        ]
    return seen


def examine_reference(connection, table: dict, folder: str, seen: Folder) -> None:
    """Adds what keeps a reference table from being landed, if anything does."""
    problem = landing.plan(connection, table, "reference_table", folder).get("problem")
    if problem and problem not in seen.problems:
        seen.problems.append(problem)


def personal_keys(connection, content: landing.Content, keys: list[str]) -> list[str]:
    """What to say of key columns whose values look like e-mail addresses or telephone numbers."""
    found = []
    for name in dict.fromkeys(keys):
        if name in content.columns:
            source = content.columns[name].source
            count = connection.execute(
                f"select count(*) from {content.reader} where regexp_matches(cast({source} as varchar), $1)",
                [contracts.PERSONAL],
            ).fetchone()[0]
            if count:
                found.append(f"{name} ({count:,} rows)")
    return found


def proposals(connection, content: landing.Content, seed: dict) -> list[str]:
    """Columns whose values look more personal than the contract says: it gives no class, `none` or a pseudonym."""
    asked = {
        column["name"]: content.columns[column["name"]].source
        for column in seed["columns"]
        if column["name"] in content.columns
        and is_text(column)
        and contracts.meta(column).get("pii") not in contracts.DIRECT
    }
    if not asked:
        return []
    lists = ", ".join(
        f"list_slice(list(distinct cast({source} as varchar)), 1, {SEEN})"
        for source in asked.values()
    )
    seen = connection.execute(
        f"select {lists} from (select * from {content.reader} limit {LOOKED_AT})"
    ).fetchone()
    given = {column["name"]: contracts.meta(column).get("pii") for column in seed["columns"]}
    found = []
    for name, values in zip(asked, seen, strict=True):
        pii, kind = personal_columns.proposed(values or [])
        if pii in contracts.DIRECT or (pii and given[name] in (None, "none")):
            found.append(f"{name} (looks like {kind.replace('_', ' ')}: pii: {pii})")
    return found


def is_text(column: dict) -> bool:
    """Whether a column can hold what names somebody: a text, a date or a long number, not a moment or an amount."""
    return column["data_type"] in ("varchar", "date", "bigint")


def examine_file(connection, seed, table, file, folder, said, seen: Folder) -> None:
    """Adds what one file is to what was seen."""
    name = landing.file_name(table)
    try:
        content, unread = landing.examined(connection, table, file, said)
    except landing.Problem as problem:
        seen.problems.append(str(problem))
        return
    if error := landing.reading_error(connection, f"select count(*) from {content.reader}"):
        seen.problems.append(f"{file} cannot be read: {error}")
        return
    keys = contracts.meta(seed).get("key", []) + [
        column["name"] for column in seed["columns"] if column["name"].endswith("_id")
    ]
    rows, unreadable = readable_lines(connection, content)
    told = [
        *unreadable,
        *unread_values(connection, table, content, unread),
        *unaccepted_values(connection, seed, table, content),
    ]
    most = tolerated_share(folder, name)
    for bad, what in told:
        if bad > most * (rows + sum(count for count, _ in unreadable)):
            share = f"More than {most:.0%} of its rows would be rejected, and that stops a build."
            seen.problems.append(f"{file}, {what} {share}")
    seen.found.append(
        {
            "personal": personal_keys(connection, content, keys),
            "proposals": proposals(connection, content, seed),
            "name": name,
            "file": os.path.relpath(file, folder) if folder else pathlib.Path(file).name,
            "rows": rows,
            "assumed": list(dict.fromkeys(content.assumed)),
            "rejected": [what for _, what in told],
            "ignored": [
                c.name for key, c in content.columns.items() if key not in table["columns"]
            ],
            # What deletes nothing has no such column.
            "lacking": [c for c in landing.lacking(table, content)[1] if c != "_deleted_at"],
        }
    )


def readable_lines(connection, content) -> tuple[int, list[tuple[int, str]]]:
    """The rows of a file as they are landed, and how many of its lines are no CSV, with a sentence."""
    if not content.rejects:
        return connection.execute(f"select count(*) from {content.reader}").fetchone()[0], []
    kept = "store_rejects = true, rejects_table = 'unreadable', rejects_scan = 'unreadable_scan'"
    reader = content.reader.replace(landing.QUIET, kept)
    # Each column is read: DuckDB looks for what is wrong only in those that are.
    columns = ", ".join(column.source for column in content.columns.values())
    cursor = connection.cursor()
    ((rows, _),) = cursor.execute(f"select count(*), max(hash({columns})) from {reader}").fetchall()
    count, line, why = cursor.execute(
        "select count(distinct line), min(line), lower(arg_min(error_type::varchar, line)) from unreadable"
    ).fetchone()
    cursor.execute("drop table unreadable")
    cursor.execute("drop table unreadable_scan")
    if not count:
        return rows, []
    which = "1 line is" if count == 1 else f"{count:,} lines are"
    return rows, [(count, f"{which} no CSV, for example line {line}: {why}. {CSV_ADVICE}")]


def tolerated_share(folder: str, name: str) -> float:
    """The share of a table's rows that may be rejected."""
    own = pathlib.Path(folder or "-") / "reference__tolerances.csv"
    file = own if own.exists() else PROJECT / "seeds" / "reference" / "tolerances.csv"
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            shares = {
                row["raw_table"]: float(row["max_rejected_share"]) for row in csv.DictReader(opened)
            }
    except (OSError, KeyError, TypeError, ValueError):
        # What is wrong with it is said of the file itself.
        return 1.0
    return shares.get(name, shares.get("default", 1.0))


def unread_values(connection, table: dict, content, unread) -> list[tuple[int, str]]:
    """The columns with values that staging would reject for how they are written: how many rows, and a sentence."""
    found = []
    told = {each.column: each for each in unread}
    for name, (bad, example) in unread_counts(connection, table, content).items():
        column = table["columns"][name]
        each = told.get(name) or landing.mapping.Unread(name, None, 0, 0, example)
        shown = "" if column["is_personal"] else f"'{each.example[:60]}'"
        what = f"{bad:,} value{'s are' if bad > 1 else ' is'} no {column['data_type']} as written"
        if re.match(r"\d{1,2}[-/]\d{1,2}[-/]\d{2}\b", each.example):
            found.append(
                (
                    bad,
                    f"column {name}: {what}{f', for example {shown}' if shown else ''}. {TWO_DIGITS}",
                )
            )
            continue
        if each.pattern:
            other = f"not {shown}" if shown else "not all"
            what += (
                f": {each.pattern} reads {each.read_count:,} of {each.value_count:,}, {other}. "
                "Say in columns.yml what is empty, or the format"
            )
        elif shown:
            what += f", for example {shown}. Say in columns.yml what is empty, or the format, or correct it"
        found.append((bad, f"column {each.column}: {what}."))
    return found


def unread_counts(connection, table: dict, content) -> dict[str, tuple[int, str]]:
    """Of columns that are no text, the number of values that staging does not read, and one of them: also days that
    look right and are none (2025-02-30), and those of the years 1 to 999, which are years of two digits or days."""
    bad = {}
    for name, column in table["columns"].items():
        kind = landing_values.kind_of(column["data_type"])
        if not kind or name not in content.columns or content.columns[name].type != "VARCHAR":
            continue
        text = f"nullif(trim({content.columns[name].source}), '')"
        bad[name] = f"case when not {landing_values.native(text, column['data_type'])} then {text} "
        if kind == "moment":
            day = f"try_cast(left({text}, 10) as date)"
            bad[name] += (
                f"when {text} not like '0000-00-00%' and (({day} is null and {text} like '____-__-__%') "
                f"or ({day} < '1000-01-01' and {day} <> '0001-01-01')) then {text} "
            )
        bad[name] += "end"
    if not bad:
        return {}
    counts = ", ".join(f"count({each}), min({each})" for each in bad.values())
    row = connection.execute(f"select {counts} from {content.reader}").fetchone()
    return {name: (row[2 * at], row[2 * at + 1]) for at, name in enumerate(bad) if row[2 * at]}


def unaccepted_values(connection, seed: dict, table: dict, content) -> list[tuple[int, str]]:
    """The columns with words that the contract does not accept: how many rows, and a sentence with both lists."""
    found = []
    for name, column in table["columns"].items():
        if not column["accepted"] or name not in content.columns:
            continue
        upper = contracts.meta(next(each for each in seed["columns"] if each["name"] == name)).get(
            "upper"
        )
        text = f"trim(cast({content.columns[name].source} as varchar))"
        text = f"upper({text})" if upper else text
        rows = connection.execute(
            f"select {text}, count(*) from {content.reader} where {text} <> '' "
            f"and {text} not in (select unnest($1)) group by 1 order by 2 desc, 1",
            [column["accepted"]],
        ).fetchall()
        if rows:
            shown = [row for row in rows if not re.search(contracts.PERSONAL, row[0])][:8]
            words = ", ".join(f"'{word}' {count:,}" for word, count in shown) or "values"
            more = f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
            word = shown[0][0] if shown else "<value>"
            found.append(
                (
                    sum(count for _, count in rows),
                    f"column {name}: {words}{more} are not accepted. It accepts {', '.join(column['accepted'])}. Say "
                    f"in columns.yml what they mean: {name}: {{values: {{{word}: …}}}}.",
                )
            )
    return found


def lines_on_files(seen: Folder) -> list[str]:
    lines = []
    if seen.problems:
        lines += ["", "This stops a build", *(f"  {problem}" for problem in seen.problems)]
    lines += ["", "Found" if seen.found else "Found: nothing"]
    for table in seen.found:
        lines.append(f"  {table['name']:<28} {table['rows']:>12,} rows   {table['file']}")
        if table["rows"] == 0:
            lines.append("      it has no rows that can be read")
        said = [each for each in table["assumed"] if each.assumption.startswith("it is the column")]
        if said:
            words = ", ".join(
                f"{each.column} <- {each.assumption.split(', by')[0][17:]}" for each in said
            )
            lines.append(f"      by columns.yml: {words}")
        lines += [
            f"      assumed: {in_words(each)}" for each in table["assumed"] if each not in said
        ]
        lines += [f"      {what}" for what in table["rejected"]]
        if table["personal"]:
            lines.append(
                "      looks like e-mail addresses or telephone numbers, which no key may be: "
                f"{', '.join(table['personal'])}. Bring md5(lower(…)) of them instead"
            )
        if table["proposals"]:
            lines.append(
                "      personal by its values, and the contract does not say so: "
                f"{', '.join(table['proposals'])}. Write the class into its contract (docs/privacy.md), or leave it out"
            )
        if table["ignored"]:
            lines.append(f"      not in the contract, ignored: {', '.join(table['ignored'])}")
        if table["lacking"]:
            lines.append(f"      lacks, and may: {', '.join(table['lacking'])}")
    if seen.missing:
        lines += ["", "Missing, and what that costs"]
        lines += [f"  {name:<28} {cost}" for name, cost in seen.missing]
    if seen.unused:
        lines += ["", "In the folder, but no raw or reference table is called so"]
        lines += [f"  {pathlib.Path(file).name}" for file in seen.unused]
        lines.append(
            "  The names are <system>__<table> with .csv, .xlsx, .parquet, .sql … as listed above, and "
            "reference__<seed>.csv. What columns.yml or a .sql reads may have any name."
        )
    return lines


def in_words(each: landing.files.Assumption) -> str:
    """An assumption as a line: `ordered_at: every value is written y.m.d, as 2025.03.01 -> 2025-03-01 (1 values)`."""
    where = f"{each.column}: " if each.column else ""
    example = f", as {each.value_before} -> {each.value_after}" if each.value_before else ""
    count = f" ({each.value_count:,} values)" if each.value_count else ""
    return f"{where}{each.assumption}{example}{count}"


def lines_on_last_build(connection) -> list[str]:
    """What the last build made of the data, as far as it got."""
    built = {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    }
    if not {"vault.rejected_rows", "vault.raw_row_statuses", "staging.as_of"} <= built:
        return ["", "There is no build yet that says which rows are rejected: make build."]
    lines = ["", *summary.lines_on_settings(connection, "The last build,")]
    statuses = connection.execute(
        "select row_status, sum(row_count)::bigint from vault.raw_row_statuses group by 1 order by 2 desc"
    ).fetchall()
    counts = ", ".join(f"{row_count:,} {status}" for status, row_count in statuses)
    lines.append(f"  Raw rows: {counts or 'none'}")
    lines += summary.lines_on_later(connection, most=40)
    if not connection.execute(
        "select 1 from staging.stg_finance__exchange_rates limit 1"
    ).fetchall():
        lines.append(
            "  Exchange rates: none of finance, so the rounded ones of seeds/reference/fixed_rates.csv "
            "(or reference__fixed_rates.csv)"
        )
    lines += lines_on_rejected(connection)
    if "vault.outdated_rows" in built:
        lines += lines_on_outdated(connection)
    if "vault.orphaned_rows" in built:
        lines += lines_on_orphans(connection)
    return lines + lines_on_tracking_plan(connection)


def lines_on_rejected(connection) -> list[str]:
    personal = {"_unreadable_line"} | {
        column["name"]
        for seed in contracts.seeds("raw")
        for column in seed["columns"]
        if contracts.meta(column).get("pii") in contracts.DIRECT
    }
    reasons = connection.execute(
        """
        select
            source_system || '__' || table_name as raw_table,
            count(*) as row_count,
            coalesce(column_name || ' ', '') || broken_rule as what,
            coalesce(min_by(
                case
                    when column_name is null
                        then split_part(json_extract_string(raw_row, '$._unreadable_line'), ':', 1)
                    when list_contains($personal, column_name) or broken_rule like '%telephone number'
                        then 'the row ' || coalesce(row_key, '(no key)')
                    else coalesce('''' || json_extract_string(raw_row, '$."' || column_name || '"') || ''' in ', '')
                        || 'the row ' || coalesce(row_key, '(no key)')
                end,
                coalesce(row_key, '')
            ), '') as example
        from (
            select
                *,
                case when rule like '%: %' then split_part(rule, ': ', 1) end as column_name,
                case when rule like '%: %' then split_part(rule, ': ', 2) else rule end as broken_rule
            from (
                select
                    source_system, table_name, row_key, raw_row,
                    unnest(string_split(reasons, '; ')) as rule
                from vault.rejected_rows
            )
        )
        group by all
        order by raw_table, row_count desc, what
        """,
        {"personal": sorted(personal)},
    ).fetchall()
    heading = (
        "  Rejected, by reason; a row may have several (all of them are in vault.rejected_rows)"
    )
    lines = ["", heading if reasons else f"{heading}: none"]
    for raw_table, row_count, what, example in reasons:
        lines.append(f"    {raw_table:<28} {row_count:>8,}   {what}: {example}")
    return lines


def lines_on_outdated(connection) -> list[str]:
    outdated = connection.execute(
        """
        select source_system || '__' || table_name, count(*), min(row_key), min_by(reasons, row_key)
        from vault.outdated_rows
        group by all
        order by 1
        """
    ).fetchall()
    heading = (
        "  Rows that count although a newer version of them was rejected (vault.outdated_rows)"
    )
    lines = ["", heading if outdated else f"{heading}: none"]
    for raw_table, row_count, key, reasons in outdated:
        lines.append(f"    {raw_table:<28} {row_count:>8,}   for example the row {key}: {reasons}")
    return lines


def lines_on_orphans(connection) -> list[str]:
    orphans = connection.execute(
        """
        select source_system || '__' || table_name, count(*), column_name, parent_table, min(missing_key)
        from vault.orphaned_rows
        group by all
        order by 1, 3
        """
    ).fetchall()
    heading = "  Rows whose parent is not there (kept, and listed in vault.orphaned_rows)"
    lines = ["", heading if orphans else f"{heading}: none"]
    for raw_table, row_count, column, parent, example in orphans:
        lines.append(
            f"    {raw_table:<28} {row_count:>8,}   {column} is not in {parent}, for example {example}"
        )
    return lines


def lines_on_tracking_plan(connection) -> list[str]:
    gaps = connection.execute(
        """
        select coalesce(sent.event_name, planned.event_name), sent.event_count
        from (
            select event_name, count(*) as event_count from staging.stg_events__events group by event_name
        ) as sent
        full join (select distinct event_name from reference.tracking_plan) as planned
            on sent.event_name = planned.event_name
        where sent.event_name is null or planned.event_name is null
        order by 2 desc nulls last, 1
        """
    ).fetchall()
    heading = "  Tracking plan (seeds/reference/tracking_plan.csv, or reference__tracking_plan.csv in your folder)"
    lines = ["", heading if gaps else f"{heading}: kept"]
    if not connection.execute(
        "select 1 from reference.tracking_plan where is_conversion limit 1"
    ).fetchall():
        lines.append(
            "    no event is marked is_conversion: only paid orders say whether a session is converted"
        )
    for event_name, event_count in gaps:
        what = "events that are not in the plan" if event_count else "events, though it is planned"
        lines.append(f"    {event_name:<28} {event_count or 0:>8,}   {what}")
    return lines


def report(folder: str, database: str) -> tuple[str, bool]:
    """All that `make doctor` prints, and whether something would stop a build."""
    where = (
        f"the folder {folder}"
        if folder
        else "the demo company (set GROUNDWORK_RAW=<folder> for your own)"
    )
    # Files are read without the warehouse, which another program may write, and to which a reader adds nothing.
    with duckdb.connect() as beside:
        seen = examine(beside, folder)
    lines = ["", f"Raw data: {where}", *lines_on_files(seen)]
    if not pathlib.Path(database).exists():
        lines += ["", "There is no build yet that says which rows are rejected: make build."]
    else:
        try:
            with opened(pathlib.Path(database)) as connection:
                lines += lines_on_last_build(connection)
        except CannotRead as error:
            lines += ["", f"The last build cannot be read: {error}"]
        except duckdb.Error as error:
            lines += ["", f"The last build cannot be read: {str(error).splitlines()[0]}"]
    return "\n".join(lines), bool(seen.problems)


if __name__ == "__main__":
    os.chdir(PROJECT)
    # DuckDB would load pandas, for a second, to see whether a value that it is given is one of pandas.
    sys.modules["pandas"] = None
    try:
        said, stops = report(
            os.environ.get("GROUNDWORK_RAW", ""),
            str(database_file()),
        )
        print(said)
        sys.stdout.flush()
        sys.exit(1 if stops else 0)
    except BrokenPipeError:
        # `make doctor | head` closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
