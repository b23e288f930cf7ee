"""Builds in a further place: a folder, a bucket, a PostgreSQL database. Readers there see one whole build, always."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from urllib.parse import quote

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pytest
import servers
from builds import make_build
from servers import address, ask
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))

import destinations
import publish
from built import CannotPublish
from destinations import bucket, folder, postgresql
from destinations.postgresql_session import address_of

SEND = "import pathlib, sys; sys.path[:0] = ['tools']; import destinations; destinations.module_of(sys.argv[2]).send(pathlib.Path(sys.argv[1]), sys.argv[2])"


def tables_of(name: str, rows: int = 20, more: str = "") -> dict[str, str]:
    """Three tables, each row of which names its build."""
    select = f"select '{name}' as build, range::bigint as row_number{more} from range({rows})"
    return {"core.orders": select, "core.customers": select, "metrics.revenue": select}


def names(count: int) -> list[str]:
    return [f"2026070{day}T000000.000000Z" for day in range(1, count + 1)]


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    """A folder with five builds, and the builds."""
    made = tmp_path_factory.mktemp("five")
    return made, [make_build(made, name, tables_of(name)) for name in names(5)]


# The address


@pytest.mark.parametrize(
    ("to", "module"),
    [
        ("/srv/share", "folder"),
        ("share", "folder"),
        ("./a:b", "folder"),
        ("C:/share", "folder"),
        ("s3://bucket/prefix", "bucket"),
        ("postgresql://host/shop", "postgresql"),
        ("postgres://host/shop", "postgresql"),
    ],
)
def test_the_address_says_what_it_is(to, module):
    assert destinations.module_of(to).__name__ == f"destinations.{module}"


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("postgre://u:secret@host/shop", r"postgre://… is no place.* Did you mean postgres"),
        ("postgressql://u:secret@host/shop", "Did you mean postgresql://"),
        ("s3a://bucket/x", "Did you mean s3://"),
        ("S3://bucket/x", "Did you mean s3://"),
        ("s3:/bucket/x", "Did you mean s3://"),
        ("postgresql:u:secret@host", "Did you mean postgresql://"),
        (
            "gs://bucket/x",
            r"gs://… is no place to publish to\. Write a folder, s3://bucket/prefix, or postgresql://",
        ),
        ("file:///srv/share", "Write a folder"),
        ("mysql://u:secret@host/shop", "Write a folder"),
    ],
)
def test_an_address_of_no_known_kind_is_said(to, message):
    with pytest.raises(CannotPublish, match=message) as caught:
        destinations.module_of(to)
    assert "secret" not in str(caught.value)


def test_a_build_that_is_not_published_is_not_sent(monkeypatch, tmp_path):
    def untested(*_):
        raise CannotPublish("The last dbt build has failed.")

    monkeypatch.setattr(publish, "publish", untested)
    monkeypatch.setattr(sys, "argv", ["publish", "publish", "--to", str(tmp_path / "to")])
    with pytest.raises(SystemExit, match=r"Nothing was published\. The last dbt build has failed"):
        publish.main()
    assert folder.current_of(tmp_path / "to") is None
    monkeypatch.setenv("GROUNDWORK_PUBLISHED", "s3://bucket")
    with pytest.raises(SystemExit, match=r"must be a folder.* make publish TO="):
        publish.published_folder()


# A folder


def test_a_folder_gets_the_same_builds(five, tmp_path):
    to = tmp_path / "share"
    _, builds = five
    folder.check(str(to))
    for build in builds:
        folder.send(build, str(to))
    assert [build.name for build in folder.builds_of(to)] == names(5)[-3:]
    for path in (path for path in builds[-1].rglob("*") if path.is_file()):
        copied = to / "current" / path.relative_to(builds[-1])
        assert copied.read_bytes() == path.read_bytes()
    assert folder.roll_back(str(to)) == names(5)[3]
    folder.send(builds[-1], str(to))
    assert folder.current_of(to).name == names(5)[4]
    (tmp_path / "file").touch()
    with pytest.raises(CannotPublish, match=r"file cannot be written: .* Make room there, or name"):
        folder.check(str(tmp_path / "file"))
    with pytest.raises(CannotPublish, match="cannot be written"):
        folder.check(str(tmp_path / "file" / "below"))


# A bucket


def read_bucket(to: str) -> str:
    """The build that a reader finds, after comparing every file with its manifest."""
    _, root = bucket.place_of(to)
    storage = bucket.storage()
    current = json.loads(storage.open_input_stream(f"{root}current.json").read())
    below = f"{root}builds/{current['build']}/"
    about = json.loads(storage.open_input_stream(f"{below}manifest.json").read())
    assert about["tables"]
    for table in about["tables"]:
        content = storage.open_input_stream(f"{below}{table['parquet']}").read()
        assert publish.hashlib.sha256(content).hexdigest() == table["parquet_sha256"]
    return current["build"]


def test_a_bucket_keeps_three_builds_and_goes_back(s3, five):
    to = "s3://lake/a/b/"
    bucket.check(to)
    with pytest.raises(CannotPublish, match=r"Nothing was published to s3://lake/a/b yet"):
        bucket.roll_back(to)
    _, root = bucket.place_of(to)
    for build in five[1]:
        bucket.send(build, to)
        assert read_bucket(to) == build.name
    # What a killed run left: files without a manifest.
    bucket.write(
        bucket.storage(), build / publish.DATABASE, f"{root}builds/20260709T0/groundwork.duckdb"
    )
    assert bucket.roll_back(to) == names(5)[3] == read_bucket(to)
    assert bucket.roll_back(to) == names(5)[2] == read_bucket(to)
    with pytest.raises(CannotPublish, match="oldest build that is kept"):
        bucket.roll_back(to)
    bucket.send(build, to)
    assert read_bucket(to) == names(5)[4]
    found = bucket.builds_of(bucket.sizes_under(bucket.storage(), root))
    assert found == (names(5)[2:], [])


def test_a_build_that_lacks_a_file_is_not_read(s3, five, monkeypatch):
    to = "s3://lake/lacking"
    one, two = five[1][:2]
    bucket.send(one, to)
    put = bucket.write
    monkeypatch.setattr(
        bucket, "write", lambda storage, file, path: "orders" in path or put(storage, file, path)
    )
    with pytest.raises(CannotPublish, match=r"files of builds/20260702.* are missing"):
        bucket.send(two, to)
    assert read_bucket(to) == one.name


@pytest.mark.parametrize(
    ("to", "settings", "message"),
    [
        ("s3://lakes/x", {}, "s3://lakes/x: There is no such bucket. Make it"),
        ("s3://", {}, "reads s3://bucket/prefix"),
        ("s3://key:hidden@lake/x", {}, "are in the environment"),
        ("s3://lake/x?region=eu", {}, "AWS_REGION"),
        ("s3://lake/x", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "The server is not reached"),
    ],
)
def test_a_bucket_that_cannot_be_written_is_said(s3, monkeypatch, to, settings, message):
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(CannotPublish, match=message) as caught:
        bucket.check(to)
    assert "hidden" not in str(caught.value)


def test_a_wrong_key_is_said(s3, monkeypatch):
    def ask_for_keys(after: bytes) -> None:
        url = f"{s3['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
        plain = {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(url, after, plain)).close()

    ask_for_keys(b"0")
    try:
        with pytest.raises(CannotPublish, match="The keys are wrong or have ended"):
            bucket.check("s3://lake/x")
    finally:
        ask_for_keys(b"1000000000")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with (
        pytest.raises(CannotPublish, match=r"AWS_ACCESS_KEY_ID is not set\.$"),
        bucket.in_words("s3://lake/x"),
    ):
        raise OSError("AWS Error ACCESS_DENIED during ListObjectsV2 operation: Access Denied")


# A database


STATE = """
    select string_agg(distinct build, ' ') || ' ' || count(*)
    from (
        select build from core.orders union all select build from core.customers
        union all select build from metrics.revenue union all select build from groundwork.published
    ) as builds
