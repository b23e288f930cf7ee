"""Sessions on PostgreSQL and MySQL: read only, in UTC, values as text; errors in words, no password in them."""

import contextlib
import datetime
import decimal
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

import psycopg
import pymysql

from .sources import Problem, Source, Unreachable, like

TRIES = 4
CONNECT_SECONDS = 10
# What an error says, and what to do about it.
ADVICE = (
    (
        "password|28P01|28000|Access denied|no pg_hba",
        "Mend the user or the password in {variable}, or grant the right.",
    ),
    ("database .* does not exist|Unknown database", "Mend the name of the database in {variable}."),
    ("translate host name|Name or service|nodename", "Mend the name of the host in {variable}."),
    (
        "permission denied|command denied|denied to user",
        "Grant the user of {variable} select on the table.",
    ),
    (
        "refused|No route|unreachable|Can't connect|No such file",
        "Is the server running there, and does it listen to this machine? Mend host and port in {variable}.",
    ),
    (
        "statement timeout|max_statement_time|maximum statement|timed out|timeout|no answer",
        "The server did not answer in time. Add an index on the cursor and the key, make page_rows smaller or "
        "timeout_seconds larger.",
    ),
    (
        "SSL|TLS|cryptography",
        "Add ?sslmode=require (PostgreSQL) or ?ssl=true (MySQL) to the address in {variable}.",
    ),
    (
        "remaining connection|too many (clients|connections)",
        "The server has no connection free. Load later.",
    ),
    (
        "terminat|closed|gone away|Lost connection|reset|shutting down|starting up",
        "The server ended the connection. Load again: it goes on from the last page.",
    ),
)
LOST = re.compile(
    r"terminat|closed|conflict with recovery|gone away|Lost connection|"
    r"reset by peer|starting up|shutting down|broken pipe",
    re.I,
)
WHOLE, EXACT, MOMENT, DAY, BYTES, TEXT = "whole", "exact", "moment", "day", "bytes", "text"


class Lost(Exception):
    """The connection is gone: the question may be asked again."""


class NoAnswer(Exception):
    """The server accepts and says nothing."""


