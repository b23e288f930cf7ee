"""The build on Spark: what runs where, how both engines share tables, and that three areas come out as on DuckDB."""

import importlib
import os
import pathlib
import pkgutil
import subprocess
import sys

import duckdb
import pytest
from dbt_common.exceptions import DbtRuntimeError
from test_spark import SMALL, needs_spark, program
from warehouse import PROJECT

PLUGINS = str(PROJECT / "plugins")
sys.path.insert(0, PLUGINS)
# dbt may have looked for its adapters before it could find these.
for package in map(importlib.import_module, ("dbt.adapters", "dbt.include")):
    package.__path__ = pkgutil.extend_path(package.__path__, package.__name__)
from dbt.adapters.duckspark import Cursor, DucksparkCredentials, SparkEnvironment  # noqa: E402
from duckspark.lake import Lake, is_duckdbs_alone, names_in, spark_type  # noqa: E402
from duckspark.translate import parsed  # noqa: E402

# Two tables of each of three areas, with all that they are made of: incremental staging, validated text, functions of
# scipy, a Python model, hooks.
THREE_AREAS = ["+funnel_steps", "+touchpoints", "+patient_risk_scores"]


class Recorder:
    """Stands for DuckDB's cursor, for the environment and its lake: notes what each is asked."""

    columns = ("x",)

    def __init__(self) -> None:
        self.asked = []
        self.lake = self

    def execute(self, sql, *bindings):
        self.asked.append("duckdb")

    def is_sparks(self, names):
        return ("core", "orders") in names

    def make(self, kind, name, select, duckdb):
        self.asked.append((kind, name, select.strip()))

    def query(self, sql, duckdb):
        self.asked.append("spark")
        return self

    def collect(self):
        return [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("sql", "runs"),
    [
        ('/* dbt */\ncreate table "w"."core"."a" as (\nselect 1 as x\n);', ("table", ("core", "a"), "select 1 as x")),
        ('create view "w"."core"."a" as (select (1) as x)', ("view", ("core", "a"), "select (1) as x")),
        ('create or replace table "w"."staging"."as_of" as select 1', "duckdb"),
        ("create temporary table a as (select 1)", "duckdb"),
        ('insert into "w"."platform"."runs" select * from "w"."core"."orders"', "duckdb"),
        ('select * from "w"."raw"."landed_files"', "duckdb"),
        ("select 1", "duckdb"),
        ('describe (select * from "w"."core"."orders")', "duckdb"),
        ('select column_name from (describe "w"."core"."orders")', "duckdb"),
    ],
)  # fmt: skip
def test_a_statement_runs_where_its_tables_are(sql, runs):
    recorder = Recorder()
    Cursor(recorder, recorder).execute(sql)
    assert recorder.asked == [runs]


@pytest.mark.parametrize("sql", ["-- all\nselect * from {}", "with a as (select 1) select * from a, {}", "(select x from {});"])  # fmt: skip
def test_a_query_of_a_table_of_spark_runs_there(sql):
    recorder = Recorder()
    cursor = Cursor(recorder, recorder).execute(sql.format('"w"."core"."orders"'))
    assert recorder.asked == ["spark"]
    assert [column[0] for column in cursor.description] == ["x"]
    assert (cursor.fetchone(), cursor.fetchmany(1), cursor.fetchall()) == ((1,), [(2,)], [(3,)])


def test_types_of_duckdb_are_spelled_for_spark():
    types = (
        "HUGEINT",
        "DECIMAL(18,2)",
        "TIMESTAMP",
        "VARCHAR",
        "DOUBLE[]",
        "TIMESTAMP WITH TIME ZONE",
    )
    spelled = [spark_type(type_) for type_ in types]
    assert spelled == [
        "DECIMAL(38, 0)", "DECIMAL(18, 2)", "TIMESTAMP_NTZ", "STRING", "ARRAY<DOUBLE>", "TIMESTAMP_LTZ",
    ]  # fmt: skip


def test_a_recursion_without_repetition_is_duckdbs():
    walk = "with recursive w as (select 1 as n union {} select n + 1 from w where n < 3) select * from w"
    assert is_duckdbs_alone(parsed(walk.format("")))
    assert not is_duckdbs_alone(parsed(walk.format("all")))
    assert not is_duckdbs_alone(parsed("select 1 union select 2"))


def test_only_tables_of_the_warehouse_are_looked_up():
    sql = 'with a as (select * from "w"."core"."orders") select * from a, "w"."core"."orders", generate_series(3)'
    assert names_in(parsed(sql)) == [("core", "orders")]