"""


@contextlib.contextmanager
def reader(to: str, isolation: str = "repeatable read"):
    """Asks in one transaction."""
    with adbc.connect(address_of(to).conninfo) as connection, connection.cursor() as cursor:
        cursor.execute(f"set transaction isolation level {isolation}")

        def ask(sql):
            cursor.execute(sql)
            return cursor.fetchone()[0]

        yield ask
        connection.rollback()


def test_readers_see_one_build_and_never_wait(shop, five, monkeypatch):
    one, two = five[1][:2]
    postgresql.send(one, shop)
    before, after = f"{one.name} 61", f"{two.name} 61"
    seen = []
    monkeypatch.setattr(postgresql, "say", lambda text: seen.append(ask(shop, STATE)[0][0]))
    with reader(shop) as snapshot, reader(shop, "read committed") as latest:
        assert snapshot(STATE) == latest(STATE) == before
        postgresql.send(two, shop)
        assert snapshot(STATE) == before
        assert latest(STATE) == after
    assert seen == [before] * 3
    assert ask(shop, STATE)[0][0] == after


def test_what_others_put_on_the_tables_is_kept(shop, five, tmp_path):
    one, two = five[1][:2]
    more = ", 1.5::decimal(24,6) as amount, 'x' as brand"
    three = make_build(tmp_path, names(3)[2], tables_of(names(3)[2], more=more))
    postgresql.send(one, shop)
    ask(
        shop,
        "create role analyst login",
        "grant usage on schema core to analyst",
        "grant select on core.orders to analyst",
        "create view public.last_row as select build, max(row_number) as last_row from core.orders group by build",
        "create index by_row on core.orders (row_number)",
        "alter table core.orders add column note text default 'mine'",
    )
    for build in (two, three):
        postgresql.send(build, shop)
        assert ask(shop, "select build, last_row from public.last_row") == [(build.name, 19)]
        assert ask(shop, "set role analyst", "select count(*) from core.orders") == [(20,)]
        assert ask(shop, "select count(*) from pg_indexes where indexname = 'by_row'") == [(1,)]
    assert ask(
        shop,
        "select format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'core.orders'::regclass and attnum > 0 order by attnum",
    ) == [("text",), ("bigint",), ("text",), ("numeric(24,6)",), ("text",)]
    assert ask(shop, "select distinct note from core.orders") == [("mine",)]
    assert ask(shop, "select sum(amount)::text, min(brand) from core.orders") == [
        ("30.000000", "x")
    ]


def test_a_view_on_a_column_that_goes_stops_it(shop, tmp_path):
    one = make_build(tmp_path, names(1)[0], tables_of("one", more=", 1 as amount"))
    gone = make_build(tmp_path, names(2)[1], tables_of("two"))
    retyped = make_build(tmp_path, names(3)[2], tables_of("three", more=", 'x' as amount"))
    fewer = tables_of("four", more=", 1 as amount")
    del fewer["core.orders"], fewer["metrics.revenue"]
    without = make_build(tmp_path, names(4)[3], fewer)
    postgresql.send(one, shop)
    ask(shop, "create view public.amounts as select amount from core.orders")
    for build in (gone, retyped, without):
        with pytest.raises(
            CannotPublish, match=r"core\.orders: .*view amounts depends on"
        ) as caught:
            postgresql.send(build, shop)
        assert "Change or drop what depends on it, then publish again." in str(caught.value)
        assert ask(shop, "select build from groundwork.published") == [(one.name,)]
        assert ask(shop, "select sum(amount) from public.amounts") == [(20,)]
    ask(shop, "drop view public.amounts")
    postgresql.send(retyped, shop)
    assert ask(shop, "select min(amount) from core.orders") == [("x",)]
    postgresql.send(without, shop)
    left = "select relname::text from pg_class where relnamespace in ('core'::regnamespace, 'metrics'::regnamespace)"
    assert ask(shop, f"{left} and relkind = 'r'") == [("customers",)]
    postgresql.send(gone, shop)
    assert ask(shop, "select min(build) from core.orders") == [("two",)]


def test_settings_of_the_role_do_not_matter(shop, five):
    database = shop.rpartition("/")[2]
    for setting in (
        "default_transaction_isolation = 'serializable'",
        "standard_conforming_strings = off",
        "search_path = ''",
        "datestyle = 'SQL, DMY'",
        "timezone = 'Asia/Seoul'",
    ):
        ask(shop, f"alter database {database} set {setting}")
    for build in five[1][:2]:
        postgresql.send(build, shop)
    found = "select obj_description('core.orders'::regclass), build, as_of::date = '2026-06-30' from groundwork.published"
    assert ask(shop, found) == [
        ("One row per what core.orders is of; it's \\ told.", five[1][1].name, True)
    ]


def test_a_table_of_somebody_else_is_left_alone(shop, five):
    build = five[1][0]
    ask(shop, "create schema core", "create table core.orders (mine integer)")
    with pytest.raises(CannotPublish, match=r"core\.orders is there and was not published"):
        postgresql.send(build, shop)
    assert ask(shop, "select count(*) from core.orders") == [(0,)]
    ask(shop, "alter table core.orders rename to own_orders")
    postgresql.send(build, shop)
    postgresql.send(build, shop)
    assert ask(shop, "select count(*) from core.own_orders") == [(0,)]


def test_a_session_that_holds_a_table_is_named(shop, five, tmp_path, monkeypatch):
    one = five[1][0]
    two = make_build(tmp_path, names(2)[1], tables_of("two", more=", 1 as amount"))
    postgresql.send(one, shop)
    monkeypatch.setattr(postgresql, "WAIT_SECONDS", 0.2)
    with reader(shop) as holding:
        assert holding("select count(*) from core.orders") == 20
        with pytest.raises(CannotPublish, match=r"core\.orders: .*held by owner \(pid \d+, since"):
            postgresql.send(two, shop)
        assert holding(STATE) == f"{one.name} 61"
    with reader(shop) as publishing:
        publishing(f"select pg_advisory_xact_lock({postgresql.TURN})::text")
        with pytest.raises(CannotPublish, match=r"turn to publish: .*held by owner"):
            postgresql.send(two, shop)
    postgresql.send(two, shop)


def test_a_database_goes_back_to_what_the_folder_keeps(shop, five):
    published, builds = five
    with pytest.raises(CannotPublish, match="Nothing was published to postgresql://owner@127"):
        postgresql.roll_back(shop, published)
    postgresql.send(builds[2], shop)
    assert postgresql.roll_back(shop, published) == builds[1].name
    assert postgresql.roll_back(shop, published) == builds[0].name
    assert ask(shop, STATE)[0][0] == f"{builds[0].name} 61"
    with pytest.raises(CannotPublish, match="keeps no build from before it"):
        postgresql.roll_back(shop, published)


# DuckDB's type, the values, PostgreSQL's type, and the values as text there where they read otherwise.
KINDS = [
    ("boolean", ["true", "false"], "boolean", None),
    ("tinyint", ["-128", "127"], "smallint", None),
    ("usmallint", ["65535"], "integer", None),
    ("integer", ["-2147483648", "2147483647"], "integer", None),
    ("uinteger", ["4294967295"], "bigint", None),
    ("bigint", ["-9223372036854775808", "9223372036854775807"], "bigint", None),
    ("ubigint", ["18446744073709551615"], "numeric(20,0)", None),
    ("hugeint", ["-99999999999999999999999999999999999999", "7"], "numeric(38,0)", None),
    ("decimal(4,1)", ["-999.9", "0.1"], "numeric(4,1)", None),
    ("decimal(38,6)", ["-0.000001", "99999999999999999999999999999999.999999"], "numeric(38,6)", None),
    ("decimal(24,20)", ["-1234.00000000000000000001"], "numeric(24,20)", None),
    ("float", ["1.5", "nan"], "real", ["1.5", "NaN"]),
    ("double", ["nan", "inf", "-inf", "0.1", "-1e300"], "double precision", ["NaN", "Infinity", "-Infinity", "0.1", "-1e+300"]),
    ("date", ["0001-01-01", "1999-12-31", "9999-12-31", "infinity", "-infinity"], "date", None),
    ("time", ["23:59:59.123456"], "time without time zone", None),
    ("timestamp", ["1969-12-31 23:59:59.999999", "2026-06-30 12:00:00", "infinity", "-infinity"], "timestamp without time zone", None),
    ("timestamp_ns", ["2026-06-30 12:00:00.123456789"], "timestamp without time zone", ["2026-06-30 12:00:00.123456"]),
    ("timestamptz", ["2026-06-30 12:00:00+09", "infinity"], "timestamp with time zone", ["2026-06-30 03:00:00+00", "infinity"]),
    ("interval", ["1 month 2 days 00:00:03"], "interval", ["1 mon 2 days 00:00:03"]),
    ("uuid", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"], "uuid", None),
    ("varchar", ["", "한글 'x' \\ \t", "a\0b"], "text", ["", "한글 'x' \\ \t", "ab"]),
    ("blob", ["\\x00\\xFF"], "bytea", ["\\x00ff"]),
    ("enum('new', 'old')", ["old"], "text", None),
    ("integer[]", ["[1, NULL]"], "jsonb", ["[1, null]"]),
    ("double[2]", ["[nan, -inf]"], "jsonb", ["[null, null]"]),
    ("struct(a integer, b varchar)", ["{'a': 1, 'b': 'NaN, \\\\u0000'}"], "jsonb", ['{"a": 1, "b": "NaN, \\\\u0000"}']),
    ("map(varchar, decimal(4,1))", ["{x=1.5}"], "jsonb", ['{"x": 1.5}']),
    ("json", ['{"a": "b"}', '{"a": ["\\\\\\u0000", 1e400]}'], "jsonb", None),
]  # fmt: skip


def test_every_type_and_its_ends(shop, tmp_path, monkeypatch):
    """A column a type, with nulls."""
    most = max(len(values) for _, values, *_ in KINDS)
    rows = []
    for place in range(most + 1):
        told = [
            f"{publish.quoted(values[place])}::{kind}" if place < len(values) else f"null::{kind}"
            for kind, values, *_ in KINDS
        ]
        rows.append(f"select {place} as place, {', '.join(told)}".replace("\0", "' || chr(0) || '"))
    columns = ", ".join(f'"The ""{number}"""' for number in range(len(KINDS)))
    tables = {
        "core.kinds": f"select * from ({' union all '.join(rows)}) as given (place, {columns})",
        "core.empty": "select 1 as x, [1] as y where false",
    }
    build = make_build(tmp_path, names(1)[0], tables)
    postgresql.send(build, shop)
    # The same types are found there again.
    monkeypatch.setattr(postgresql, "change", None)
    postgresql.send(build, shop)
    assert ask(shop, "select count(*) from core.empty") == [(0,)]
    found_kinds = ask(
        shop,
        "select format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'core.kinds'::regclass and attnum > 1 order by attnum",
    )
    found = ask(
        shop,
        "set timezone = 'UTC'",
        f"select {columns.replace(', ', '::text, ')}::text from core.kinds order by place",
    )
    for number, (kind, values, wanted, texts) in enumerate(KINDS):
        assert found_kinds[number] == (wanted,), kind
        column = [row[number] for row in found]
        assert column[len(values) :] == [None] * (most + 1 - len(values)), kind
        if kind == "json":
            assert json.loads(column[0]) == {"a": "b"}
            assert column[1].startswith('{"a": ["\\\\", 1000')
        else:
            assert column[: len(values)] == (texts or values), kind