@dataclass(frozen=True)
class Column:
    """A column of a source: its type there, and what kind of values that is."""

    name: str
    type: str
    kind: str
    has_zone: bool = False


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends a wait for a server that answers nothing at all."""

    def stop(*_):
        raise NoAnswer(f"no answer in {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Address:
    """Where a server is; what may be shown of it, and what must not be."""

    user: str
    password: str
    host: str
    port: int | None
    database: str
    options: dict[str, str]
    secrets: tuple[str, ...]

    @property
    def shown(self) -> str:
        return f"{self.host}{f':{self.port}' if self.port else ''}/{self.database}"

    def without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def address_of(source: Source) -> Address:
    """Reads an address; an @, : or / in the password need not be escaped. Nothing of a bad one is shown."""
    scheme, _, rest = source.address.partition("://")
    wanted = f"{source.kind}://user:password@host:port/database"
    rest, _, query = rest.partition("?")
    login, _, server = rest.rpartition("@")
    user, _, password = login.partition(":")
    found = re.fullmatch(r"(\[[^\]]*\]|[^:/]*)(?::(\d{1,5}))?/([^/]+)", server)
    schemes = ("postgresql", "postgres") if source.kind == "postgresql" else ("mysql", "mariadb")
    if scheme not in schemes or not found or "@" in query:
        raise Problem(
            f"{source.name}: the address in {source.address_variable} does not read {wanted}. A ? in the password is "
            "written %3F."
        )
    options = dict(parse_qsl(query))
    secrets = {
        password,
        unquote(password),
        quote(unquote(password), safe=""),
        options.get("sslpassword"),
    }
    return Address(
        user=unquote(user),
        password=unquote(password),
        host=unquote(found[1]).strip("[]") or "localhost",
        port=int(found[2]) if found[2] else None,
        database=unquote(found[3]),
        options=options,
        secrets=tuple(sorted(filter(None, secrets), key=len, reverse=True)),
    )


class Database:
    """What the loader asks of a server, in its dialect. A question whose connection is lost is asked again."""

    quote = '"'
    text = "text"

    def __init__(self, source: Source, say=lambda line: None):
        self.source, self.say = source, say
        self.address = address_of(source)
        self.connection = None

    def __enter__(self) -> "Database":
        self.rows("select 1")
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.connection.close()
        self.connection = None

    def name(self, column: str) -> str:
        """A name in SQL; a % in it is no parameter."""
        return (
            self.quote + column.replace(self.quote, self.quote * 2).replace("%", "%%") + self.quote
        )

    def rows(self, sql: str, parameters: list | None = None) -> list[tuple]:
        """The rows of a select; parameters are written %s."""
        was_lost = False
        for attempt in range(1, TRIES + 1):
            try:
                return self._ask(sql, parameters or [], was_lost)
            except Lost as error:
                self.close()
                if attempt == TRIES:
                    raise self._problem(error, Unreachable) from None
                was_lost = True
                self.say(f"{self.source.name}: the connection was lost; asking again")
                time.sleep(2 ** (attempt - 1))
            except (NoAnswer, psycopg.Error, pymysql.Error, OSError, RuntimeError) as error:
                kind = Unreachable if self.connection is None else Problem
                self.close()
                raise self._problem(error, kind) from None
        raise AssertionError

    def _ask(self, sql: str, parameters: list, was_lost: bool) -> list[tuple]:
        try:
            if self.connection is None:
                with at_most(CONNECT_SECONDS):
                    self.connection = self.connect()
            with at_most(self.source.timeout_seconds + 5):
                return self.select(sql, parameters)
        except (psycopg.Error, pymysql.Error, OSError) as error:
            is_lost = self.connection is not None and LOST.search(str(error))
            # A server that starts again refuses connections for a while.
            if (is_lost or (was_lost and self.connection is None)) and "timed out" not in str(
                error
            ):
                raise Lost(self.words_of(error)) from None
            raise

    def _problem(self, error: Exception, kind: type[Problem]) -> Problem:
        first = self.address.without_secrets(" ".join(self.words_of(error).split()))
        advice = next((advice for pattern, advice in ADVICE if re.search(pattern, first, re.I)), "")
        said = first.rstrip(".")
        return kind(
            f"{self.source.name} ({self.source.kind} at {self.address.shown}): {said}. "
            f"{advice.format(variable=self.source.address_variable)}".rstrip()
        )

    def words_of(self, error: Exception) -> str:
        return str(error)

    def marks(self, columns: list[Column]) -> str:
        return ", ".join("%s" for _ in columns)

    def after(self, columns: list[Column], values: list, is_from: bool = False) -> tuple[str, list]:
        """A condition that is true of what comes after a place in the order of some columns; its parameters.

        `is_from`: of one column, what is at the place too. Written out, since MySQL uses no index for (a, b) > (x, y).
        """
        name, mark = f"t.{self.name(columns[0].name)}", self.mark(columns[0])
        value = self.parameter(columns[0], values[0])
        if len(columns) == 1:
            return f"{name} {'>=' if is_from else '>'} {mark}", [value]
        rest, more = self.after(columns[1:], values[1:])
        return f"{name} >= {mark} and ({name} > {mark} or {rest})", [value, value, *more]

    def mark(self, column: Column) -> str:
        return "%s"

    def parameter(self, column: Column, text: str):
        """A value that was read as text, as a parameter that is compared in the column's own type."""
        if column.kind == WHOLE:
            return int(text)
        return decimal.Decimal(text) if column.kind == EXACT else text

    def order(self, columns: list[Column]) -> str:
        """By the columns themselves: an output column of the same name is text, and sorts as text."""
        return ", ".join(f"t.{self.name(column.name)}" for column in columns)

    def page(
        self,
        table: str,
        columns: list[Column],
        order: list[Column],
        condition: tuple[str, list],
        rows: int | None,
        extra: str = "",
    ) -> list[tuple]:
        """The next rows of a table, each column as text."""
        where, parameters = condition
        selected = ", ".join(self.as_text(column) for column in columns)
        return self.rows(
            f"select {selected}{extra} from {table} as t {f'where {where} ' if where else ''}"
            f"order by {self.order(order)}{f' limit {rows}' if rows else ''}",
            parameters,
        )

    def row_hash(self, columns: list[Column]) -> str:
        """MD5 of all columns as text, the same that `pages.ROW_TEXT` makes of a landed row."""
        parts = []
        for column in columns:
            value = self.as_text(column)
            text = self.joined(["'V'", f"{self.count(value)}", "':'", value])
            parts.append(f"case when t.{self.name(column.name)} is null then 'N' else {text} end")
        return self.md5(self.joined(parts))

    def table(self, name: str) -> str:
        return ".".join(self.name(part) for part in name.split(".", 1))


