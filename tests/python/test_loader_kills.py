"""A million rows, killed at ten random moments, with inserts, updates and deletes between: nothing is lost or doubled."""

import random
import signal
import time

import duckdb
import pytest
import servers
from shop_database import Shop, server
from test_loader import ORDER_COLUMNS

KILLS = 10
ROWS = {"postgresql": 1_000_000, "mysql": 300_000}
# A hash of a row, made by each server itself and by DuckDB of what was landed.
PARTS = ("order_id", "customer_id", "status", "discount_amount", "changed")
NEWEST = """
    select count(*), sum(('0x' || substr(md5(concat_ws('|', {parts})), 1, 8))::bigint)
    from (
        select {names}
        from (
            select *, row_number() over (partition by order_id order by _loaded_at desc) as place
            from {pages}
        )
        where place = 1 and _deleted_at is null
    )"""


def hash_of_source(shop):
    names = {value: key for key, value in ORDER_COLUMNS.items()}
    if shop.kind == "postgresql":
        parts = ", ".join(f"coalesce(\"{names[part]}\"::text, '-')" for part in PARTS)
        sql = f"select count(*), sum(('x' || substr(md5(concat_ws('|', {parts})), 1, 8))::bit(32)::bigint) from \"Orders\""
    else:
        parts = ", ".join(f"coalesce(cast(`{names[part]}` as char), '-')" for part in PARTS)
        sql = f"select count(*), sum(conv(substr(md5(concat_ws('|', {parts})), 1, 8), 16, 10)) from `Orders`"
    with shop.connection.cursor() as cursor:
        if shop.kind == "postgresql":
            cursor.execute("set timezone = 'UTC'")
        cursor.execute(sql)
        count, total = cursor.fetchone()
    # Those of PostgreSQL above 2^31 are negative.
    return count, int(total) % 2**32


def hash_of_landed(shop):
    parts = ", ".join(f"coalesce({part}, '-')" for part in PARTS)
    sql = NEWEST.format(parts=parts, names=", ".join(PARTS), pages=shop.pages("app__orders"))
    count, total = duckdb.sql(sql).fetchone()
    return count, int(total) % 2**32


def say_to(capsys):
    def say(*words):
        with capsys.disabled():
            print(*words, flush=True)

    return say


def count_pages(shop):
    return sum(1 for _ in (shop.raw / "app__orders").glob("*.parquet"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_ten_kills_lose_and_double_nothing(kind, tmp_path, capsys):
    if not (servers.program("initdb") if kind == "postgresql" else servers.has_mariadb()):
        pytest.skip(servers.NOT_FOUND if kind == "postgresql" else servers.NO_MARIADB)
    say = say_to(capsys)
    chance, rows = random.Random(19), ROWS[kind]
    with server(kind) as port:
        shop = Shop(kind, port, "shop", tmp_path)
        began = time.monotonic()
        shop.add_orders(1, rows)
        # One moment for a twentieth of all, more than a page.
        shop.do(f'update "Orders" set changed = \'2026-06-01\' where "ID" > {rows * 19 // 20}')
        shop.do('create index by_changed on "Orders" (changed, "ID")')
        say(f"{kind}: filled in {time.monotonic() - began:.0f} s")
        shop.write_sources("rows_per_second: 60000")
        shop.change_sources(
            "page_rows: 100\n        columns: {ID", "page_rows: 10000\n        columns: {ID"
        )
        added, gone, hits, landed = rows, 0, 0, [0]
        for kill in range(KILLS):
            running = shop.start("--tables=app__orders")
            # Sometimes before the first page, sometimes after some: a slow machine takes its time to begin.
            until, pages = time.monotonic() + 90, landed[-1] + chance.randrange(9)
            while count_pages(shop) < pages and running.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 2))
            hits += running.poll() is None
            running.send_signal(signal.SIGKILL)
            running.communicate()
            landed.append(count_pages(shop))
            shop.add_orders(added + 1, added + 100)
            added += 100
            first = chance.randrange(1, rows // 2)
            shop.do(
                f"update \"Orders\" set status = 'placed {kill}', changed = '2026-07-0{kill % 9 + 1} 00:00:0{kill // 9}' "
                f'where "ID" between {first} and {first + 25_000}',
                f'delete from "Orders" where "ID" between {rows // 2 + kill * 100} and {rows // 2 + kill * 100 + 49}',
            )
            gone += 50
        shop.write_sources()
        shop.change_sources(
            "page_rows: 100\n        columns: {ID", "page_rows: 10000\n        columns: {ID"
        )
        began = time.monotonic()
        code, said = shop.load(capsys, "--tables=app__orders")
        say(f"{hits} of {KILLS} kills hit; pages after each: {landed[1:]}; last: {said}")
        assert code == 0, said
        count, _ = hash_of_source(shop)
        assert count == added - gone
        assert hash_of_landed(shop) == hash_of_source(shop)
        say(f"compared in {time.monotonic() - began:.0f} s")
        doubles = duckdb.sql(
            f"""
            select count(*)
            from (
                select
                    status, changed, _deleted_at,
                    lag(row(status, changed, _deleted_at)) over (partition by order_id order by _loaded_at) as before
                from {shop.pages("app__orders")}
            )
            where before = row(status, changed, _deleted_at)"""
        ).fetchone()
        assert doubles == (0,)
        assert landed == sorted(landed), "what was landed is kept, and goes on"
        code, said = shop.load(capsys, "--tables=app__orders", "--compare=1")
        say(said)
        assert code == 0 and "0 new versions" in said
