"""Runs the SQL of a warehouse's models on Spark, each on DuckDB's own parents, and compares the tables.

So no fault hides another: a model that differs differs by its own SQL. `--select` takes areas, folders or models.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
from sqlglot import exp

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions  # noqa: E402
from duckspark.session import open_session  # noqa: E402
from duckspark.translate import parsed, to_spark  # noqa: E402

SETTINGS = {
    "spark.master": os.environ.get("SPARK_MASTER", "local[2]"),
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    # The models are long and the demo is small: compiling them would take longer than running them.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
# Numbers that tell rows apart are others on each engine.
NOT_COMPARED = ("fingerprint",)


@dataclass(frozen=True)
class Outcome:
    """What came of one model: equal, equal to nine digits, differs, refused by Spark, or not made there."""

    model: str
    status: str
    seconds: float
    detail: str = ""


class Comparison:
    """A warehouse, and a Spark session that gets its tables as Parquet."""

    def __init__(self, database: pathlib.Path, folder: pathlib.Path, session) -> None:
        self.folder = folder
        self.spark = session
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        scipy_functions.register(self.connection)
        self.connection.execute(f"attach '{database}' as warehouse (read_only)")
        self.connection.execute("use warehouse")
        target = pathlib.Path(f"{database}.target")
        self.compiled = target / "compiled" / "groundwork"
        self.nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        self.columns: dict[str, dict[str, str]] = {}
        rows = self.connection.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns"
            " where table_catalog = 'warehouse'"
        ).fetchall()
        for schema, table, column, type_ in rows:
            self.columns.setdefault(f"{schema}.{table}".lower(), {})[column] = type_

    def models(self, wanted: list[str]) -> Iterator[dict]:
        for node in self.nodes.values():
            if node["resource_type"] == "model" and node["language"] == "sql":
                path = pathlib.Path(node["original_file_path"])
                if not wanted or set(wanted) & {node["name"], *path.parts}:
                    yield node

    def hand_over(self, schema: str, table: str) -> None:
        """A table of DuckDB for Spark, once."""
        path = self.folder / schema / f"{table}.parquet"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            columns = ", ".join(
                f'cast("{name}" as decimal(38, 0)) as "{name}"'
                if type_ == "HUGEINT"
                else f'"{name}"'
                for name, type_ in self.columns[f"{schema}.{table}".lower()].items()
            )
            self.connection.execute(
                f'copy (select {columns} from "{schema}"."{table}") to \'{path}\' (format parquet)'
            )
        self.spark.sql(f"create database if not exists `{schema}`")
        if not self.spark.catalog.tableExists(f"{schema}.{table}"):
            self.spark.sql(f"create table `{schema}`.`{table}` using parquet location '{path}'")

    def compare(self, node: dict) -> Outcome:
        began = time.monotonic()

        def outcome(status: str, detail: str = "") -> Outcome:
            return Outcome(node["name"], status, time.monotonic() - began, detail)

        try:
            sql = (self.compiled / node["original_file_path"]).read_text(encoding="utf-8")
            for table in parsed(sql).find_all(exp.Table):
                if table.db and f"{table.db}.{table.name}".lower() in self.columns:
                    self.hand_over(table.db, table.name)
            translated = to_spark(
                sql, self.columns, lambda query: self.connection.execute(query).fetchall()
            )
            made = self.folder / "made" / f"{node['name']}.parquet"
            self.spark.sql(translated).write.mode("overwrite").parquet(str(made))
        except Exception as problem:
            return outcome("refused", " ".join(str(problem).split())[:400])
        for digits, status in ((12, "equal"), (9, "equal to nine digits")):
            differing = self.differing(node, f"{made}/*.parquet", digits)
            if not differing:
                return outcome(status)
        return outcome("differs", differing)

    def differing(self, node: dict, made: str, digits: int) -> str:
        """How many rows differ, with one of each engine; nothing if none do."""
        columns = {
            name: type_
            for name, type_ in self.columns[f"{node['schema']}.{node['alias']}".lower()].items()
            if not any(word in name for word in NOT_COMPARED)
        }

        def values(source: str) -> str:
            parts = [comparable(name, type_, digits) for name, type_ in columns.items()]
            return f"select {', '.join(parts)} from {source}"

        there, here = f'"{node["schema"]}"."{node["alias"]}"', f"read_parquet('{made}')"
        counts, rows = [], []
        for first, second in ((there, here), (here, there)):
            query = f"{values(first)} except all {values(second)}"
            counts.append(self.connection.execute(f"select count(*) from ({query})").fetchone()[0])
            rows.append(self.connection.execute(f"{query} order by all limit 1").fetchone())
        if counts == [0, 0]:
            return ""
        cells = [
            f"{name}: {ours} / {theirs}"
            for name, ours, theirs in zip(
                columns, rows[0] or rows[1], rows[1] or rows[0], strict=True
            )
            if ours != theirs
        ]
        return (
            f"{counts[0]} rows only of DuckDB, {counts[1]} only of Spark; {'; '.join(cells)[:300]}"
        )


def comparable(name: str, type_: str, digits: int) -> str:
    if type_ == "DOUBLE":
        # -0 plus 0 is 0.
        return f'printf(\'%.{digits - 1}e\', cast("{name}" as double) + 0) as "{name}"'
    if "DOUBLE[]" in type_:
        return f'list_transform("{name}", lambda one: printf(\'%.{digits - 1}e\', one)) as "{name}"'
    if type_ == "HUGEINT" or type_.startswith("U"):
        return f'cast("{name}" as decimal(38, 0)) as "{name}"'
    return f'cast("{name}" as {type_}) as "{name}"'


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--database", type=pathlib.Path, required=True)
    arguments.add_argument("--select", nargs="*", default=[], help="areas, folders or models")
    given = arguments.parse_args()
    if not pathlib.Path(f"{given.database}.target", "manifest.json").exists():
        print(
            f"There is no {given.database} with its target folder beside it: make test builds both."
        )
        return 1
    with tempfile.TemporaryDirectory() as folder:
        warehouse = {"spark.sql.warehouse.dir": f"{folder}/warehouse"}
        session = open_session({**SETTINGS, **warehouse})
        comparison = Comparison(given.database.resolve(), pathlib.Path(folder), session)
        counts: Counter[str] = Counter()
        for node in comparison.models(given.select):
            outcome = comparison.compare(node)
            counts[outcome.status] += 1
            print(
                f"{outcome.model}: {outcome.status} ({outcome.seconds:.1f} s) {outcome.detail}",
                flush=True,
            )
        print(
            ", ".join(f"{count} {status}" for status, count in counts.items())
            or "No model was named."
        )
        session.stop()
    return 1 if counts["differs"] or counts["refused"] or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
