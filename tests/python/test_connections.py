"""docs/connections.md: its Python runs as it is written, its SQL gives the rights it says, its CSV opens as it says."""

import pathlib
import re
import sys

import duckdb
import pandas
import pytest
from servers import PASSWORD, ask
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))

import csv_for_excel
import publish
from built import CannotPublish
from destinations import bucket, postgresql

PAGE = (PROJECT / "docs" / "connections.md").read_text(encoding="utf-8")
TABLES = ("orders", "refunds", "metric_values")
# How the drivers of Metabase (pgjdbc) and of Superset (SQLAlchemy) ask for tables and columns, in short.
TABLES_BY_JDBC = """
    select n.nspname::text, c.relname::text, d.description
    from pg_catalog.pg_namespace n, pg_catalog.pg_class c
    left join pg_catalog.pg_description d on (c.oid = d.objoid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass)
    where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = 'core'
        and has_table_privilege(c.oid, 'select')
    order by 1, 2
"""
COLUMNS_BY_SQLALCHEMY = """
    select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_catalog.col_description(a.attrelid, a.attnum)
    from pg_catalog.pg_class c inner join pg_catalog.pg_attribute a on c.oid = a.attrelid
    inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where a.attnum > 0 and not a.attisdropped and n.nspname = 'core' and c.relname = 'orders'
    order by a.attnum
"""
CHART = """
    select date_trunc('month', "source"."ordered_at") as "ordered_at", sum("source"."revenue")::text as "sum"
    from (select * from "core"."orders" where "core"."orders"."revenue" is not null) as "source"
    group by 1 order by 1 limit 10000
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.M | re.S)


@pytest.fixture(scope="module")
def reader(tested_demo, parsed_manifest, tmp_path_factory):
    """A folder with published/ in it."""
    nodes = {
        key: node
        for key, node in parsed_manifest["nodes"].items()
        if node["resource_type"] != "model" or node["name"] in TABLES
    }
    folder = tmp_path_factory.mktemp("reader")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "read_manifest", lambda path: parsed_manifest | {"nodes": nodes})
        publish.publish(folder / "published", tested_demo, folder)
    return folder


@pytest.fixture
def run(reader, monkeypatch):
    """Runs a block of the page as a reader would, in the folder; what it leaves behind."""

    def of(python: str) -> dict:
        monkeypatch.chdir(reader)
        left: dict = {}
        exec(compile(python, "docs/connections.md", "exec"), left)
        return left

    return of


@pytest.fixture
def build(reader) -> pathlib.Path:
    return publish.current_of(reader / "published")


def rows_of(build: pathlib.Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(build / publish.DATABASE), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_python_reads_the_folder_and_the_bucket(run, build, s3):
    from_database, from_parquet, from_bucket, _ = blocks("python")
    months = run(from_database)["months"]
    assert len(months) > 12 and months["value"].sum() > 0
    refunds = run(from_parquet)["refunds"]
    ((count,),) = rows_of(build, "select count(*) from core.refunds")
    assert len(refunds) == count > 100
    bucket.send(build, "s3://lake/groundwork")
    pandas.testing.assert_frame_equal(run(from_bucket)["refunds"], refunds)


def test_the_database_shows_what_other_programs_ask(run, build, shop, monkeypatch):
    postgresql.send(build, shop)
    owner = "owner"
    role, parts = blocks("sql")
    for sql in f"{role}{parts}".replace("for role groundwork", f"for role {owner}").split(";"):
        if sql.strip():
            ask(shop, sql)
    place = shop.rpartition("@")[2]
    monkeypatch.setenv("PGPASSWORD", "choose one")
    recipe = blocks("python")[3].replace("metabase@localhost:5432/shop", f"metabase@{place}")
    assert place in recipe
    left = run(recipe)
    assert f"{left['as_of']}" == "2026-06-30"
    wanted = rows_of(
        build,
        "select refunded_date, sum(refund_amount)::double from core.refunds group by 1 order by 1",
    )
    assert list(left["refunds"].itertuples(index=False, name=None)) == wanted
    as_metabase = f"postgresql://metabase:choose%20one@{place}"
    assert [row[:2] for row in ask(as_metabase, TABLES_BY_JDBC)] == [
        ("core", "orders"),
        ("core", "refunds"),
    ]
    assert all(told for _, _, told in ask(as_metabase, TABLES_BY_JDBC))
    columns = ask(as_metabase, COLUMNS_BY_SQLALCHEMY)
    told = dict(
        rows_of(
            build,
            "select column_name, comment from duckdb_columns() where table_name = 'orders'",
        )
    )
    assert {name: said for name, _, _, said in columns} == told and all(told.values())
    by_standard = ask(
        as_metabase,
        "select column_name::text, data_type::text from information_schema.columns "
        "where table_schema = 'core' and table_name = 'orders' order by ordinal_position",
    )
    assert [name for name, _ in by_standard] == [name for name, *_ in columns]
    assert {kind for _, kind in by_standard} <= {
        "text", "bigint", "integer", "boolean", "date", "numeric", "double precision", "timestamp without time zone",
    }  # fmt: skip
    chart = ask(as_metabase, CHART)
    assert chart == rows_of(build, CHART.replace("::text", "::varchar"))
    with pytest.raises(Exception, match="read-only transaction"):
        ask(as_metabase, "delete from core.orders")
    assert PASSWORD not in recipe


def test_a_csv_opens_in_excel_as_it_is(reader, build, monkeypatch, capsys):
    monkeypatch.setenv("GROUNDWORK_PUBLISHED", str(reader / "published"))

    def make_csv(*words: str) -> None:
        monkeypatch.setattr(sys, "argv", ["csv", *words])
        csv_for_excel.main()

    make_csv("--table", "core.refunds")
    file = reader / "published" / "csv" / "core.refunds.csv"
    assert f"{file}: " in capsys.readouterr().out
    assert file.read_bytes().startswith("\ufeffrefund_id,".encode())
    read = pandas.read_csv(file, encoding="utf-8-sig", parse_dates=["refunded_at"])
    assert [(len(read), f"{read['refund_amount'].sum():.2f}")] == rows_of(
        build, "select count(*), sum(refund_amount)::decimal(38, 2)::varchar from core.refunds"
    )
    with duckdb.connect() as connection:
        query = """
            from (values ('=1+1', 1), ('가', 2), ('-', 3), ('a,"b"', 4), (null, 5)) as given ("a ""text""!", n)
            select *, case n when 1 then 'nan'::double when 2 then 'inf' else -n end as value,
                timestamp '2026-06-30 12:00:00.123456' as moment, date 'infinity' as day
            order by n
        """
        out = reader / "some" / "query.csv"
        assert csv_for_excel.write(connection, query, out) == 5
        assert out.read_text(encoding="utf-8").splitlines() == [
            '\ufeff"a ""text""!",n,value,moment,day',
            "'=1+1,1,,2026-06-30 12:00:00,",
            "가,2,,2026-06-30 12:00:00,",
            "'-,3,-3.0,2026-06-30 12:00:00,",
            '"a,""b""",4,-4.0,2026-06-30 12:00:00,',
            ",5,-5.0,2026-06-30 12:00:00,",
        ]
        with pytest.raises(CannotPublish, match="1,048,576 rows, and Excel reads 1,048,575"):
            csv_for_excel.write(connection, "from range(1048576)", out)
    assert [path.name for path in out.parent.iterdir()] == ["query.csv"]
    for words, message in (
        (["--table", "core.refundz"], 'Did you mean "refunds"'),
        ([], "Say what to write"),
        (["--table", "core.refunds", "--query", "select 1"], "Say what to write"),
    ):
        with pytest.raises(SystemExit, match=message):
            make_csv(*words)
