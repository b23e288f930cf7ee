"""`make load` against real servers: no version is lost, none is there twice, and what cannot be loaded is said."""

import contextlib
import datetime
import itertools
import re
import resource
import signal
import socket
import time

import pytest
import servers
from loader import databases, journal, pages, sources
from shop_database import KEYS, SOURCES, Shop, server
from warehouse import build, query

ORDER_COLUMNS = {
    "ID": "order_id",
    "customer_id": "customer_id",
    "ordered_at": "ordered_at",
    "status": "status",
    "currency": "currency",
    "discount_amount": "discount_amount",
    "tags": "tags",
    "props": "props",
    "token": "token",
    "zero": "zero",
    "changed": "changed",
}
LINE_COLUMNS = {
    "order_id": "order_id",
    "line": "line_number",
    "product": "product_id",
    "quantity": "quantity",
    "price": "unit_price",
    "changed": "changed",
}
PRODUCT_COLUMNS = {
    name: name for name in ("product_id", "brand", "product_name", "list_price", "currency")
}
TABLES = {
    "app__orders": ("Orders", ORDER_COLUMNS),
    "app__order_items": ("lines", LINE_COLUMNS),
    "app__products": ("products", PRODUCT_COLUMNS),
}

# Pages that are no raw table, for a .sql file to read.
ALSO_PAGES = """
    pages:
      shop_orders:
        from: {orders}
        key: ID
        cursor: changed
"""


@pytest.fixture(autouse=True)
def signals():
    """The loader has its own way of being ended; pytest keeps its."""
    ends = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(end) for end in ends]
    yield
    for end, handler in zip(ends, before, strict=True):
        signal.signal(end, handler)


@pytest.fixture(scope="module")
def ports():
    """The ports of both servers; a kind whose programs are missing is none."""
    has = {"postgresql": servers.program("initdb"), "mysql": servers.has_mariadb()}
    with contextlib.ExitStack() as running:
        yield {kind: running.enter_context(server(kind)) if has[kind] else None for kind in has}


@pytest.fixture(params=["postgresql", pytest.param("mysql", marks=pytest.mark.slow)])
def shop(request, ports, tmp_path):
    return made_shop(request.param, ports, tmp_path)


@pytest.fixture
def pg_shop(ports, tmp_path):
    return made_shop("postgresql", ports, tmp_path)


def made_shop(kind, ports, tmp_path):
    if ports[kind] is None:
        pytest.skip(servers.NOT_FOUND if kind == "postgresql" else servers.NO_MARIADB)
    made_shop.count = getattr(made_shop, "count", 0) + 1
    return Shop(kind, ports[kind], f"shop_{made_shop.count}", tmp_path)


def fill(shop, orders=250):
    """Orders; lines of which all but a few have one moment, more than a page of them; products without a cursor."""
    shop.add_orders(1, orders)
    shop.do(
        *(
            f"insert into \"lines\" values ({order}, {line}, '상품', 1, 10.5, "
            f"'{'2026-01-05 10:00:00' if order > 5 else '2026-01-01 00:00:00'}')"
            for order in range(1, 131)
            for line in (1, 2)
        ),
        "insert into products values ('p1', 'scoot', 'one', 1, 'KRW'), ('P2', '', null, 0.1, 'USD')",
        "insert into products values ('p4', 'scoot', '넷', 4, 'KRW'), ('p5', 'scoot', 'five', 5, 'KRW')",
    )


def assert_equal(shop):
    """The newest versions less deleted keys are the source; no version is landed twice running."""
    for table, (name, columns) in TABLES.items():
        assert shop.newest(table, list(columns.values())) == shop.source_rows(
            name, list(columns)
        ), table
        for key, rows in shop.versions(table).items():
            assert all(one != other for one, other in itertools.pairwise(rows)), (
                table,
                key,
            )


