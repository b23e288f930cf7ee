"""`make doctor`: what the raw data holds, what is missing and what that costs, and what the last build made of it.

Stops at nothing: what would stop a build is reported, and makes the exit code 1. Reads the files of GROUNDWORK_RAW
(else the demo company) and the warehouse of GROUNDWORK_DB. Values of personal columns are not shown.
"""

import os
import pathlib
import sys
from dataclasses import dataclass, field

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import contracts  # noqa: E402
import landing  # noqa: E402
import summary  # noqa: E402
from built import database_file  # noqa: E402


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
    used = []
    for seed in contracts.seeds("raw"):
        table = contracts.landing_table(seed, "raw")
        name = landing.file_name(table)
        files = landing.files_named(folder, name) if folder else [table["default_file"]]
        used += files
        if len(files) > 1:
            seen.problems.append(
                f"{name} is in the folder more than once: {', '.join(files)}. Keep one of them."
            )
        elif not files and landing.files_like(folder, name):
            seen.problems.append(landing.plan(connection, table, name, folder)["problem"])
        elif not files:
            seen.missing.append((name, contracts.meta(seed).get("without_it", "")))
        else:
            examine_file(connection, seed, table, name, files[0], seen)
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
            and not (file.stem in references and file.suffix in landing.ENDINGS)
        ]
    return seen


def examine_reference(connection, table: dict, folder: str, seen: Folder) -> None:
    """Adds what keeps a reference table from being landed, if anything does."""
    problem = landing.plan(connection, table, "reference_table", folder).get("problem")
    if problem:
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


def examine_file(connection, seed: dict, table: dict, name: str, file: str, seen: Folder) -> None:
    """Adds what one file is to what was seen."""
    try:
        content = landing.content_of(connection, file, "ignore_errors = true")
        landing.check_columns(table, file, content)
        landing.check_texts(connection, table, file, content)
    except landing.Problem as problem:
        seen.problems.append(str(problem))
        return
    count = f"select count(*) from {content.reader}"
    if error := landing.reading_error(connection, count):
        seen.problems.append(f"{file} cannot be read: {error}")
        return
    keys = contracts.meta(seed).get("key", []) + [
        column["name"] for column in seed["columns"] if column["name"].endswith("_id")
    ]
    seen.found.append(
        {
            "personal": personal_keys(connection, content, keys),
            "encoding": landing.encoding_of(file) if file.endswith(".csv") else "UTF-8",
            "name": name,
            "file": pathlib.Path(file).name,
            "rows": connection.execute(count).fetchone()[0],
            "ignored": [
                c.name for key, c in content.columns.items() if key not in table["columns"]
            ],
            "lacking": landing.lacking(table, content)[1],
        }
    )


def lines_on_files(seen: Folder) -> list[str]:
    lines = []
    if seen.problems:
        lines += ["", "This stops a build", *(f"  {problem}" for problem in seen.problems)]
    lines += ["", "Found" if seen.found else "Found: nothing"]
    for table in seen.found:
        lines.append(f"  {table['name']:<28} {table['rows']:>12,} rows   {table['file']}")
        if table["rows"] == 0:
            lines.append("      it has no rows that can be read")
        if table["encoding"] != "UTF-8":
            lines.append(
                f"      it is in {table['encoding']}: rows with other letters than English are rejected. "
                "Save it as CSV UTF-8"
            )
        if table["personal"]:
            lines.append(
                "      looks like e-mail addresses or telephone numbers, which would reach every table: "
                f"{', '.join(table['personal'])}. Bring md5(lower(…)) of them instead"
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
            "  The names are <system>__<table>.csv, .parquet or .sql, as listed above, and reference__<seed>.csv."
        )
    return lines


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
        if contracts.meta(column).get("pii")
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
                    when list_contains($personal, column_name) then 'the row ' || coalesce(row_key, '(no key)')
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
    is_built = pathlib.Path(database).exists()
    with duckdb.connect(database if is_built else ":memory:", read_only=is_built) as connection:
        where = (
            f"the folder {folder}"
            if folder
            else "the demo company (set GROUNDWORK_RAW=<folder> for your own)"
        )
        seen = examine(connection, folder)
        lines = ["", f"Raw data: {where}", *lines_on_files(seen)]
        if not is_built:
            lines += ["", "There is no build yet that says which rows are rejected: make build."]
        else:
            try:
                lines += lines_on_last_build(connection)
            except duckdb.Error as error:
                lines += ["", f"The last build cannot be read: {str(error).splitlines()[0]}"]
    return "\n".join(lines), bool(seen.problems)


if __name__ == "__main__":
    os.chdir(PROJECT)
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