def test_without_java_a_build_stops_with_one_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    credentials = DucksparkCredentials(path=str(tmp_path / "warehouse.duckdb"))
    with pytest.raises(DbtRuntimeError, match="Spark needs Java, and there is none in the PATH"):
        SparkEnvironment(credentials)
    program(tmp_path, "java", 'openjdk version "11.0.2" 2019-01-15')
    with pytest.raises(DbtRuntimeError, match="version 11: set JAVA_HOME to one of these"):
        SparkEnvironment(credentials)


@needs_spark
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_engines_share_tables(tmp_path):
    from duckspark.session import open_session

    session = open_session({**SMALL, "spark.sql.warehouse.dir": f"{tmp_path}/warehouse"})
    warehouse = duckdb.connect(str(tmp_path / "warehouse.duckdb"))
    warehouse.execute("create schema raw; create schema core")
    warehouse.execute(
        "create table raw.a as select * from (values (1::hugeint, 2.5), (2, null)) as rows (n, x)"
    )
    lake = Lake(tmp_path / "lake", lambda: session)

    def on_both(sql):
        there = sorted(tuple(row) for row in lake.query(sql, warehouse).collect())
        assert there == sorted(warehouse.execute(sql).fetchall())
        return there

    lake.make_table(
        ("core", "t"), "select n, cast(x as double) / 2 as half from warehouse.raw.a", warehouse
    )
    lake.make_view(("core", "v"), "select t.n, t.half from warehouse.core.t", warehouse)
    assert on_both("select n, half from core.v") == [(1, 1.25), (2, None)]
    types = warehouse.execute("describe core.v").fetchall()
    assert [row[1] for row in types] == ["DECIMAL(38,0)", "DOUBLE"]
    # Made again, the views that read it are, too; the version before is kept for who reads it, those before it are not.
    for factor in (3, 4):
        lake.make_table(("core", "t"), f"select 1 as n, {factor}.0::double as half", warehouse)
    assert on_both("select * from core.v") == [(1, 4.0)]
    assert len(list((tmp_path / "lake" / "core" / "t").iterdir())) == 2
    # A run later finds all of it, a view by the words that it was written in.
    zoned = "select cast(timestamp '2026-01-05 10:00:00' at time zone 'UTC' at time zone 'Asia/Seoul' as date) as d"
    lake.make_view(("core", "z"), f"{zoned} from warehouse.core.t", warehouse)
    lake = Lake(tmp_path / "lake", lambda: session)
    assert on_both("select * from core.v") == [(1, 4.0)]
    assert len(on_both("select d from core.z")) == 1
    # A query that fails leaves what was there.
    with pytest.raises(Exception, match="no half"):
        lake.make_table(
            ("core", "t"), "select error('no half') as half from warehouse.raw.a", warehouse
        )
    assert on_both("select * from core.v") == [(1, 4.0)]


def dbt_build(place: pathlib.Path, target: str, *arguments: str) -> subprocess.CompletedProcess:
    database = place / f"{target}" / "warehouse.duckdb"
    database.parent.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": PLUGINS,
        "GROUNDWORK_RAW": "",
        "GROUNDWORK_DB": str(database),
        "DBT_TARGET_PATH": f"{database}.target",
        "GROUNDWORK_LAKE": str(place / "lake"),
    }
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--target", target, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)


@needs_spark
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_three_areas_are_built_alike_by_both_engines(tmp_path):
    for target in ("dev", "spark"):
        built = dbt_build(
            tmp_path, target, "--select", *THREE_AREAS, "--exclude-resource-type", "unit_test"
        )
        assert built.returncode == 0, built.stdout[-3000:]
    compared = subprocess.run(
        [
            sys.executable,
            "tools/compare_engines.py",
            *("--duckdb", str(tmp_path / "dev" / "warehouse.duckdb")),
            *("--spark", str(tmp_path / "spark" / "warehouse.duckdb")),
            *("--lake", str(tmp_path / "lake")),
            *("--select", *built_models(built.stdout)),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert compared.returncode == 0, compared.stdout
    assert "differs" not in compared.stdout
    with duckdb.connect(str(tmp_path / "spark" / "warehouse.duckdb")):
        locked = dbt_build(tmp_path, "spark", "--select", "dates")
    assert locked.returncode and "lock" in locked.stdout


def built_models(printed: str) -> list[str]:
    """The models that dbt says it has made."""
    lines = [line for line in printed.splitlines() if " OK created " in line]
    return [line.split(" model ")[1].split()[0].split(".")[1] for line in lines]