@pytest.mark.parametrize("shop", ["postgresql", "mysql"], indirect=True)
def test_every_version_is_kept_once(shop, capsys):
    fill(shop)
    code, said = shop.load(capsys)
    assert code == 0, said
    assert "[1/3] app__orders: 250 new versions" in said
    assert_equal(shop)
    assert len(list((shop.raw / "app__order_items").glob("*.parquet"))) == 3, (
        "pages, within one moment too"
    )
    landed = {
        row[0]: row for row in shop.newest("app__orders", list(ORDER_COLUMNS.values())).values()
    }
    assert landed["3"][1] is None and landed["1"][1] == "" and landed["2"][1] == "고객 2"
    if shop.kind == "postgresql":
        assert landed["1"][5] == "0.33333333333333333333", (
            "numeric without precision, to its last digit"
        )
        assert landed["1"][2].startswith("2025-12-31 15:01:00+00")
        assert landed["1"][6:8] == ('{a,"b,\\"c\\"",NULL}', '{"a": [1, 2]}')
    else:
        assert landed["1"][6] == "00ff41" and landed["1"][9] == "0000-00-00"

    shop.do(
        "update \"Orders\" set status = 'placed', changed = '2026-02-01' where \"ID\" > 20",
        'delete from "Orders" where "ID" in (1, 2)',
        'delete from "lines" where order_id = 7',
        "update products set list_price = 2 where product_id = 'p1'",
        "insert into products values ('p3', 'scoot', 'three', 3, 'KRW')",
        "delete from products where product_id = 'P2'",
    )
    code, said = shop.load(capsys)
    assert code == 0, said
    assert "230 new versions" in said and "2 deleted" in said
    assert_equal(shop)
    versions = shop.versions("app__orders")
    assert [len(versions[(key,)]) for key in ("1", "20", "21")] == [2, 1, 2]
    assert (
        versions[("1",)][1][-1] is not None and versions[("1",)][1][:-1] == versions[("1",)][0][:-1]
    )

    # A deleted key comes back as it was; its cursor does not move on.
    shop.add_orders(2, 2)
    shop.do("insert into products values ('P2', '', null, 0.1, 'USD')")
    code, said = shop.load(capsys, "--compare=1")
    assert code == 0, said
    assert_equal(shop)
    before = {table: shop.versions(table) for table in TABLES}
    code, said = shop.load(capsys)
    assert code == 0, said
    assert {table: shop.versions(table) for table in TABLES} == before, (
        "nothing changed, nothing is landed"
    )
    jobs = [(line["job"], line["outcome"]) for line in shop.journal()]
    assert (
        jobs
        == [("load", "succeeded")] * 6
        + [("compare", "succeeded")] * 3
        + [("load", "succeeded")] * 3
    )


@pytest.mark.parametrize("shop", ["postgresql", "mysql"], indirect=True)
def test_a_kill_loses_nothing_and_the_next_load_goes_on(shop, capsys):
    shop.add_orders(1, 1200)
    # One moment for all: the place within it must be kept.
    shop.do("update \"Orders\" set changed = '2026-01-05 10:00:00'")
    shop.write_sources("rows_per_second: 1000")
    running = shop.start("--tables=app__orders")
    until = time.monotonic() + 60
    folder = shop.raw / "app__orders"
    while len(list(folder.glob("*.parquet"))) < 4 and time.monotonic() < until:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    landed = sum(len(rows) for rows in shop.versions("app__orders").values())
    assert 400 <= landed < 1200
    (folder / ".000099.parquet.tmp").write_bytes(b"half a page")
    shop.write_sources()
    shop.do(
        "update \"Orders\" set status = 'late', changed = '2026-01-05 10:00:00' where \"ID\" <= 3"
    )
    code, said = shop.load(capsys, "--tables=app__orders")
    assert code == 0, said
    assert f"{1200 - landed:,} new versions of {1200 - landed:,} rows read" in said, (
        "from its last page"
    )
    assert not list(folder.glob(".*.tmp"))
    code, said = shop.load(capsys, "--tables=app__orders")
    assert "3 new versions" in said, "what changed behind the place where it was cut off"
    assert shop.newest("app__orders", ["order_id", "status"]) == shop.source_rows(
        "Orders", ["ID", "status"]
    )
    assert sum(len(rows) for rows in shop.versions("app__orders").values()) == 1203