def test_what_the_demo_publishes_arrives_and_no_password_is_printed(
    shop, tested_demo, few_tables, tmp_path
):
    environment = os.environ | {
        "GROUNDWORK_PUBLISHED": str(tmp_path),
        "GROUNDWORK_DB": str(tested_demo),
        "DBT_TARGET_PATH": str(few_tables),
    }
    command = [sys.executable, PROJECT / "tools" / "publish.py", "publish", "--to"]
    unescaped = shop.replace("s3cret%40", "s3cret@")
    for to, code in ((unescaped.replace("s3cret", "wrong"), 1), (unescaped, 0)):
        done = subprocess.run([*command, to], env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        printed = done.stdout + done.stderr
        assert f"postgresql://owner@{shop.rpartition('@')[2]}" in printed
        assert "cret" not in printed and "wrong" not in printed and "Traceback" not in printed
        # Who is not let in is told before anything is made.
        assert ("Nothing was published. " in printed) == (folder.current_of(tmp_path) is None)
    build = folder.current_of(tmp_path)
    source = duckdb.connect(str(build / publish.DATABASE), read_only=True)
    about = json.loads((build / publish.MANIFEST).read_text())
    for table in about["tables"]:
        name = f"{table['schema']}.{table['table']}"
        counted = ["count(*)"]
        for column in table["columns"]:
            same = {
                "DATE": "max({0})::text",
                "TIMESTAMP": "max({0})::text",
                "VARCHAR": "count(distinct {0})",
            }
            numbers = {"BIGINT", "INTEGER"}
            decimal = column["type"].startswith("DECIMAL")
            expression = same.get(column["type"], "count({0})")
            if column["type"] in numbers or decimal:
                expression = "sum({0})::text"
            counted.append(expression.format(column["name"]))
        sql = f"select {', '.join(counted)} from {name}"
        assert ask(shop, sql) == source.execute(sql.replace("::text", "::varchar")).fetchall(), name
    # What Metabase and Superset read when they look for tables.
    ask(shop, "create role superset login", "grant pg_read_all_data to superset")
    found = ask(
        shop,
        "set role superset",
        """select column_name::text, data_type::text, ordinal_position::text,
            col_description('core.orders'::regclass, ordinal_position::integer) from information_schema.columns
        where table_schema = 'core' and table_name = 'orders' order by ordinal_position""",
    )
    told = dict(source.execute(
        "select column_name, comment from duckdb_columns() where schema_name = 'core' and table_name = 'orders'"
    ).fetchall())  # fmt: skip
    assert {name: said for name, _, _, said in found} == told and all(told.values())
    assert ask(shop, "set role superset", "select count(*) from information_schema.tables where table_schema in ('core', 'metrics')") == [(4,)]  # fmt: skip
    with pytest.raises(adbc.Error, match="permission denied"):
        ask(shop, "set role superset", "delete from core.orders")


def test_a_database_in_another_encoding_garbles_nothing(postgresql_port, tmp_path):
    create = "create database {0} encoding '{0}' template template0"
    build = make_build(tmp_path, names(1)[0], {"core.orders": "select '한 é' as x"})
    for encoding in ("latin1", "sql_ascii"):
        to = address(postgresql_port, encoding)
        ask(address(postgresql_port, "postgres"), create.format(encoding), autocommit=True)
        if encoding == "latin1":
            with pytest.raises(
                CannotPublish, match=r"core\.orders: .*LATIN1.* createdb --encoding"
            ):
                postgresql.send(build, to)
        else:
            postgresql.send(build, to)
            assert ask(to, "select x from core.orders") == [("한 é",)]


def test_a_number_that_does_not_fit_is_said(shop, tmp_path):
    tables = {"core.orders": "select 170141183460469231731687303715884105727::hugeint as x"}
    with pytest.raises(CannotPublish, match=r"core\.orders: .*17014118346.*DECIMAL\(38,0\)"):
        postgresql.send(make_build(tmp_path, names(1)[0], tables), shop)
    tables = {"core.orders": "select date '5880000-01-01' as day"}
    with pytest.raises(CannotPublish, match=r"core\.orders: date out of range"):
        postgresql.send(make_build(tmp_path, names(2)[1], tables), shop)


@pytest.mark.parametrize(
    "tables",
    [
        {"core.orders": f"select 1 as {'x' * 64}"},
        {f"core.{'t' * 64}": "select 1 as x"},
        {"core.orders": f'select 1 as "{"가" * 22}"'},
    ],
)
def test_a_name_that_would_be_cut_is_said(tmp_path, tables):
    build = make_build(tmp_path, names(1)[0], tables)
    with pytest.raises(
        CannotPublish, match=r"has 6[46] bytes, and PostgreSQL takes 63. Shorten it"
    ):
        postgresql.send(build, "postgresql://127.0.0.1:9/shop")
    assert names(1)


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("postgresql://owner:wrong@{host}/postgres", "password authentication failed .*Mend the user"),
        ("postgresql://owner@{host}/postgres", "no password supplied.* PGPASSWORD"),
        ("postgresql://nobody:x@{host}/postgres", "password authentication failed"),
        ("postgresql://owner:{password}@{host}/shopp", "shopp. does not exist. Make the database"),
        ("postgresql://owner:{password}@127.0.0.1:9/shop", "refused.* Is the server running"),
        ("postgresql://owner:{password}@nohost.invalid/shop", "Mend the name of the host"),
        ("postgresql://owner:{password}@{host}/postgres?sslmode=require", "Add .sslmode=require"),
        ("postgresql://owner:{password}@{host}/postgres?bad=1", "invalid connection option"),
        ("postgresql://owner:{password}@127.0.0.1:port/shop", "reads postgresql://user@host"),
        ("postgresql://owner:se?cret@{host}/shop", "reads postgresql://user@host"),
        ("postgresql://weak:{password}@{host}/postgres", "the schema core: permission denied .*grant create"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_written_is_said(postgresql_port, five, to, message):
    if "weak" in to:
        password = address_of(address(postgresql_port, "postgres")).secrets[-1].replace("'", "''")
        ask(address(postgresql_port, "postgres"), f"create role weak login password '{password}'")
    to = to.format(host=f"127.0.0.1:{postgresql_port}", password=quote(servers.PASSWORD, safe=""))
    with pytest.raises(CannotPublish, match=message) as caught:
        postgresql.check(to)
        postgresql.send(five[1][0], to)
    said = str(caught.value)
    assert "\n" not in said and "None" not in said
    assert not any(secret in said for secret in ("wrong", "s3cret", "se?cret", "cret"))


# Kills


def kill_at_random_moments(kills: int, seconds: float, commands, check) -> None:
    """Starts each command in turn and kills it; `check` after each."""
    chance = random.Random(kills)
    for number in range(kills):
        process = subprocess.Popen(
            commands[number % len(commands)],
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 1.05) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        check()


MOMENTS = pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])


