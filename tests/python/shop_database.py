"""A shop's database on a real server, for tests of the loader: PostgreSQL or MariaDB, and what is in it as text."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import duckdb
import psycopg
import pymysql
import servers
from warehouse import PROJECT

KEYS = {
    "app__orders": ["order_id"],
    "app__order_items": ["order_id", "line_number"],
    "app__products": ["product_id"],
}
CREATE = {
    "postgresql": """
        create table "Orders" (
            "ID" bigint primary key, customer_id text, ordered_at timestamptz not null, status text not null,
            currency char(5), discount_amount numeric, tags text[], props jsonb, token uuid, zero date,
            changed timestamptz
        );
        create table lines (
            order_id bigint, line int, product text, quantity int, price numeric(20, 8), changed timestamp,
            primary key (order_id, line)
        );
        create table products (
            product_id text primary key, brand text, product_name text, list_price numeric, currency text
        );""",
    "mysql": """
        create table `Orders` (
            `ID` bigint primary key, customer_id text, ordered_at timestamp(6) not null default '2026-01-01 00:00:00',
            status varchar(20) not null, currency char(5), discount_amount decimal(30, 15), tags blob, props json,
            token binary(4), zero date, changed datetime(6)
        );
        create table `lines` (
            order_id bigint, line int, product varchar(40), quantity float, price decimal(20, 8), changed timestamp(3) null,
            primary key (order_id, line)
        );
        create table products (
            product_id varchar(20) primary key, brand text, product_name text, list_price double, currency text
        );""",
}
# Values that lose themselves on the way: '' and NULL, 1/3 in full, Korean, arrays, JSON, bytes, days that are none.
ORDER = {
    "postgresql": """insert into "Orders"
        select g, case when g % 3 = 0 then null when g % 3 = 1 then '' else '고객 ' || g end,
            timestamptz '2026-01-01 00:00:00+09' + g * interval '1 minute', 'paid', 'KRW', 1.0 / 3 * (g % 7),
            array['a', 'b,"c"', null], '{{"a": [1, 2]}}', md5(g::text)::uuid, 'infinity',
            timestamptz '2026-01-02 00:00:00.123456+00' + (g / 40) * interval '1 minute'
        from generate_series({first}, {last}) as g""",
    "mysql": """insert into `Orders`
        with recursive s as (select {first} as g union all select g + 1 from s where g < {last})
        select g, case when g % 3 = 0 then null when g % 3 = 1 then '' else concat('고객 ', g) end,
            timestampadd(minute, g, '2025-12-31 15:00:00'), 'paid', 'KRW', 1.0 / 3 * (g % 7),
            x'00ff41', '{{"a": [1, 2]}}', unhex(lpad(hex(g), 8, '0')), '0000-00-00',
            timestampadd(minute, g div 40, '2026-01-02 00:00:00.123456')
        from s""",
}
SOURCES = """
sources:
  shop:
    kind: {kind}
    address: SHOP_DATABASE
    {more}
    tables:
      app__orders:
        from: {orders}
        key: ID
        cursor: changed
        page_rows: 100
        columns: {{ID: order_id}}
      app__order_items:
        from: lines
        key: [order_id, line]
        cursor: changed
        page_rows: 100
        columns: {{line: line_number, product: product_id, price: unit_price}}
      app__products:
        from: products
        key: product_id
        page_rows: 100