def test_a_stop_by_hand_loses_nothing(pg_shop, capsys):
    pg_shop.add_orders(1, 1000)
    pg_shop.write_sources("rows_per_second: 500")
    running = pg_shop.start("--tables=app__orders")
    while not list((pg_shop.raw / "app__orders").glob("*.parquet")):
        time.sleep(0.02)
    code, said = pg_shop.load(capsys)
    assert (code, f"(process {running.pid})" in said) == (75, True), "two loads never meet"
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert said.endswith(
        "Stopped. What was landed is kept, and the next load goes on from there.\n"
    ), said
    pg_shop.write_sources()
    assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    assert pg_shop.newest("app__orders", ["order_id"]) == pg_shop.source_rows("Orders", ["ID"])


@pytest.mark.slow
def test_a_connection_that_is_lost_is_made_again(pg_shop):
    pg_shop.add_orders(1, 1000)
    pg_shop.write_sources("rows_per_second: 1000")
    running = pg_shop.start("--tables=app__orders")
    while not list((pg_shop.raw / "app__orders").glob("*.parquet")):
        time.sleep(0.02)
    pg_shop.do(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'make load'"
    )
    said, _ = running.communicate(timeout=60)
    assert (running.returncode, "the connection was lost; asking again" in said) == (0, True), said
    assert pg_shop.newest("app__orders", ["order_id"]) == pg_shop.source_rows("Orders", ["ID"])


def test_changes_of_the_columns_are_said(shop, capsys):
    fill(shop, orders=30)
    assert shop.load(capsys)[0] == 0
    shop.do(
        'alter table "Orders" rename column customer_id to buyer',
        "alter table \"Orders\" add column gift varchar(9) default 'no'",
        'alter table "Orders" drop column token',
        "alter table products rename column product_name to title",
    )
    shop.do(
        'alter table "Orders" alter column status type varchar(30)'
        if shop.kind == "postgresql"
        else 'alter table "Orders" modify status varchar(30)'
    )
    code, said = shop.load(capsys)
    assert code == 1, said
    first = [line for line in said.splitlines() if line.startswith("[1/3] app__orders: ")]
    assert re.search(r"new column gift \((character varying|varchar)\(9\)\)", said)
    assert "column customer_id is gone, probably renamed to buyer: its values are there" in said
    assert "column token is gone" in said and "token is gone, probably" not in said
    assert re.search(
        r"column status was (text|varchar\(20\)) and is (character varying|varchar)\(30\)", said
    )
    assert len(first) == 6, first
    required = [line for line in said.splitlines() if line.startswith("[3/3]")]
    assert (
        "lacks what the contract requires: product_name. Until now it was product_name. Its values are now in "
        in required[0]
    )
    assert "title: write columns: {title: product_name}." in required[0]

    code, said = shop.load(capsys, "--tables=app__orders")
    assert (code, "column" in said) == (0, False), "each change is said once it was landed"
    shop.change_sources(
        "key: product_id", "key: product_id\n        columns: {title: product_name}"
    )
    shop.change_sources("columns: {ID: order_id}", "columns: {ID: order_id, buyer: customer_id}")
    code, said = shop.load(capsys, "--compare=1")
    assert code == 0, said
    newest = shop.newest("app__orders", ["order_id", "customer_id", "gift"])
    assert newest == shop.source_rows("Orders", ["ID", "buyer", "gift"])
    assert shop.newest("app__products", ["product_id", "product_name"]) == shop.source_rows(
        "products", ["product_id", "title"]
    )


