"""Finds tables, columns, metrics, boards and questions by the words that people use.

    make find Q="누가 떠났나"    what answers it, best first, and why it is there
    make find Q=churn NAMES=1    the names alone, a line each
    make find GAPS=1             the searches that found nothing: gaps of the documentation

It reads the index that the last build made (catalog.search_terms). Before any build, and while one
runs, the same SQL makes the same index of what dbt's manifest holds, in memory.
"""

import argparse
import csv
import functools
import os
import sys
import textwrap
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import jinja2
import yaml

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tools"))

from built import database_file  # noqa: E402
from manifest import parsed_manifest  # noqa: E402

# What the search reads of a warehouse, by schema.
TABLES = {
    "catalog": (
        "catalog_assets",
        "search_assets",
        "search_terms",
        "int_search_groups",
        "int_search_spellings",
    ),
    "reference": ("search_weights",),
}
SEEDS = ("search_weights", "search_groups")
ROOM = PROJECT / "models" / "marts" / "catalog"
# The models from what dbt knows to the index, in the order in which they read each other.
CHAIN = (
    ROOM / "intermediate" / "assets" / "int_project_assets.sql",
    ROOM / "catalog_assets.sql",
    ROOM / "intermediate" / "search" / "int_search_texts.sql",
    ROOM / "intermediate" / "search" / "int_search_groups.sql",
    ROOM / "intermediate" / "search" / "int_search_tokens.sql",
    ROOM / "search_terms.sql",
    ROOM / "intermediate" / "search" / "int_search_spellings.sql",
    ROOM / "search_assets.sql",
)
# What only a warehouse knows: empty without one.
OF_THE_WAREHOUSE = ("int_warehouse_assets", "int_asset_facts")
MACROS = ("catalog", "search", "dialect")
SHOWN = 10
NAMES_SHOWN = 30
LONGEST = 200


@functools.cache
def settings() -> dict:
    """The vars of the project."""
    return yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]


