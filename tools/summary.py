"""What a build ended with, in about ten lines: as_of, rows later or rejected, tables, warnings in words, where to look.

Reads what dbt wrote (run_results.json and manifest.json of DBT_TARGET_PATH, else target/) and the warehouse of
GROUNDWORK_DB. `make build` prints it last.
"""

import json
import os
import pathlib
import sys
from collections import Counter

import duckdb
from unused_rules import line_on_rules

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

import contracts  # noqa: E402
from built import FAILED, database_file, in_use, target_folder  # noqa: E402

MOST_MESSAGES = 4
STATUS_IN_WORDS = {
    "staged": "staged",
    "superseded": "replaced by a newer version",
    "deleted": "deletions in the source",
    "erased": "of persons who asked to be forgotten",
    "later": "later",
    "rejected": "rejected (vault.rejected_rows says why)",
}
NEXT = [
    "Next: make docs (the site with every table, metric and goal), make doctor (what is wrong in the raw data),",
    "      README.md (which table answers which question)",
]


def lines_on_run(results: dict, nodes: dict) -> list[str]:
    """Counts of what ran, and each error and warning in words."""
    kinds, messages = Counter(), []
    for result in results["results"]:
        kind = result["unique_id"].split(".")[0]
        status = result["status"]
        kinds["skipped" if status == "skipped" else f"{kind}s"] += 1
        if status in FAILED:
            messages.insert(0, f"  Error: {in_words(result, nodes)}")
            kinds["errors"] += 1
        elif status == "warn":
            messages.append(f"  Warning: {in_words(result, nodes)}")
    ran = [f"{kinds['models']:,} tables and views", f"{kinds['tests']:,} tests"]
    ran += [f"{kinds['errors']:,} errors"] * bool(kinds["errors"])
    ran += [f"{kinds['skipped']:,} skipped because of them"] * bool(kinds["skipped"])
    more = len(messages) - MOST_MESSAGES
    if more > 0:
        messages = [*messages[: MOST_MESSAGES - 1], f"  … and {more + 1} more, above"]
    return [f"  {', '.join(ran)}, in {results['elapsed_time']:.0f} seconds", *messages]


def in_words(result: dict, nodes: dict) -> str:
    """A test that found something says what its description says; another error its own message."""
    node = nodes.get(result["unique_id"], {})
    name = result["unique_id"].split(".")[2]
    if node.get("resource_type") == "test" and result["failures"]:
        told = " ".join((node.get("description") or f"rows found by the test {name}").split())
        return f"{result['failures']:,} {told}"
    message = [line.strip() for line in (result["message"] or "").splitlines() if line.strip()]
    return f"{name}: {' '.join(message[1:2] or message)[:150]}"


def lines_on_settings(connection: duckdb.DuckDBPyConnection, what: str) -> list[str]:
    """The last day whose facts count, the moment up to which arrivals do, and the facts that metrics begin after."""
    day, decided_by, until, first_day, earlier = connection.execute(
        """
        select
            as_of_date::varchar,
            decided_by,
            strftime(known_until, '%Y-%m-%d %H:%M:%S'),
            metrics_from::varchar,
            (select sum(row_count) from raw.landed_days where fact_day < metrics_from)::bigint
        from staging.as_of
        """
    ).fetchone()
    lines = [f"{what} as of {day} ({decided_by}), with what had arrived by {until} UTC"]
    if earlier:
        lines.append(
            f"  Metrics begin on {first_day}: {earlier:,} facts lie long before (vars stray_…); tables have them"
        )
    return lines


def lines_on_later(connection: duckdb.DuckDBPyConnection, most: int = 3) -> list[str]:
    """How many rows do not count yet, why, and of which tables: a line a reason."""
    rows = connection.execute(
        """
        select later_reason, source_system || '__' || table_name, sum(row_count)::bigint
        from vault.raw_row_statuses
        where row_status = 'later'
        group by all
        order by 1 desc, 3 desc, 2
        """
    ).fetchall()
    lines = []
    for reason in dict.fromkeys(reason for reason, _, _ in rows):
        tables = [(table, count) for of, table, count in rows if of == reason]
        total = sum(count for _, count in tables)
        shown = ", ".join(f"{table} {count:,}" for table, count in tables[:most])
        more = f" and {len(tables) - most} more" if len(tables) > most else ""
        lines.append(f"  {total:,} rows do not count yet ({reason}): {shown}{more}")
    return lines


def lines_on_data(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """as_of, known_until, and what became of the raw rows."""
    lines = lines_on_settings(connection, "The warehouse")
    try:
        counts = dict(
            connection.execute(
                "select row_status, sum(row_count)::bigint from vault.raw_row_statuses group by all"
            ).fetchall()
        )
    except duckdb.CatalogException:
        return lines
    parts = [
        f"{counts[status]:,} {words}"
        for status, words in STATUS_IN_WORDS.items()
        if counts.get(status)
    ]
    lines.append(f"  {sum(counts.values()):,} raw rows: {', '.join(parts)}")
    return [
        *lines,
        *lines_on_later(connection),
        *lines_on_outdated(connection),
        *lines_on_assumptions(connection),
        *lines_on_personal_keys(connection),
    ]


def lines_on_outdated(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Rows that count although a version that is not older was rejected."""
    try:
        count = connection.execute("select count(*) from vault.outdated_rows").fetchone()[0]
    except duckdb.CatalogException:
        return []
    what = (
        "row is staged although a newer version was"
        if count == 1
        else "rows are staged although newer versions were"
    )
    return [f"  {count:,} {what} rejected (vault.outdated_rows)"] * bool(count)


def lines_on_assumptions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """How much was assumed of the files, and what of it changed values."""
    try:
        count, tables, changed = connection.execute(
            "select count(*), count(distinct (source_system, table_name)), sum(value_count)::bigint "
            "from vault.landing_assumptions"
        ).fetchone()
    except duckdb.CatalogException:
        return []
    values = f", by which {changed:,} values were converted" if changed else ""
    what = "assumption was made about a file" if count == 1 else "assumptions were made about files"
    of = f"{tables} raw table{'s' * (tables > 1)}"
    return [f"  {count:,} {what} of {of}{values} (vault.landing_assumptions)"] * bool(count)


def lines_on_personal_keys(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Customers whose key is an e-mail address or a telephone number: it is in every table of core."""
    try:
        count = connection.execute(
            "select count(*) from staging.stg_app__customers where regexp_matches(customer_id, $1)",
            [contracts.PERSONAL],
        ).fetchone()[0]
    except duckdb.Error:
        return []
    warning = (
        f"  Warning: {count:,} customer_id look like e-mail addresses or telephone numbers. Bring "
        "md5(lower(…)) of them instead"
    )
    return [warning] * bool(count)


def summary(target: pathlib.Path, database: pathlib.Path) -> list[str]:
    """The lines; the run's own where there is no warehouse to read."""
    if not (target / "run_results.json").exists():
        return ["The build ended before it ran anything: what dbt says above is the reason."]
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    ran = lines_on_run(results, manifest["nodes"])
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            return [*lines_on_data(connection), *ran, *line_on_rules(connection), *NEXT]
    except duckdb.Error as error:
        why = str(error).splitlines()[0] if database.exists() else "there is none yet"
        why = in_use(error, database) or why
        return [f"The warehouse cannot be read: {why}", *ran]


if __name__ == "__main__":
    os.chdir(PROJECT)
    print("", *summary(target_folder(), database_file()), sep="\n")
