"""The translator: what DuckDB means by a construct, Spark means after translation, over rows made to tell them apart."""

import datetime
import decimal
import importlib.util
import math
import random
import re
import shutil
import sys
import textwrap

import duckdb
import pytest
import spark_pairs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
from duckspark.constructs import all_constructs
from duckspark.session import missing
from duckspark.session import settings as settings_of
from duckspark.translate import parsed, to_spark

HAS_SPARK = importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None
needs_spark = pytest.mark.skipif(
    not HAS_SPARK, reason="pyspark or Java is missing: make spark-pairs installs the first"
)
# Little data: what is compiled for each query takes longer than to run it.
SMALL = {
    "spark.master": "local[2]",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


class Engines:
    """The tables of the pairs on both engines, Spark's from the Parquet that DuckDB wrote."""

    def __init__(self, session, folder) -> None:
        import scipy_functions

        self.spark = session
        self.duckdb = duckdb.connect()
        self.duckdb.execute("set timezone = 'UTC'")
        scipy_functions.register(self.duckdb)
        self.columns = {}
        for name, sql in spark_pairs.TABLES.items():
            self.add(name, sql, folder)

    def add(self, name: str, sql: str, folder) -> None:
        self.duckdb.execute(f"create or replace table {name} as {sql}")
        self.duckdb.execute(f"copy {name} to '{folder}/{name}.parquet' (format parquet)")
        self.spark.read.parquet(f"{folder}/{name}.parquet").createOrReplaceTempView(name)
        described = self.duckdb.execute(f"describe {name}").fetchall()
        self.columns[f".{name}"] = {column[0]: column[1] for column in described}

    def both(self, sql: str) -> tuple[list, list]:
        """The rows of both engines, in one form."""
        on_duckdb = self.duckdb.execute(sql).fetchall()
        on_spark = self.spark.sql(to_spark(sql, self.columns)).collect()
        return [comparable(tuple(row)) for row in on_duckdb], [
            comparable(tuple(row)) for row in on_spark
        ]


def comparable(value):
    """A value in one form: numbers to twelve digits, structs as tuples of their values."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, datetime.date)):
        return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
    if isinstance(value, float):
        return f"{value + 0.0:.12g}" if math.isfinite(value) else str(value)
    if isinstance(value, (int, decimal.Decimal)):
        whole = decimal.Decimal(value)
        return f"{whole.normalize():f}" if abs(whole) > 2**53 else f"{float(value):.12g}"
    if isinstance(value, dict):
        return [comparable(one) for one in value.values()]
    if hasattr(value, "asDict") or isinstance(value, (tuple, list)):
        return [comparable(one) for one in value]
    return value


def expression_query(table: str, expressions: list[str]) -> str:
    columns = ", ".join(f"{sql} as x{i}" for i, sql in enumerate(expressions))
    return f"select {columns} from {table} order by id"


def differing(engines: Engines, table: str, expressions: list[str]) -> dict[str, str]:
    """The expressions whose values differ, with the first that does; run together, or one by one if that fails."""
    try:
        there, here = engines.both(expression_query(table, expressions))
    except Exception as problem:
        if len(expressions) == 1:
            return {expressions[0]: str(problem)[:300]}
        middle = len(expressions) // 2
        return differing(engines, table, expressions[:middle]) | differing(
            engines, table, expressions[middle:]
        )
    found = {}
    for place, sql in enumerate(expressions):
        for row, (duck, spark) in enumerate(zip(there, here, strict=True)):
            if duck[place] != spark[place]:
                found[sql] = f"row {row + 1}: DuckDB {duck[place]!r}, Spark {spark[place]!r}"
                break
    return found


def differing_query(engines: Engines, sql: str) -> str | None:
    try:
        there, here = engines.both(sql)
    except Exception as problem:
        return str(problem)[:300]
    return None if there == here else f"DuckDB {there}, Spark {here}"


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    from duckspark.session import open_session

    folder = tmp_path_factory.mktemp("spark")
    session = open_session({**SMALL, "spark.sql.warehouse.dir": f"{folder}/warehouse"})
    yield Engines(session, folder)
    session.stop()


@needs_spark
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("table", spark_pairs.EXPRESSIONS)
def test_expressions_mean_the_same(engines, table):
    assert not differing(engines, table, spark_pairs.EXPRESSIONS[table])


@needs_spark
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("sql", spark_pairs.QUERIES)
def test_queries_mean_the_same(engines, sql):
    assert not differing_query(engines, sql)


# Without 0: what divides by it, or takes its logarithm, is known to differ.
NUMBERS = (
    st.floats(1e-3, 1e6)
    | st.floats(-1e6, -1e-3)
    | st.sampled_from([0.5, -0.5, 2.5, 1.005, 4.265])
    | st.none()
)
HALVES = st.integers(-(10**7), 10**7).map(lambda n: decimal.Decimal(n) / 1000) | st.none()
WHOLES = st.integers(-(10**6), 10**6) | st.none()
# Letters outside of ASCII whose cases and marks are in Unicode's simple tables; the others are in docs/spark.md.
TEXTS = (
    st.text(st.sampled_from("ab ,.-$\\%_'\"()[]0aéÉ서울각힣\n\t😀\u0301"), max_size=12) | st.none()
)
TIMES = st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2060, 1, 1)) | st.none()
ZONES = st.sampled_from(["Asia/Seoul", "America/New_York", "UTC", "Australia/Lord_Howe"])
# The columns of a table of the pairs, as DuckDB's types and what they are drawn from.
RANDOM = {
    "numbers": {
        "team": ("varchar", st.sampled_from(["a", "b", None])),
        "x": ("double", NUMBERS),
        "d": ("decimal(18, 4)", HALVES),
        "n": ("bigint", WHOLES),
        "y": ("double", NUMBERS),
    },
    "texts": {"s": ("varchar", TEXTS), "t": ("varchar", TEXTS)},
    "moments": {
        "seen": ("timestamp", TIMES),
        "later": ("timestamp", TIMES),
        "zone": ("varchar", ZONES),
    },
}


@needs_spark
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("table", RANDOM)
def test_expressions_mean_the_same_of_random_rows(engines, table, tmp_path):
    columns = RANDOM[table]
    row = st.tuples(*(values for _, values in columns.values()))

    @settings(
        max_examples=3,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(row, min_size=150, max_size=200))
    def holds(rows):
        types = ", ".join(f"{name} {type_}" for name, (type_, _) in columns.items())
        engines.duckdb.execute(f"create or replace table drawn (id int, {types})")
        numbered = [(place, *values) for place, values in enumerate(rows, 1)]
        marks = ", ".join("?" * (len(columns) + 1))
        engines.duckdb.executemany(f"insert into drawn values ({marks})", numbered)
        engines.add(table, "select * from drawn", tmp_path)
        assert not differing(engines, table, spark_pairs.EXPRESSIONS[table])

    try:
        holds()
    finally:
        engines.add(table, spark_pairs.TABLES[table], tmp_path)


def odd_texts(chance: random.Random, count: int) -> list[str]:
    """Texts that may be read as something, and as many that are one to three letters away from one."""
    letters = [*"0123456789 -/:.TZ+eE_xdf", "\t", "\n", "\\"]
    found = set(spark_pairs.ODD_TEXTS)
    while len(found) < count:
        text = list(chance.choice(spark_pairs.ODD_TEXTS))
        for _ in range(chance.choice([1, 1, 2, 3])):
            place = chance.randrange(len(text) + 1)
            text[place : place + chance.choice([0, 1])] = chance.choice(
                [[], [chance.choice(letters)]]
            )
        found.add("".join(text))
    return sorted(text for text in found if not re.search(spark_pairs.READ_BY_DUCKDB_ALONE, text))


@needs_spark
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cast", spark_pairs.ODD_CASTS)
def test_text_is_read_alike(engines, tmp_path, cast):
    """Which texts are days, timestamps and numbers, and which ones they are."""
    texts = odd_texts(random.Random(1), 700)
    rows = ", ".join("('" + text.replace("'", "''") + "')" for text in texts)
    engines.add("odd", f"select * from (values {rows}) as rows (odd)", tmp_path)
    value = f"try_cast(odd as {cast})" + (" at time zone 'UTC'" if "zone" in cast else "")
    there, here = engines.both(f"select odd, {value} as x from odd order by odd")
    assert sum(row[1] is not None for row in there) > 3
    differing = {
        one[0]: (one[1], other[1]) for one, other in zip(there, here, strict=True) if one != other
    }
    assert not differing


def uncovered(texts: list[str]) -> dict[str, str]:
    """The constructs of queries that no pair has, each with the first query that uses it."""
    covered = {c for sql in spark_pairs.queries() for c in spark_pairs.constructs(parsed(sql))}
    found: dict[str, str] = {}
    for sql in texts:
        for name in spark_pairs.constructs(parsed(sql)):
            if name not in covered and name not in spark_pairs.ANSWERED:
                found.setdefault(name, sql)
    return found


@pytest.mark.timeout(120)
def test_every_construct_of_the_project_has_a_pair(demo):
    compiled = demo.parent / "warehouse.duckdb.target" / "compiled" / "groundwork" / "models"
    # The SQL of generic tests is dbt's own, in folders named by the YAML file.
    paths = [path for path in compiled.rglob("*.sql") if ".yml" not in str(path)]
    assert len(paths) > 300
    texts = {path.read_text(encoding="utf-8"): path.stem for path in paths}
    missing = {name: texts[sql] for name, sql in uncovered(list(texts)).items()}
    assert not missing, "write a pair for each in tests/python/spark_pairs.py"


def test_a_construct_without_a_pair_is_seen():
    assert list(uncovered(["select x, jaccard(x, y), extract(century from t) from u"])) == [
        "jaccard",
        "Extract CENTURY",
    ]


def program(folder, name: str, prints: str):
    """A program of this name that prints a text to both."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\necho '{prints}' >&2\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_spark_lacks_is_said_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing().startswith("Spark needs Java, and there is none in the PATH")
    program(tmp_path, "java", 'openjdk version "11.0.2" 2019-01-15')
    assert "version 11: set JAVA_HOME" in missing()
    program(tmp_path, "java", 'openjdk version "17.0.15" 2025-04-15')
    monkeypatch.setenv("PYSPARK_PYTHON", str(program(tmp_path, "python", "pandas scipy")))
    assert "which lacks pandas, scipy" in missing()
    monkeypatch.setenv("PYSPARK_PYTHON", str(tmp_path / "none"))
    assert "which is no program" in missing()
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert "there is none in JAVA_HOME" in missing()


def test_what_the_sql_relies_on_cannot_be_set_otherwise():
    given = {"spark.sql.ansi.enabled": "false", "spark.master": "yarn", "spark.driver.host": "h"}
    assert settings_of(given)["spark.sql.ansi.enabled"] == "true"
    assert settings_of(given)["spark.master"] == "yarn"
    assert settings_of({})["spark.driver.bindAddress"] == "127.0.0.1"


def test_what_only_duckdb_knows_is_written_in_as_rows():
    asked = []

    def ask(sql):
        asked.append(sql)
        return [("UTC",), ("Asia/Seoul",)] if "NAMES" in sql else [("[]",)]

    sql = to_spark("select distinct name from pg_timezone_names()", ask=ask)
    assert "('UTC'), ('Asia/Seoul')" in sql and "PG_TIMEZONE" not in sql.upper().split("VALUES")[0]
    assert to_spark("select metric_splits(['brand']) as x", ask=ask) == "SELECT '[]' AS x"
    assert asked[1] == "select METRIC_SPLITS(['brand'])"


def as_markdown(rule) -> str:
    """A construct as docs/spark.md lists it."""
    text = f"- `{rule.name}`. DuckDB: {rule.duckdb}. Spark is given: {rule.spark}. Without it: {rule.why}."
    return textwrap.fill(
        text.replace("|", "/"), 118, subsequent_indent="  ", break_on_hyphens=False
    )


def test_the_page_lists_the_constructs():
    """If it fails, put what it expects below the last heading of the page."""
    page = (PROJECT / "docs" / "spark.md").read_text(encoding="utf-8")
    listed = page.split("## What DuckDB means, what Spark is given, and why\n\n")[1]
    assert listed == "\n".join(map(as_markdown, all_constructs())) + "\n"
