"""Compares two builds of a project, one by DuckDB and one by Spark, table by table, by a hash of all rows.

Doubles count to twelve digits. Views are read by Spark where Spark has them. Beside each warehouse lies its target
folder, `<warehouse>.target`. What tells of the runs themselves differs rightly, and is not compared.
"""

import argparse
import json
import pathlib
import sys
import tempfile
from collections import Counter

import duckdb
from compare_spark import NOT_COMPARED, PROJECT, SETTINGS, comparable

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions
from duckspark.lake import Lake, quoted
from duckspark.session import open_session

# The hooks write these: which runs there were, and how long they took.
OF_THE_RUNS = ("runs", "run_nodes", "run_tests")


class Build:
    """A warehouse that one of the engines built."""

    def __init__(self, database: pathlib.Path) -> None:
        self.database = database
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        scipy_functions.register(self.connection)
        self.connection.execute(f"attach '{database}' as \"{database.stem}\" (read_only)")
        self.connection.execute(f'use "{database.stem}"')

    def columns(self, name: tuple[str, str]) -> dict[str, str]:
        return dict(
            row[:2] for row in self.connection.execute(f"describe {quoted(name)}").fetchall()
        )

    def hash_of(self, source: str, columns: dict[str, str], digits: int) -> tuple:
        parts = ", ".join(comparable(name, type_, digits) for name, type_ in columns.items())
        hashes = f"select hash(rows) as row_hash from (select {parts} from {source}) as rows"
        return self.connection.execute(
            f"select count(*), sum(row_hash), bit_xor(row_hash) from ({hashes})"
        ).fetchone()


def models_of(manifest: dict, wanted: list[str]) -> list[dict]:
    """The models that are compared: not those that hang on the runs' history."""
    children = manifest["child_map"]
    apart = {i for i, node in manifest["nodes"].items() if node["name"] in OF_THE_RUNS}
    waiting = list(apart)
    while waiting:
        following = {i for i in children.get(waiting.pop(), []) if i.startswith("model.")} - apart
        apart |= following
        waiting += following
    return [
        node
        for i, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and i not in apart
        and (not wanted or set(wanted) & {node["name"], *pathlib.Path(node["path"]).parts})
    ]


class Comparison:
    def __init__(self, ours: Build, theirs: Build, lake: Lake, folder: pathlib.Path) -> None:
        self.ours, self.theirs, self.lake, self.folder = ours, theirs, lake, folder

    def outcome(self, node: dict) -> str:
        """`equal`, `equal to nine digits`, or what differs."""
        name = node["schema"], node["alias"]
        try:
            columns, found = self.ours.columns(name), self.theirs.columns(name)
        except duckdb.CatalogException:
            return "not built by both"
        if list(columns) != list(found):
            return f"differs: columns {sorted(set(columns) ^ set(found))}"
        columns = {c: t for c, t in columns.items() if not any(w in c for w in NOT_COMPARED)}
        source = quoted(name)
        if node["config"]["materialized"] == "view":
            source = self._read_by_spark(name)
        for digits, status in ((12, "equal"), (9, "equal to nine digits")):
            here = self.ours.hash_of(quoted(name), columns, digits)
            there = self.theirs.hash_of(source, columns, digits)
            if here == there:
                return status
        return f"differs: {self._differing(name, source, columns, here[0], there[0])}"

    def _read_by_spark(self, name: tuple[str, str]) -> str:
        path = self.folder / f"{'.'.join(name)}.parquet"
        rows = self.lake.query(f"select * from {quoted(name)}", self.theirs.connection)
        rows.write.mode("overwrite").parquet(str(path))
        return f"read_parquet('{path}/*.parquet')"

    def _differing(self, name, source: str, columns: dict[str, str], *counts: int) -> str:
        """How many rows there are, and which columns differ in how many values."""
        parts = ", ".join(comparable(c, t, 9) for c, t in columns.items())
        copied = self.folder / "theirs.parquet"
        self.theirs.connection.execute(
            f"copy (select {parts} from {source}) to '{copied}' (format parquet)"
        )
        connection = self.ours.connection
        sides = f"select {parts} from {quoted(name)}", f"select * from read_parquet('{copied}')"
        rows = []
        for first, second in (sides, sides[::-1]):
            rows.append(
                connection.execute(f"{first} except all {second} order by all limit 1").fetchone()
            )
        cells = [
            f"{c}: {a} / {b}"
            for c, a, b in zip(columns, rows[0] or rows[1], rows[1] or rows[0], strict=True)
            if a != b
        ]
        only = connection.execute(f"select count(*) from ({sides[0]} except all {sides[1]})")
        return f"{only.fetchone()[0]} of {counts[0]} rows ({counts[1]} on Spark): {'; '.join(cells)[:300]}"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--duckdb", type=pathlib.Path, required=True)
    arguments.add_argument("--spark", type=pathlib.Path, required=True)
    arguments.add_argument("--lake", type=pathlib.Path, required=True)
    arguments.add_argument("--select", nargs="*", default=[], help="areas, folders or models")
    given = arguments.parse_args()
    manifest = pathlib.Path(f"{given.spark}.target", "manifest.json")
    for path in (given.duckdb, given.spark, manifest):
        if not path.exists():
            print(f"There is no {path}: make test builds by DuckDB, make spark-compare by Spark.")
            return 1
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(given.lake, lambda: open_session(SETTINGS))
        comparison = Comparison(Build(given.duckdb), Build(given.spark), lake, pathlib.Path(folder))
        counts: Counter[str] = Counter()
        for node in models_of(json.loads(manifest.read_text(encoding="utf-8")), given.select):
            outcome = comparison.outcome(node)
            counts[outcome.split(":")[0]] += 1
            if outcome not in ("equal", "not built by both"):
                print(f"{node['schema']}.{node['alias']}: {outcome}", flush=True)
    print(", ".join(f"{count} {status}" for status, count in counts.most_common()))
    return 1 if counts["differs"] or not counts["equal"] else 0


if __name__ == "__main__":
    sys.exit(main())