def test_what_no_cursor_shows_is_found_by_the_comparison(shop, capsys):
    fill(shop, orders=150)
    shop.change_sources("cursor: changed", "cursor: changed\n        lag: 1 second")
    shop.do('update "Orders" set changed = null where "ID" > 140')
    # A clock that was wrong: what is newer than now says nothing of how far the table was read.
    shop.do('update "Orders" set changed = \'2090-01-01\' where "ID" = 1')
    code, said = shop.load(capsys)
    assert code == 0, said
    assert "10 rows have no changed and are read at each load" in said
    shop.do(
        'update "Orders" set status = \'unseen\' where "ID" = 2',
        "update \"Orders\" set status = 'back', changed = '2025-12-01' where \"ID\" = 3",
        'update "Orders" set status = \'empty\' where "ID" = 150',
        "update \"Orders\" set status = 'now', changed = '2026-03-01' where \"ID\" = 4",
    )
    code, said = shop.load(capsys)
    assert code == 0, said
    assert "[1/3] app__orders: 2 new versions" in said, said
    code, said = shop.load(capsys, "--compare=1")
    assert (
        "app__orders: the comparison found 2 changed and 0 added rows that no changed had shown (1 of them went back in it), for example 2"
        in said
    ), said
    assert_equal(shop)
    # A backup was restored: all cursors are older than what was landed.
    shop.do(
        'delete from "Orders" where "ID" in (1, 4)',
        "update \"Orders\" set status = 'old', changed = '2025-06-01'",
    )
    code, said = shop.load(capsys)
    assert code == 0, said
    assert "the newest changed went back from " in said and "all rows are compared" in said
    assert_equal(shop)


def test_a_table_that_shrinks_by_half_is_not_believed(shop, capsys):
    fill(shop, orders=60)
    assert shop.load(capsys)[0] == 0
    shop.do('delete from "Orders" where "ID" > 20')
    code, said = shop.load(capsys)
    assert code == 1
    assert (
        "has shrunk: 40 of 60 landed rows are gone from it, 20 are there. Nothing is marked as deleted."
        in said
    )
    assert "make load SHRUNK=app__orders" in said
    assert len(shop.newest("app__orders", ["order_id"])) == 60
    assert shop.load(capsys, "--shrunk=app__orders")[0] == 0
    assert_equal(shop)
    shop.do('delete from "lines"')
    shop.change_sources("key: [order_id, line]", "key: [order_id, line]\n        deletes: false")
    code, said = shop.load(capsys)
    assert (code, "deleted" in said) == (0, False), (
        "old rows of this table are purged in the source"
    )
    assert len(shop.newest("app__order_items", ["order_id", "line_number"])) == 260


def test_a_column_of_the_source_may_mark_deleted_rows(pg_shop, capsys):
    pg_shop.add_orders(1, 30)
    pg_shop.do('alter table "Orders" add column removed_at timestamptz')
    pg_shop.change_sources(
        "columns: {ID: order_id}", "columns: {ID: order_id, removed_at: _deleted_at}"
    )
    assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    pg_shop.do(
        "update \"Orders\" set removed_at = '2026-03-01 00:00:00+00', changed = '2026-03-01' where \"ID\" = 1"
    )
    pg_shop.do('delete from "Orders" where "ID" = 2')
    for _ in range(2):
        assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    versions = pg_shop.versions("app__orders")
    assert [row[-1] for row in versions[("1",)]] == [None, "2026-03-01 00:00:00+00"]
    assert len(versions[("2",)]) == 2 and versions[("2",)][1][-1] > "2026"