class PostgreSQL(Database):
    def connect(self):
        address = self.address
        seconds = self.source.timeout_seconds
        settings = {
            "default_transaction_read_only": "on",
            "timezone": "UTC",
            "DateStyle": "ISO",
            "IntervalStyle": "postgres",
            "bytea_output": "hex",
            "extra_float_digits": "1",
            "statement_timeout": f"{seconds}s",
        }
        parts = {
            "host": address.host,
            "port": address.port or 5432,
            "user": address.user or None,
            "password": address.password or None,
            "dbname": address.database,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "make load",
            "tcp_user_timeout": seconds * 1000,
            **address.options,
            "client_encoding": "UTF8",
        }
        own = " ".join(f"-c {key}={value}" for key, value in settings.items())
        parts["options"] = f"{address.options.get('options', '')} {own}".strip()
        return psycopg.connect(autocommit=True, **parts)

    def select(self, sql: str, parameters: list) -> list[tuple]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def as_text(self, column: Column) -> str:
        return f"cast(t.{self.name(column.name)} as text)"

    def md5(self, text: str) -> str:
        return f"md5(convert_to({text}, 'UTF8'))"

    def count(self, value: str) -> str:
        return f"cast(char_length({value}) as text)"

    def joined(self, texts: list[str]) -> str:
        return f"({' || '.join(texts)})"

    def columns(self, table: str) -> list[Column]:
        found = self.rows("select to_regclass(%s)::oid", [self.table(table).replace("%%", "%")])[0][
            0
        ]
        if found is None:
            names = [
                name
                for (name,) in self.rows(
                    "select case when schemaname = 'public' then relname else schemaname || '.' || relname end "
                    "from pg_catalog.pg_statio_user_tables"
                )
            ]
            raise Problem(
                f"{self.source.name} has no table {table}{like(table, names)}. Mend from:."
            )
        described = self.rows(
            "select attname, format_type(atttypid, atttypmod), typcategory::text, typname from pg_attribute "
            "join pg_type on pg_type.oid = atttypid "
            "where attrelid = %s and attnum > 0 and not attisdropped order by attnum",
            [found],
        )
        return [_postgresql_column(*column) for column in described]

    def newest(self, table: str, column: Column) -> str | None:
        """The newest value of a cursor that is not in the future, whichever clock it goes by."""
        name = f"t.{self.name(column.name)}"
        limit = {
            MOMENT: f"where {name} <= (now() at time zone 'UTC') + interval '14 hours'",
            DAY: f"where {name} <= (now() at time zone 'UTC') + interval '14 hours'",
        }.get(column.kind, "")
        if column.has_zone:
            limit = f"where {name} <= now() + interval '1 minute'"
        return self.rows(f"select cast(max({name}) as text) from {self.table(table)} as t {limit}")[
            0
        ][0]

    def words_of(self, error: Exception) -> str:
        text = str(error).split("\n")
        # Each address of a host says the same.
        return text[0] if not text[0].startswith("Multiple") else text[-1]


def _postgresql_column(name: str, described: str, category: str, type_name: str) -> Column:
    kinds = {"int2": WHOLE, "int4": WHOLE, "int8": WHOLE, "numeric": EXACT, "date": DAY}
    kind = kinds.get(type_name, MOMENT if type_name in ("timestamp", "timestamptz") else TEXT)
    return Column(name, described, kind, type_name == "timestamptz")