def rendered(sql: Path, manifest: dict | None = None, **others) -> str:
    """SQL of the project without dbt: models read each other by name."""
    macros = [(PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in MACROS]
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(
        "".join([*macros, sql.read_text(encoding="utf-8")])
    )
    return template.render(graph=manifest, var=settings().get, ref=lambda name: name, **others)


def index_of_manifest(manifest: dict) -> duckdb.DuckDBPyConnection:
    """The index in memory, of what dbt knows."""
    connection = duckdb.connect()
    for seed in SEEDS:
        file = PROJECT / "seeds" / "reference" / f"{seed}.csv"
        connection.execute(f"create table {seed} as from read_csv(?)", [str(file)])
    # Without the area catalog dbt has its models among those that are switched off.
    off = [node for found in (manifest.get("disabled") or {}).values() for node in found]
    nodes = {node["name"]: node for node in [*off, *manifest["nodes"].values()]}
    for name in OF_THE_WAREHOUSE:
        columns = [f"{c['name']} {c['data_type']}" for c in nodes[name]["columns"].values()]
        connection.execute(f"create table {name} ({', '.join(columns)})")
    counts = list(downstream_counts(manifest).items())
    connection.executemany(
        "insert into int_asset_facts (asset_id, downstream_count) values (?, ?)", counts
    )
    for model in CHAIN:
        connection.execute(f"create table {model.stem} as {rendered(model, manifest)}")
    return connection


def downstream_counts(manifest: dict) -> dict[str, int]:
    """How many public tables, metrics and boards read each node, as core.project_paths has it."""
    children = manifest["child_map"]
    public = {
        *manifest["metrics"],
        *manifest["exposures"],
        *(key for key, node in manifest["nodes"].items() if node.get("access") == "public"),
    }
    counts = {}
    for node in [*manifest["nodes"], *manifest["metrics"], *manifest["exposures"]]:
        found, left = set(), [node]
        while left:
            new = set(children.get(left.pop(), [])) - found
            found |= new
            left += new
        counts[node] = len(found & public)
    return counts


def index_of_warehouse(database: Path) -> duckdb.DuckDBPyConnection | None:
    """The index that the last build made; None if there is none that can be read."""
    if not database.exists():
        return None
    # The index is small: threads would wait for each other longer than they read.
    connection = duckdb.connect(config={"threads": 1})
    try:
        connection.execute(
            f"attach '{str(database).replace(chr(39), chr(39) * 2)}' as w (read_only)"
        )
        for schema, names in TABLES.items():
            for name in names:
                connection.execute(f"create view {name} as from w.{schema}.{name}")
    except duckdb.Error:
        return None
    return connection


@functools.cache
def question() -> str:
    """The SQL that ranks."""
    return rendered(PROJECT / "tools" / "find.sql")


def search(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict]:
    """The assets that a query finds, best first, with place, score and why."""
    found = connection.execute(question(), {"query": query})
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def names_of(found: list[dict]) -> list[str]:
    """The names in their order, each once. What is deprecated is left out of the first three."""
    names = list(dict.fromkeys(hit["shown_name"] for hit in found if not hit["is_deprecated"]))
    deprecated = [hit["shown_name"] for hit in found if hit["is_deprecated"]]
    return list(dict.fromkeys([*names, *deprecated])) if len(names) >= 3 else names


def in_lines(found: list[dict]) -> str:
    """The best hits as a person reads them."""
    lines = []
    for hit in found[:SHOWN]:
        label = " · ".join(filter(None, dict.fromkeys([hit["label"], hit["label_ko"]])))
        where = ", ".join(filter(None, [hit["kind"], hit["area"], hit["owner"]]))
        lines.append(f"{hit['place']:>3}  {hit['shown_name']}  ({where})")
        lines += [f"     {label}"] if label and label != hit["shown_name"] else []
        lines += textwrap.wrap(
            f"why: {hit['why']}", 100, initial_indent="     ", subsequent_indent="          "
        )
    if len(found) > SHOWN:
        lines.append(f"     … and {len(found) - SHOWN} more")
    return "\n".join(lines)


def kept_in(database: Path) -> Path:
    """Where the searches that found nothing are kept: beside the warehouse, on this machine only."""
    return database.with_suffix(".searches.csv")


def keep(database: Path, query: str) -> None:
    """Keeps a search that found nothing."""
    file = kept_in(database)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", newline="", encoding="utf-8") as kept:
        csv.writer(kept).writerow([f"{datetime.now(UTC):%Y-%m-%d}", query])


def gaps(database: Path) -> list[tuple[str, int, str]]:
    """The searches that found nothing: query, how often, and when last; most often first."""
    file = kept_in(database)
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as kept:
        rows = [row for row in csv.reader(kept) if len(row) == 2]
    times = Counter(query for _, query in rows)
    last = {query: day for day, query in rows}
    return sorted(
        ((query, count, last[query]) for query, count in times.items()),
        key=lambda gap: (-gap[1], gap[0]),
    )


def index(database: Path) -> duckdb.DuckDBPyConnection:
    """The index of the warehouse, else that of the manifest."""
    connection = index_of_warehouse(database)
    if connection is None:
        connection = index_of_manifest(parsed_manifest())
    return connection


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--query", default="")
    parser.add_argument("--names", default="", help="1: the names alone")
    parser.add_argument("--gaps", default="", help="1: the searches that found nothing")
    asked = parser.parse_args()
    database = database_file()
    os.chdir(PROJECT)  # profiles.yml and its plugins are found from here
    if asked.gaps:
        for query, times, day in gaps(database):
            print(f"{times:>4}  {day}  {query}")
        return 0
    query = " ".join(asked.query.split())[:LONGEST]
    if not query:
        print('Say what to look for: make find Q="who left"', file=sys.stderr)
        return 2
    found = search(index(database), query)
    if not found:
        keep(database, query)
        print(
            f"Nothing is called “{query}”. Try another word, in English or Korean.", file=sys.stderr
        )
        return 1
    print("\n".join(names_of(found)[:NAMES_SHOWN]) if asked.names else in_lines(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