def test_pages_are_put_together_and_a_kill_between_loses_nothing(pg_shop, capsys, monkeypatch):
    pg_shop.add_orders(1, 950)
    assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    folder = pg_shop.raw / "app__orders"
    kept = {file.name: file.read_bytes() for file in folder.glob("*.parquet")}
    before = pg_shop.versions("app__orders")
    assert len(kept) == 10
    monkeypatch.setattr(pages, "COMPACT_FROM", 5)
    monkeypatch.setattr(pages, "FULL_PAGE_ROWS", 500)
    pg_shop.do("update \"Orders\" set status = 'x', changed = '2026-03-01' where \"ID\" = 1")
    _, said = pg_shop.load(capsys, "--tables=app__orders")
    assert "8 pages became fewer" in said
    names = sorted(file.name for file in folder.glob("*.parquet"))
    assert names == ["000001-000005.parquet", "000006-000010.parquet", "000011.parquet"]
    for name, content in list(kept.items())[:4]:
        (folder / name).write_bytes(content)
    _, said = pg_shop.load(capsys, "--tables=app__orders")
    assert "0 new versions" in said, said
    assert sorted(file.name for file in folder.glob("*.parquet")) == names
    after = pg_shop.versions("app__orders")
    assert {key: rows[:1] for key, rows in after.items()} == before
    assert sum(map(len, after.values())) == 951


@pytest.mark.slow
def test_the_pace_is_kept_and_so_are_the_hours(pg_shop, capsys, monkeypatch):
    pg_shop.add_orders(1, 400)
    pg_shop.write_sources("rows_per_second: 400")
    began = time.monotonic()
    assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    assert time.monotonic() - began >= 1.0
    now = datetime.datetime.now(datetime.UTC)
    closed = f"{now + datetime.timedelta(hours=2):%H:%M}-{now + datetime.timedelta(hours=3):%H:%M}"
    pg_shop.write_sources(f'hours: "{closed}"')
    pg_shop.do("update \"Orders\" set changed = '2026-03-01'")
    code, said = pg_shop.load(capsys, "--tables=app__orders")
    assert code == 0 and "Not loaded now; NOW=1 loads it all the same." in said
    # The hours end while it loads.
    answers = iter([True, True, False])
    monkeypatch.setattr(sources.Source, "is_open", lambda self, now: next(answers, False))
    code, said = pg_shop.load(capsys, "--tables=app__orders")
    assert (
        code == 0
        and "the hours of shop are over after 200 rows; 200 new versions are landed" in said
    ), said
    monkeypatch.undo()
    code, said = pg_shop.load(capsys, "--tables=app__orders", "--now=1")
    assert "200 new versions of 200 rows read" in said, said
    assert [line["outcome"] for line in pg_shop.journal()] == ["succeeded", "skipped", "succeeded"]


def test_a_source_that_cannot_be_read_says_why_and_no_password(shop, capsys):
    fill(shop, orders=30)
    wrong = "wr0ng/:@#s3cret"
    code, said = shop.load(capsys, SHOP_DATABASE=shop.address(wrong))
    assert code == 1 and "wr0ng" not in said and "s3cret" not in said, said
    assert "Mend the user or the password in SHOP_DATABASE" in said
    assert said.count("Mend") == 1 and "not loaded, shop cannot be reached (above)" in said
    code, said = shop.load(capsys, SHOP_DATABASE=shop.address(port=servers.free_port()))
    assert code == 1 and "Is the server running there" in said and servers.PASSWORD not in said, (
        said
    )
    code, said = shop.load(
        capsys, SHOP_DATABASE=shop.address().replace("@127.0.0.1:", "@127.0.0.1:99")
    )
    assert "s3cret" not in said and code == 1, said
    shop.change_sources("from: lines", "from: linse")
    shop.change_sources("cursor: changed", "cursor: chnaged")
    code, said = shop.load(capsys)
    assert code == 1
    assert "which cursor names (did you mean 'changed'?)" in said
    assert "shop has no table linse (did you mean 'lines'?). Mend from:." in said
    assert "[3/3] app__products: 4 new versions" in said, "the others are loaded all the same"
    shop.write_sources()
    shop.change_sources("key: ID\n", "key: status\n")
    code, said = shop.load(capsys)
    assert (
        "the key status of" in said
        and "is in two rows: paid. Name the columns that tell rows apart." in said
    )