class MySQL(Database):
    quote = "`"

    def connect(self):
        address = self.address
        options = {}
        if address.options.get("ssl_ca"):
            options["ssl"] = {"ca": address.options["ssl_ca"]}
        elif address.options.get("ssl", "").lower() in ("true", "1", "yes", "required"):
            options["ssl"] = {"check_hostname": False}
        connection = pymysql.connect(
            host=address.host,
            port=address.port or 3306,
            user=address.user,
            password=address.password,
            database=address.database,
            charset="utf8mb4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self.source.timeout_seconds + 2,
            autocommit=True,
            program_name="make load",
            **options,
        )
        seconds = self.source.timeout_seconds
        with connection.cursor() as cursor:
            cursor.execute("set session transaction read only")
            # A zero date is a value like any other here.
            cursor.execute("set session time_zone = '+00:00', sql_mode = ''")
            for limit in (
                f"max_statement_time = {seconds}",
                f"max_execution_time = {seconds * 1000}",
            ):
                # The one is MariaDB's, the other MySQL's.
                with contextlib.suppress(pymysql.Error):
                    cursor.execute(f"set session {limit}")
        return connection

    def select(self, sql: str, parameters: list) -> list[tuple]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def as_text(self, column: Column) -> str:
        name = f"t.{self.name(column.name)}"
        if column.kind == BYTES:
            return f"lower(hex({name}))"
        if column.type.startswith("bit"):
            name = f"{name} + 0"
        text = f"cast({name} as char character set utf8mb4)"
        if column.type.startswith("float"):
            # It is printed in six digits, of which a large one has more.
            whole = f"cast(cast({name} as double) as char character set utf8mb4)"
            return f"case when abs({name}) < 1000000 then {text} else {whole} end"
        if column.has_zone:
            return f"concat({text}, case when {text} like '0000-00-00%%' then '' else '+00:00' end)"
        return text

    def mark(self, column: Column) -> str:
        return "unhex(%s)" if column.kind == BYTES else "%s"

    def parameter(self, column: Column, text: str):
        return super().parameter(column, text.removesuffix("+00:00") if column.has_zone else text)

    def md5(self, text: str) -> str:
        return f"md5({text})"

    def count(self, value: str) -> str:
        return f"char_length({value})"

    def joined(self, texts: list[str]) -> str:
        return f"concat({', '.join(texts)})"

    def columns(self, table: str) -> list[Column]:
        schema, _, name = table.rpartition(".")
        schema = schema or self.address.database
        described = self.rows(
            "select column_name, column_type, data_type from information_schema.columns "
            "where table_schema = %s and table_name = %s order by ordinal_position",
            [schema, name],
        )
        if not described:
            names = self.rows(
                "select table_name from information_schema.tables where table_schema = %s", [schema]
            )
            near = like(name, [each for (each,) in names])
            raise Problem(f"{self.source.name} has no table {table}{near}. Mend from:.")
        return [_mysql_column(*column) for column in described]

    def newest(self, table: str, column: Column) -> str | None:
        name = f"t.{self.name(column.name)}"
        limit = ""
        if column.kind in (MOMENT, DAY):
            limit = f"where {name} <= utc_timestamp() + interval {'0' if column.has_zone else '14'} hour"
        if column.has_zone:
            limit += " + interval 1 minute"
        text = self.as_text(column).replace(name, f"max({name})")
        return self.rows(f"select {text} from {self.table(table)} as t {limit}")[0][0]

    def words_of(self, error: Exception) -> str:
        return (
            str(error.args[-1]) if isinstance(error, pymysql.Error) and error.args else str(error)
        )


def _mysql_column(name: str, described: str, data_type: str) -> Column:
    kinds = dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), WHOLE)
    kinds |= {"decimal": EXACT, "date": DAY, "datetime": MOMENT, "timestamp": MOMENT}
    kinds |= dict.fromkeys(
        ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry"), BYTES
    )
    return Column(name, described, kinds.get(data_type, TEXT), data_type == "timestamp")


def session(source: Source, say) -> Database:
    return (PostgreSQL if source.kind == "postgresql" else MySQL)(source, say)


def place(column: Column, text: str | None):
    """A cursor's value, to be compared with others: a moment, a day or a number. None where there is none."""
    if text is None:
        return None
    if column.kind in (WHOLE, EXACT):
        return decimal.Decimal(text)
    if text.startswith("0000-00-00") or text == "-infinity":
        return datetime.datetime.min
    if text == "infinity":
        return datetime.datetime.max
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        # A year of five digits, or one before Christ.
        return datetime.datetime.min if text.endswith("BC") else datetime.datetime.max
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def before(column: Column, text: str, lag: datetime.timedelta | int) -> str | None:
    """The value of a cursor from which it is read again: `lag` before one; None for the beginning."""
    found = place(column, text)
    if column.kind in (WHOLE, EXACT):
        return str(found - (lag if isinstance(lag, int) else 0))
    if not isinstance(lag, datetime.timedelta):
        lag = datetime.timedelta(0)
    if column.kind == DAY:
        lag = datetime.timedelta(days=-(-lag // datetime.timedelta(days=1)))
    try:
        moment = found - lag
    except OverflowError:
        return None
    if column.kind == DAY:
        return moment.date().isoformat()
    return moment.isoformat(" ") + ("+00:00" if column.has_zone else "")