def commands_for(tmp_path, to: str, rows: int) -> tuple[list, list, float]:
    """What sends one of two builds, and how long that takes; the first is there already."""
    builds = [make_build(tmp_path, name, tables_of(name, rows)) for name in names(2)]
    commands = [[sys.executable, "-c", SEND, str(build), to] for build in builds]
    began_at = time.monotonic()
    subprocess.run(commands[0], cwd=PROJECT, check=True, capture_output=True)
    return builds, commands[::-1], time.monotonic() - began_at


@MOMENTS
def test_a_killed_run_leaves_the_database_whole(shop, tmp_path, kills):
    rows = 40_000
    builds, commands, seconds = commands_for(tmp_path, shop, rows)
    whole = {f"{build.name} {3 * rows + 1}" for build in builds}

    def check():
        assert ask(shop, STATE)[0][0] in whole

    kill_at_random_moments(kills, seconds, commands, check)
    postgresql.send(builds[1], shop)
    assert ask(shop, STATE)[0][0] == f"{builds[1].name} {3 * rows + 1}"
    left = "select count(*) from pg_class where relpersistence = 't'"
    assert ask(shop, left) == [(0,)]


@MOMENTS
def test_a_killed_run_leaves_the_bucket_whole(s3, tmp_path, kills):
    to = f"s3://lake/killed{kills}"
    builds, commands, seconds = commands_for(tmp_path, to, 200_000)
    kill_at_random_moments(kills, seconds, commands, lambda: read_bucket(to))
    bucket.send(builds[1], to)
    assert read_bucket(to) == builds[1].name
    _, remains = bucket.builds_of(bucket.sizes_under(bucket.storage(), bucket.place_of(to)[1]))
    assert remains == []
