"""A session on a PostgreSQL server: reading its address, saying its errors in words, and no password ever."""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

import adbc_driver_postgresql.dbapi as adbc
import duckdb
from built import CannotPublish

ADDRESS = "postgresql://user@host:5432/database, with the password in PGPASSWORD or ~/.pgpass"
# The lock that is taken to publish; any number that no other program takes.
TURN = 7_024_018


@dataclass(frozen=True)
class Address:
    """What libpq is given, what may be shown of it, and what must not be."""

    conninfo: str
    shown: str
    secrets: tuple[str, ...]

    def without_secrets(self, text: str) -> str:
        """A text in which no password can be read."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def address_of(to: str) -> Address:
    """Reads an address. An @, : or / in the password need not be escaped."""
    rest, _, query = to.split("://", 1)[1].partition("?")
    login, _, server = rest.rpartition("@")
    user, _, password = login.partition(":")
    hosts, _, database = server.partition("/")
    places = [re.fullmatch(r"(\[.*\]|[^:]*)(?::(\d+))?", host) for host in hosts.split(",")]
    if not all(places) or "/" in database or "@" in query:
        raise CannotPublish(f"The address of a database reads {ADDRESS}.")
    options = dict(parse_qsl(query))
    parts = {
        "user": unquote(user),
        "password": unquote(password),
        "host": ",".join(unquote(place[1]).strip("[]") for place in places),
        "port": ",".join(place[2] or "" for place in places).strip(","),
        "dbname": unquote(database),
        "connect_timeout": "10",
        "application_name": "make publish",
        **options,
        # The driver writes UTF-8, whatever the database is in.
        "client_encoding": "UTF8",
    }
    escaped = {
        key: value.replace("\\", "\\\\").replace("'", "\\'")
        for key, value in parts.items()
        if value
    }
    secrets = {password, parts["password"], parts.get("sslpassword"), os.environ.get("PGPASSWORD")}
    name = f"{parts['user']}@" if parts["user"] else ""
    return Address(
        conninfo=" ".join(f"{key}='{value}'" for key, value in escaped.items()),
        shown=f"postgresql://{name}{hosts}/{database}",
        secrets=tuple(sorted(filter(None, secrets), key=len, reverse=True)),
    )


def shown(to: str) -> str:
    """The address without its password."""
    return address_of(to).shown


@dataclass
class Session:
    """A connection in a transaction, and the table that it is at."""

    connection: adbc.Connection
    cursor: adbc.Cursor
    at: str = ""

    def do(self, sql: str) -> None:
        self.cursor.execute(sql)

    def rows(self, sql: str) -> list[tuple]:
        self.cursor.execute(sql)
        return self.cursor.fetchall()


# What the server or the way to it says (an SQLSTATE, or words), and what to do.
ADVICE = (
    ("28P01|28000|password|no pg_hba", f"Mend the user or the password: {ADDRESS}."),
    ("3D000|database .* does not exist", "Make the database (createdb), or mend its name."),
    ("role .* does not exist", "Mend the user, or make it (createuser)."),
    ("translate host name", "Mend the name of the host."),
    (
        "refused|timeout expired|timed out|No route|unreachable|No such file",
        "Is the server running there, and does it listen to this machine? Mend host and port, or start it.",
    ),
    ("SSL", "Add ?sslmode=require, or ?sslmode=disable, as the server wants."),
    ("invalid .*(option|value|URI)", f"Write the address as {ADDRESS}."),
    (
        "53100|No space left",
        "The server's disk is full. Make room there: the tables are there twice while they are published.",
    ),
    ("53300", "The server has no connection left. Publish later."),
    (
        "42501",
        "Publish as the owner of these schemas, or: grant create on database … to the user.",
    ),
    ("22P05|22021", "Make the database with createdb --encoding UTF8 --template template0."),
    ("25006", "This server only reads: name the one that is written."),
    ("2BP01", "Change or drop what depends on it, then publish again."),
    ("55P03|40P01|57014", "Publish again when that session has ended."),
    (
        "^57P0|^08...$|terminat|closed the connection|no connection",
        "The server has stopped or ended the connection: publish again.",
    ),
)


def in_words(error: adbc.Error, address: Address, at: str = "", who: str = "") -> CannotPublish:
    """One message: where, what the server says, and what to do."""
    details = {key: value.decode(errors="replace") for key, value in error.details or []}
    said = details.get(b"PG_DIAG_MESSAGE_PRIMARY") or first_line(str(error))
    depends = details.get(b"PG_DIAG_MESSAGE_DETAIL", "") if error.sqlstate == "2BP01" else ""
    # The words of a query that failed are not the server's.
    told = error.sqlstate or said
    advice = next((words for pattern, words in ADVICE if re.search(pattern, told)), "")
    said = address.without_secrets(said)
    parts = [f"{address.shown}: {f'{at}: ' if at else ''}{said}", depends, who, advice]
    sentences = [part if part[-1] in ".?" else f"{part}." for part in parts if part]
    return CannotPublish(" ".join(sentences))


def first_line(message: str) -> str:
    """What the server or libpq says, without what the driver puts before it."""
    said = re.sub(r"^[^:]*: \[libpq\] (Failed to [^:]*: )?(PGRES_\w+ )?", "", message).strip()
    said = said.splitlines()[0] if said else "no reason is given"
    return re.sub(r"^.*?(ERROR|FATAL): +", "", said)


@contextlib.contextmanager
def connected(to: str) -> Iterator[Session]:
    """A session in a transaction that is undone unless it is committed; its errors are said in words."""
    address = address_of(to)
    try:
        connection = adbc.connect(address.conninfo)
    except adbc.Error as error:
        raise in_words(error, address) from None
    with connection, connection.cursor() as cursor:
        session = Session(connection, cursor)
        try:
            yield session
        except adbc.Error as error:
            who = ""
            if error.sqlstate == "55P03":
                with contextlib.suppress(adbc.Error):
                    connection.rollback()
                    who = holders_of(session)
            raise in_words(error, address, session.at, who) from None
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise CannotPublish(f"{address.shown}: {session.at}: {said}.") from None


def holders_of(session: Session) -> str:
    """Who has the table open that could not be had, or publishes."""
    table = f"to_regclass({text(session.at)})" if "." in session.at else "null"
    ((who,),) = session.rows(
        f"""
        select string_agg(distinct format('%s (pid %s, since %s)', usename, pid, to_char(xact_start, 'HH24:MI')), ', ')
        from pg_locks
        inner join pg_stat_activity using (pid)
        where pid <> pg_backend_pid()
            and datname = current_database()
            and (relation = {table} or (locktype = 'advisory' and objid = {TURN}))
        """
    )
    return f"It is held by {who or 'another session'}."


def text(value: str | None) -> str:
    """A text in SQL, without the character that PostgreSQL has not."""
    return "null" if value is None else "'" + value.replace("'", "''").replace("\0", "") + "'"
