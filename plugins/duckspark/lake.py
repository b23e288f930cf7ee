"""The tables of a warehouse on both engines: DuckDB has the catalog, Spark makes the rows and keeps them as Parquet.

A table that Spark made is a folder of Parquet files and a view of DuckDB over it. Spark gets the tables that DuckDB
made, such as the landed ones, as Parquet when it first reads them.
"""

import pathlib
import re
import shutil
import threading
import time
from collections.abc import Callable

from sqlglot import exp

from .translate import parsed, to_spark

# What Spark has not, or means otherwise.
SPARK_TYPES = {
    "HUGEINT": "DECIMAL(38, 0)",
    "UHUGEINT": "DECIMAL(38, 0)",
    "UBIGINT": "DECIMAL(20, 0)",
    "JSON": "STRING",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_LTZ",
}
WIDE = ("HUGEINT", "UHUGEINT", "UBIGINT")
# Landed by DuckDB, and handed over as it is, table or view.
LANDED = ("raw", "reference")

Name = tuple[str, str]


class Lake:
    """The folder of a warehouse's Parquet files, and the Spark session that reads and writes them."""

    def __init__(self, folder: pathlib.Path, open_session: Callable[[], object]) -> None:
        self.folder = folder.resolve()
        self.lock = threading.RLock()
        self.columns: dict[str, dict[str, str]] = {}
        self._open_session = open_session
        self._session = None
        # Spark's views, each with the tables that it reads.
        self._registered: dict[Name, set[Name]] = {}

    @property
    def spark(self):
        with self.lock:
            if self._session is None:
                self._session = self._open_session()
            return self._session

    def query(self, sql: str, duckdb):
        """A query of DuckDB's SQL as Spark's DataFrame."""
        tree = parsed(sql)
        for name in names_in(tree):
            self.register(name, duckdb)

        def ask(question: str) -> list[tuple]:
            return duckdb.execute(question).fetchall()

        return self.spark.sql(to_spark(sql, self.columns, ask, view_of))

    def register(self, name: Name, duckdb) -> None:
        """Shows Spark a table or a view of the warehouse, once."""
        with self.lock:
            if name in self._registered:
                return
            described = duckdb.execute(f"describe {quoted(name)}").fetchall()
            self._note_columns(name, [row[:2] for row in described])
            found = duckdb.execute(
                "select sql from duckdb_views() where schema_name = ? and view_name = ?", list(name)
            ).fetchone()
            path = self._path_in(found[0]) if found else None
            if path:
                self._show(name, self.spark.read.parquet(path), set())
            elif found and name[0] not in LANDED:
                select = self._sql_of_view(name, found[0])
                self._show(name, self.query(select, duckdb), set(names_in(parsed(select))))
            else:
                self._show(name, self.spark.read.parquet(self._hand_over(name, duckdb)), set())

    def make_table(self, name: Name, sql: str, duckdb) -> None:
        """A table as Spark makes it of a query, with the types that DuckDB gives the query's columns."""
        described = [row[:2] for row in duckdb.execute(f"describe {sql}").fetchall()]
        before = self._versions(name)
        path = self.folder / name[0] / name[1] / f"{time.time_ns():x}"
        if is_duckdbs_alone(parsed(sql)):
            path.mkdir(parents=True)
            duckdb.execute(f"copy ({sql}) to '{path}/made.parquet' (format parquet)")
        else:
            typed = [
                f"cast(`{column}` as {spark_type(type_)}) as `{column}`"
                for column, type_ in described
            ]
            self.query(sql, duckdb).selectExpr(*typed).write.parquet(str(path))
        # Readers of the version before this one may still be at it.
        for old in before[:-1]:
            shutil.rmtree(old)
        duckdb.execute(
            f"create or replace view {quoted(name)} as select * from read_parquet('{path}/*.parquet')"
        )
        with self.lock:
            self._forget(name)
            self._note_columns(name, described)
            self._show(name, self.spark.read.parquet(str(path)), set())

    def make_view(self, name: Name, sql: str, duckdb) -> None:
        duckdb.execute(f"create or replace view {quoted(name)} as {sql}")
        described = duckdb.execute(f"describe {quoted(name)}").fetchall()
        made = self.query(sql, duckdb)
        kept = self._kept_view(name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(sql, encoding="utf-8")
        with self.lock:
            self._forget(name)
            self._note_columns(name, [row[:2] for row in described])
            self._show(name, made, set(names_in(parsed(sql))))

    def _kept_view(self, name: Name) -> pathlib.Path:
        return self.folder / name[0] / f"{name[1]}.sql"

    def _sql_of_view(self, name: Name, in_catalog: str) -> str:
        """The SQL as it was written, for DuckDB's catalog has other words: timezone() for at time zone."""
        kept = self._kept_view(name)
        if kept.exists():
            return kept.read_text(encoding="utf-8")
        return parsed(in_catalog).expression.sql(dialect="duckdb")

    def _show(self, name: Name, rows, reads: set[Name]) -> None:
        rows.createOrReplaceTempView(view_name(name))
        self._registered[name] = reads

    def _forget(self, name: Name) -> None:
        """What reads a table that was made again is shown to Spark anew."""
        self._registered.pop(name, None)
        for other in [other for other, reads in self._registered.items() if name in reads]:
            self._forget(other)

    def _note_columns(self, name: Name, described: list[tuple[str, str]]) -> None:
        self.columns[".".join(name).lower()] = dict(described)

    def _versions(self, name: Name) -> list[pathlib.Path]:
        folder = self.folder / name[0] / name[1]
        return sorted(folder.iterdir()) if folder.exists() else []

    def _path_in(self, view: str) -> str | None:
        """The folder that a view of DuckDB reads, if it is a table of this lake."""
        found = re.search(
            rf"read_parquet\('({re.escape(str(self.folder))}/[^']*)/\*\.parquet'\)", view
        )
        return found[1] if found else None

    def _hand_over(self, name: Name, duckdb) -> str:
        path = self.folder / "handed_over" / name[0] / f"{name[1]}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        types = self.columns[".".join(name).lower()]
        columns = ", ".join(
            f'cast("{column}" as {SPARK_TYPES[type_]}) as "{column}"'
            if type_ in WIDE
            else f'"{column}"'
            for column, type_ in types.items()
        )
        duckdb.execute(f"copy (select {columns} from {quoted(name)}) to '{path}' (format parquet)")
        return str(path)


def is_duckdbs_alone(tree: exp.Expression) -> bool:
    """Whether Spark has no words for a query: a recursion that keeps no row twice."""
    recursive = [ctes for ctes in tree.find_all(exp.With) if ctes.args.get("recursive")]
    return any(
        isinstance(cte.this, exp.Union) and cte.this.args.get("distinct")
        for ctes in recursive
        for cte in ctes.expressions
    )


def names_in(tree: exp.Expression) -> list[Name]:
    """The tables of the warehouse that a query reads."""
    return list({(t.db, t.name): 1 for t in tree.find_all(exp.Table) if t.db})


def quoted(name: Name) -> str:
    return f'"{name[0]}"."{name[1]}"'


def view_name(name: Name) -> str:
    """Spark's views of a session have no schema."""
    return "__".join(name)


def view_of(table: exp.Table) -> str | None:
    return view_name((table.db, table.name)) if table.db else None


def spark_type(type_: str) -> str:
    """A type of DuckDB as Spark writes it."""
    if type_ in SPARK_TYPES:
        return SPARK_TYPES[type_]
    return exp.DataType.build(type_, dialect="duckdb").sql(dialect="spark")
