"""The project on Spark: dbt-duckdb, whose queries run on Spark where they read or make tables that are Spark's.

DuckDB lands files, has the catalog, and runs what reads it alone: the list of landed files, the history of runs. What
is made of models' SQL is translated and made by Spark; duckspark.lake says how the two share tables.
"""

import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

from dbt.adapters.base import AdapterPlugin
from dbt.adapters.duckdb import DuckDBAdapter, DuckDBConnectionManager, DuckDBCredentials
from dbt.adapters.duckdb.environments.local import DuckDBConnectionWrapper, LocalEnvironment
from dbt.include import duckspark as include
from dbt_common.exceptions import DbtRuntimeError

from duckspark.lake import LANDED, Lake
from duckspark.session import missing, open_session

COMMENTS = r"(?:\s|/\*.*?\*/|--[^\n]*\n)*"
MAKES = re.compile(
    COMMENTS + r"create\s+(?:or\s+replace\s+)?(table|view)\s+"
    r'("[^"]+"\."[^"]+"\."[^"]+")\s+as\s*\((.*)\)[\s;]*\Z',
    re.I | re.S,
)
READS = re.compile(COMMENTS + r"(?:with\b|select\b|[(])", re.I | re.S)
# What dbt asks of a table's columns is a query, too.
DESCRIBES = re.compile(r"[(]\s*describe\b", re.I)
NAME = re.compile(r'"[^"]+"\."([^"]+)"\."([^"]+)"')


@dataclass
class DucksparkCredentials(DuckDBCredentials):
    lake: str = "lake"
    spark: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return "duckspark"


class Cursor:
    """DuckDB's cursor; what is Spark's to run is run there."""

    def __init__(self, duckdb, environment: "SparkEnvironment") -> None:
        self._duckdb = duckdb
        self._environment = environment
        self._rows: list[tuple] | None = None
        self._names: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self._duckdb, name)

    def execute(self, sql: str, bindings=None) -> "Cursor":
        self._rows = None
        made = MAKES.match(sql)
        if made or self._is_query_of_spark(sql):
            try:
                self._on_spark(made, sql)
            except Exception as problem:
                raise DbtRuntimeError(str(problem).split("\n\nJVM stacktrace")[0]) from problem
        else:
            self._duckdb.execute(sql, *([] if bindings is None else [bindings]))
        return self

    def _is_query_of_spark(self, sql: str) -> bool:
        if not READS.match(sql) or DESCRIBES.search(sql):
            return False
        return self._environment.is_sparks(NAME.findall(sql))

    def _on_spark(self, made: re.Match | None, sql: str) -> None:
        if made:
            kind, relation, select = made.groups()
            name = NAME.match(relation).groups()
            self._environment.make(kind.lower(), name, select, self._duckdb)
        else:
            found = self._environment.lake.query(sql.rstrip().rstrip(";"), self._duckdb)
            self._names = found.columns
            self._rows = [tuple(row) for row in found.collect()]

    @property
    def description(self):
        if self._rows is None:
            return self._duckdb.description
        return [(name, None, None, None, None, None, None) for name in self._names]

    def fetchall(self) -> list[tuple]:
        return self._duckdb.fetchall() if self._rows is None else self._taken(len(self._rows))

    def fetchmany(self, size: int = 1) -> list[tuple]:
        return self._duckdb.fetchmany(size) if self._rows is None else self._taken(size)

    def fetchone(self) -> tuple | None:
        if self._rows is None:
            return self._duckdb.fetchone()
        return next(iter(self._taken(1)), None)

    def _taken(self, size: int) -> list[tuple]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken


class SparkEnvironment(LocalEnvironment):
    """The process's DuckDB with its lake."""

    def __init__(self, credentials: DucksparkCredentials) -> None:
        super().__init__(credentials)
        problem = missing()
        if problem:
            raise DbtRuntimeError(problem)
        folder = pathlib.Path(credentials.lake)
        self.lake = Lake(folder, lambda: open_session(credentials.spark))
        self._sparks: set[tuple[str, str]] | None = None

    def handle(self) -> DuckDBConnectionWrapper:
        wrapper = super().handle()
        wrapper._cursor._cursor = Cursor(wrapper._cursor._cursor, self)
        if self._sparks is None:
            views = "select schema_name, view_name from duckdb_views() where not internal"
            found = self.conn.execute(views).fetchall()
            self._sparks = {name for name in found if name[0] not in LANDED}
        return wrapper

    def is_sparks(self, names: list[tuple[str, str]]) -> bool:
        """Whether one of these is a table or a view that Spark made."""
        return not self._sparks.isdisjoint(names)

    def make(self, kind: str, name: tuple[str, str], select: str, duckdb) -> None:
        make = self.lake.make_table if kind == "table" else self.lake.make_view
        make(name, select, duckdb)
        self._sparks.add(name)


class DucksparkConnectionManager(DuckDBConnectionManager):
    TYPE = "duckspark"

    @classmethod
    def open(cls, connection):
        with cls._LOCK:
            if not cls._ENV or cls._ENV.creds != connection.credentials:
                # dbt-duckdb asks its own class for the environment, too.
                cls._ENV = DuckDBConnectionManager._ENV = SparkEnvironment(connection.credentials)
        return super().open(connection)


class DucksparkAdapter(DuckDBAdapter):
    ConnectionManager = DucksparkConnectionManager


Plugin = AdapterPlugin(
    adapter=DucksparkAdapter,
    credentials=DucksparkCredentials,
    include_path=include.PACKAGE_PATH,
    dependencies=["duckdb"],
)