@pytest.mark.slow
def test_a_source_that_does_not_answer_in_time(shop, capsys, monkeypatch):
    fill(shop, orders=30)
    shop.write_sources("timeout_seconds: 1")
    with shop.locked():
        code, said = shop.load(capsys, "--tables=app__orders")
    assert code == 1 and "The server did not answer in time." in said, said
    # A server that takes a call and says nothing.
    monkeypatch.setattr(databases, "CONNECT_SECONDS", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        code, said = shop.load(capsys, SHOP_DATABASE=shop.address(port=silent.getsockname()[1]))
    assert code == 1 and "The server did not answer in time." in said, said
    assert "s3cret" not in said


def test_a_place_that_is_full_or_cannot_be_written(pg_shop, capsys):
    pg_shop.add_orders(1, 30)
    assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    pg_shop.add_orders(31, 60)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        code, said = pg_shop.load(capsys, "--tables=app__orders")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (
        code == 1
        and "000002.parquet cannot be written: " in said
        and "what was landed before is whole" in said
    ), said
    assert len(pg_shop.newest("app__orders", ["order_id"])) == 30
    assert pg_shop.load(capsys, "--tables=app__orders")[0] == 0
    assert len(pg_shop.newest("app__orders", ["order_id"])) == 60
    whole = (pg_shop.raw / "app__orders" / "000001.parquet").read_bytes()
    (pg_shop.raw / "app__orders" / "000001.parquet").write_bytes(whole[:200])
    code, said = pg_shop.load(capsys, "--tables=app__orders")
    assert code == 1 and "app__orders cannot be read: " in said, said
    assert "Restore the page that it names" in said
    (pg_shop.raw / "app__order_items").write_text("a file")
    (pg_shop.raw / "app__products.csv").write_text("product_id\n")
    (pg_shop.raw / "app__orders" / "000003.parquet").write_text("no page")
    code, said = pg_shop.load(capsys)
    assert code == 1
    assert "000003.parquet is no page of this loader" in said
    assert "app__order_items cannot be written" in said
    assert "has app__products.csv, too, and one table has one place" in said
    code, said = pg_shop.load(capsys, GROUNDWORK_RAW=str(pg_shop.folder / "no" / "raw"))
    assert code == 2 and "does not exist. Set GROUNDWORK_RAW" in said


GOOD = SOURCES.format(kind="mysql", orders="Orders", more="")
# A change of a good file, and what is said of it.
WRONG_SOURCES = {
    "kind": ("kind: mysql", "kind: oracle", "kind is 'oracle'. Write one of postgresql, mysql"),
    "word": ("key: ID", "kee: ID", "'kee' is not known (did you mean 'key'?)"),
    "pages": ("app__products:", "app__x:", "What a .sql file is to read stands under pages:."),
    "pages_name": ("    tables:", "    pages:", "call its pages by a short name in lower case"),
    "table": (
        "app__products:",
        "app__product:",
        "no raw table is called so (did you mean 'app__products'?)",
    ),
    "address": (
        "address: SHOP_DATABASE",
        "address: mysql://owner:hidden@127.0.0.1/shop",
        "belongs into no file",
    ),
    "not_set": ("SHOP_DATABASE", "NOWHERE", "the environment variable NOWHERE is not set"),
    "hours": ("tables:", 'hours: "25:00-26:00"\n    tables:', "hours is '25:00-26:00'. Write"),
    "zone": ("tables:", "time_zone: Asia/Soul\n    tables:", "(did you mean 'Asia/Seoul'?"),
    "pace": (
        "tables:",
        "rows_per_second: 0\n    tables:",
        "rows_per_second is '0'. Write a number",
    ),
    "lag": (
        "cursor: changed",
        "lag: soon\n        cursor: changed",
        "lag is 'soon'. Write such as 1 hour",
    ),
    "compare": (
        "key: ID",
        "compare: hourly\n        key: ID",
        "compare is 'hourly'. Write one of daily",
    ),
    "no_key": ("key: ID", "cursor: x", "key must name one or more columns"),
    "yaml": ("key: ID", "key: [ID", "line "),
    "nothing": (GOOD, "", "write sources: {<name>: …}"),
}


@pytest.mark.parametrize("case", WRONG_SOURCES)
def test_a_wrong_file_of_sources_says_where(case, tmp_path, monkeypatch):
    old, new, said = WRONG_SOURCES[case]
    assert old in GOOD
    file = tmp_path / "sources.yml"
    file.write_text(GOOD.replace(old, new, 1))
    monkeypatch.setenv("SHOP_DATABASE", "mysql://owner:hidden@127.0.0.1/shop")
    with pytest.raises(sources.Problem) as problem:
        sources.read(file, list(KEYS))
    assert said in str(problem.value) and str(file) in str(problem.value)
    assert "hidden" not in str(problem.value)


def test_hours_may_go_over_midnight():
    at = datetime.time
    night = sources.Source("shop", "mysql", "", "", (), hours=(at(22), at(6)))
    moments = {
        hour: datetime.datetime(2026, 1, 1, hour, tzinfo=datetime.UTC) for hour in (5, 6, 21, 22)
    }
    assert [night.is_open(moment) for moment in moments.values()] == [True, False, False, True]


def test_a_comparison_is_due_a_month_after_the_first_load():
    def entry(job, day, outcome="succeeded"):
        return journal.Entry("1", job, "app__orders", f"2026-01-{day} 00:00:00", "", outcome, 0)

    def due(done, day, days=7):
        return journal.is_due(done, "app__orders", days, datetime.datetime(2026, 1, day))

    assert not due([], 30) and not due([entry("load", "01")], 7) and due([entry("load", "01")], 8)
    assert not due([entry("load", "01"), entry("compare", "05")], 8)
    assert due([entry("load", "01"), entry("compare", "05", "failed")], 8)
    assert not due([entry("load", "01")], 30, None)


@pytest.mark.slow
def test_what_is_loaded_becomes_a_warehouse(pg_shop, capsys):
    fill(pg_shop)
    # What the contract would reject is no matter of the loader.
    pg_shop.do(
        'update "Orders" set discount_amount = round(discount_amount, 2)',
        "update products set brand = 'scoot', product_name = 'two' where product_id = 'P2'",
    )
    pg_shop.write_sources(text=SOURCES + ALSO_PAGES)
    pg_shop.raw.mkdir()
    (pg_shop.raw / "app__customers.sql").write_text(
        "select distinct customer_id, 'scoot' as brand, 'KR' as country_code, ordered_at as created_at, _loaded_at, "
        f"_deleted_at from read_parquet('{pg_shop.raw}/pages/shop_orders/*.parquet', union_by_name = true) "
        "where customer_id <> ''"
    )
    database = pg_shop.folder / "warehouse.duckdb"
    select = "+orders +raw_row_days +stg_platform__job_runs"
    code, said = pg_shop.load(capsys)
    assert code == 0, said
    build(database, pg_shop.raw, select=select, tests=False)
    assert query(database, "select count(*), count(distinct customer_id) from core.orders") == [
        (250, 83)
    ]
    pg_shop.do(
        'delete from "Orders" where "ID" <= 20', "delete from products where product_id = 'p1'"
    )
    code, said = pg_shop.load(capsys)
    assert code == 0, said
    build(database, pg_shop.raw, select=select, tests=False)
    counted = query(database, "select count(*), min(cast(order_id as int)) from core.orders")
    assert counted == [(230, 21)]
    deleted = "select table_name, sum(deleted_count) from core.raw_row_days group by 1 having sum(deleted_count) > 0"
    # The product stays, and its last version is one like any other.
    assert query(database, f"{deleted} order by 1") == [("customers", 7), ("orders", 20)]
    assert query(database, "select count(*) from staging.stg_app__products") == [(4,)]
    jobs = "select job_name, outcome, count(*) from staging.stg_platform__job_runs group by all order by 1"
    assert query(database, jobs)[0] == ("load app__order_items", "succeeded", 2)