"""


class Shop:
    """A database of its own on a server; `folder` gets the sources and the raw folder."""

    def __init__(self, kind: str, port: int, name: str, folder: pathlib.Path):
        self.kind, self.port, self.database, self.folder = kind, port, name, folder
        self.raw = folder / "raw"
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "postgresql":
            servers.ask(
                servers.address(port, "postgres"), f"create database {name}", autocommit=True
            )
            self.connection = psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="owner",
                password=servers.PASSWORD,
                dbname=name,
                autocommit=True,
            )
        else:
            self.connection = pymysql.connect(
                host="127.0.0.1",
                port=port,
                user="owner",
                password=servers.PASSWORD,
                charset="utf8mb4",
                autocommit=True,
            )
            self.do(f"create database {name} character set utf8mb4", f"use {name}")
            self.do(
                "set session sql_mode = '', time_zone = '+00:00', max_recursive_iterations = 10000000"
            )
        self.do(*filter(str.strip, CREATE[kind].split(";")))
        self.write_sources()

    def address(self, password: str = servers.PASSWORD, port: int | None = None) -> str:
        return f"{self.kind}://owner:{quote(password, safe='')}@127.0.0.1:{port or self.port}/{self.database}"

    def write_sources(self, more: str = "", text: str = SOURCES) -> None:
        orders = "Orders" if self.kind == "mysql" else "public.Orders"
        (self.folder / "sources.yml").write_text(
            text.format(kind=self.kind, orders=orders, more=more), encoding="utf-8"
        )

    def change_sources(self, old: str, new: str) -> None:
        file = self.folder / "sources.yml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def do(self, *statements: str) -> None:
        """Runs statements; "Orders" is quoted as the server has it."""
        with self.connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(
                    sql.replace('"', "`") if self.kind == "mysql" and "{" not in sql else sql
                )

    def add_orders(self, first: int, last: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(ORDER[self.kind].format(first=first, last=last))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """While it lasts, nobody else can read the orders."""
        is_mysql = self.kind == "mysql"
        self.do("lock tables `Orders` write" if is_mysql else 'begin; lock table "Orders"')
        try:
            yield
        finally:
            self.do("unlock tables" if is_mysql else "rollback")

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "GROUNDWORK_RAW": str(self.raw),
            "GROUNDWORK_SOURCES": str(self.folder / "sources.yml"),
            "SHOP_DATABASE": self.address(),
        } | more

    def load(self, capsys, *arguments: str, **more: str) -> tuple[int, str]:
        """Loads in this process: the exit code, and what was said."""
        import load

        before = dict(os.environ)
        os.environ.update(self.environment(**more))
        capsys.readouterr()
        try:
            code = load.main(list(arguments))
        finally:
            os.environ.clear()
            os.environ.update(before)
        said = capsys.readouterr()
        return code, said.out + said.err

    def start(self, *arguments: str, **more: str) -> subprocess.Popen:
        """Loads in a process of its own."""
        return subprocess.Popen(
            [sys.executable, str(PROJECT / "ingest" / "load.py"), *arguments],
            env=os.environ | self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def source_rows(self, table: str, columns: list[str]) -> dict[tuple, tuple]:
        """What is in a table now, by key: each value as the server prints it."""
        key = {"Orders": 1, "lines": 2, "products": 1}[table]
        with self.connection.cursor() as cursor:
            if self.kind == "postgresql":
                cursor.execute("set timezone = 'UTC'")
                texts = ", ".join(f'"{column}"::text' for column in columns)
                cursor.execute(f'select {texts} from "{table}"')
            else:
                texts = ", ".join(self._mysql_text(table, column) for column in columns)
                cursor.execute(f"select {texts} from `{table}`")
            return {row[:key]: tuple(row) for row in cursor.fetchall()}

    def _mysql_text(self, table: str, column: str) -> str:
        if column in ("tags", "token"):
            return f"lower(hex(`{column}`))"
        if (table, column) in (("Orders", "ordered_at"), ("lines", "changed")):
            return f"concat(cast(`{column}` as char), '+00:00')"
        return f"cast(`{column}` as char)"

    def versions(self, table: str) -> dict[tuple, list[tuple]]:
        """The landed rows of each key in the order of landing, without _loaded_at; _deleted_at is the last value."""
        key = ", ".join(KEYS[table])
        rows = duckdb.sql(
            f"""
            select {key}, * exclude ({key}, _loaded_at, _deleted_at), _deleted_at
            from {self.pages(table)}
            order by _loaded_at"""
        ).fetchall()
        found: dict[tuple, list[tuple]] = {}
        for row in rows:
            found.setdefault(row[: len(KEYS[table])], []).append(row)
        return found

    def pages(self, table: str) -> str:
        return f"read_parquet('{self.raw}/{table}/*.parquet', union_by_name = true)"

    def newest(self, table: str, columns: list[str]) -> dict[tuple, tuple]:
        """The newest landed version of each key that is not deleted."""
        key = ", ".join(KEYS[table])
        names = ", ".join(columns)
        rows = duckdb.sql(
            f"""
            select {names}
            from (
                select *, row_number() over (partition by {key} order by _loaded_at desc) as place
                from {self.pages(table)}
            )
            where place = 1 and _deleted_at is null"""
        ).fetchall()
        size = len(KEYS[table])
        return {row[:size]: row for row in rows}

    def journal(self) -> list[dict]:
        lines = (self.raw / ".loader" / "loads.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@contextlib.contextmanager
def server(kind: str) -> Iterator[int]:
    with (servers.postgresql if kind == "postgresql" else servers.mariadb)() as port:
        yield port
