"""A PostgreSQL database: postgresql://user@host:5432/database. The password is PGPASSWORD, or in ~/.pgpass.

Each published table is a table of the same schema and name. In one transaction the rows of all are taken out and the
build's are put in, so that a reader sees one state, also in a transaction of its own, and never waits. Tables stay the
same ones: rights, views, indexes and policies that others have put on them are kept. `groundwork.published` has one
row: the build, as_of and the manifest. A run that is killed leaves nothing: its transaction is undone.
"""

import contextlib
import json
import pathlib

import adbc_driver_postgresql.dbapi as adbc
import duckdb
from built import CannotPublish

from destinations import DATABASE, MANIFEST, say
from destinations.folder import builds_of
from destinations.postgresql_session import TURN, Session, connected, shown, text
from destinations.postgresql_types import Column, as_json, column_of, quoted

LONGEST_NAME = 63
WAIT_SECONDS = 30
ROWS_AT_ONCE = 100_000
STATE = "groundwork.published"


def check(to: str) -> None:
    """Stops where the database is not reached, or only reads."""
    with connected(to) as session:
        session.do("create temporary table of_publish (nothing integer) on commit drop")


def send(build: pathlib.Path, to: str) -> None:
    """Puts the rows of the build into the tables and commits once."""
    about = json.loads((build / MANIFEST).read_text(encoding="utf-8"))
    names_fit(about)
    tables = {
        (table["schema"], table["table"]): [
            column_of(column["name"], column["type"]) for column in table["columns"]
        ]
        for table in about["tables"]
    }
    with (
        connected(to) as session,
        duckdb.connect(str(build / DATABASE), read_only=True) as source,
    ):
        source.execute("set TimeZone = 'UTC'")
        source.create_function("as_json", as_json, ["VARCHAR"], "VARCHAR")
        begin(session)
        there = tables_there(session)
        ours = published_before(session, there)
        foreign = sorted(set(tables) & set(there) - set(ours))
        if foreign:
            raise CannotPublish(
                f"{shown(to)}: {', '.join(map('.'.join, foreign[:5]))} is there and was not published by this project. "
                "Rename or drop it, or publish to a database of its own."
            )
        make_schemas(session, {schema for schema, _ in tables} | {"groundwork"})
        steps = {
            name: differences(there[name], ours[name], tables[name])
            for name in set(tables) & set(ours)
        }
        beside = load(session, source, tables, steps)
        # From here on readers of tables whose columns have changed wait.
        for name, temporary in beside.items():
            session.at = ".".join(name)
            change(session, name, steps[name], tables[name], temporary)
        for name in sorted(set(ours) - set(tables)):
            session.at = ".".join(name)
            session.do(f"drop table {written(name)}")
        session.at = STATE
        comment(session, source, set(tables))
        keep_state(session, build.name, about)
        session.connection.commit()
        tidy(session, tables)


def roll_back(to: str, published: pathlib.Path) -> str:
    """Puts in the build before the one that is there, from the folder in which builds are made; its name."""
    with connected(to) as session:
        is_there = ("groundwork", "published") in tables_there(session)
        found = session.rows(f"select build from {STATE}") if is_there else []
    if not found:
        raise CannotPublish(f"Nothing was published to {shown(to)} yet. Run make publish.")
    ((current,),) = found
    earlier = [build for build in builds_of(published) if build.name < current]
    if not earlier:
        raise CannotPublish(
            f"{shown(to)} has {current}, and {published} keeps no build from before it."
        )
    send(earlier[-1], to)
    return earlier[-1].name


def names_fit(about: dict) -> None:
    """Stops at a name that PostgreSQL would cut."""
    for table in about["tables"]:
        where = f"{table['schema']}.{table['table']}"
        names = [table["schema"], table["table"], *(column["name"] for column in table["columns"])]
        for name in names:
            if len(name.encode()) > LONGEST_NAME:
                raise CannotPublish(
                    f"{where}: the name {name} has {len(name.encode())} bytes, and PostgreSQL takes {LONGEST_NAME}. "
                    "Shorten it, or make the model private."
                )


def begin(session: Session) -> None:
    """No other process publishes meanwhile; a long load is not ended, a long wait is."""
    # Who waits for its turn must see what was published meanwhile, whatever the role's own settings are.
    session.do("set transaction isolation level read committed")
    session.do("set local standard_conforming_strings = on")
    session.do(f"set local lock_timeout = '{WAIT_SECONDS}s'")
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        session.do(f"set local {limit} = 0")
    session.at = "the turn to publish"
    # What a query has to wait for it waits for when its rows are read.
    session.rows(f"select pg_advisory_xact_lock({TURN})::text")
    session.at = ""


def tables_there(session: Session) -> dict[tuple[str, str], dict[str, str]]:
    """What has a name there, tables or else, with the types of its columns."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in session.rows(
        """
        select nspname::text, relname::text, attname::text, format_type(atttypid, atttypmod)
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        left join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^(pg_|information_schema$)'
        order by attrelid, attnum
        """
    ):
        columns = found.setdefault((schema, table), {})
        if column is not None:
            columns[column] = kind
    return found


def published_before(session: Session, there: dict) -> dict[tuple[str, str], set[str]]:
    """The tables that the last build has put there, with the names of their columns."""
    if ("groundwork", "published") not in there:
        return {}
    return {
        (table["schema"], table["table"]): {column["name"] for column in table["columns"]}
        for (manifest,) in session.rows(f"select manifest::text from {STATE}")
        for table in json.loads(manifest)["tables"]
        if (table["schema"], table["table"]) in there
    }


def make_schemas(session: Session, schemas: set[str]) -> None:
    """Those that are not there: who may not make schemas can publish into those that were made for them."""
    has = {name for (name,) in session.rows("select nspname::text from pg_namespace")}
    for schema in sorted(schemas - has):
        session.at = f"the schema {schema}"
        session.do(f"create schema {quoted(schema)}")
    session.at = STATE
    session.do(
        f"create table if not exists {STATE} (build text, as_of date, known_until timestamp, "
        "published_at timestamptz, manifest jsonb)"
    )


def written(name: tuple[str, ...]) -> str:
    """A table's name in SQL."""
    return ".".join(map(quoted, name))


def load(
    session: Session,
    source: duckdb.DuckDBPyConnection,
    tables: dict[tuple[str, str], list[Column]],
    steps: dict[tuple[str, str], list[str]],
) -> dict[tuple[str, str], str]:
    """Fills the tables; by name the temporary ones with the rows of tables that are still to be altered."""
    beside = {}
    for number, (name, columns) in enumerate(tables.items(), 1):
        session.at = ".".join(name)
        say(f"  {number} of {len(tables)}: {session.at}")
        if name not in steps:
            create(session, name, columns)
        elif not steps[name]:
            session.do(f"delete from {written(name)}")
        else:
            beside[name] = f"changed_{number}"
            create(session, (beside[name],), columns)
        copy(session, source, name, columns, beside.get(name))
    return beside


def create(session: Session, name: tuple[str, ...], columns: list[Column]) -> None:
    """A table; one without a schema is temporary."""
    told = ", ".join(f"{quoted(column.name)} {column.kind}" for column in columns)
    if len(name) == 1:
        session.do(f"create temporary table {written(name)} ({told}) on commit drop")
    else:
        session.do(f"create table {written(name)} ({told})")


def copy(
    session: Session,
    source: duckdb.DuckDBPyConnection,
    name: tuple[str, str],
    columns: list[Column],
    beside: str | None = None,
) -> None:
    """The rows of a table, into it or into a temporary one beside it."""
    rows = source.execute(
        f"select {', '.join(column.select for column in columns)} from {written(name)}"
    ).to_arrow_reader(ROWS_AT_ONCE)
    if beside:
        session.cursor.adbc_ingest(beside, rows, mode="append", temporary=True)
    else:
        session.cursor.adbc_ingest(name[1], rows, mode="append", db_schema_name=name[0])


def differences(has: dict[str, str], ours: set[str], wanted: list[Column]) -> list[str]:
    """What has to be altered in a table: nothing of a column that somebody else has added."""
    kinds = {column.name: column.kind for column in wanted}
    gone = [name for name, kind in has.items() if name in ours and kinds.get(name) != kind]
    new = [column for column in wanted if column.name in gone or column.name not in has]
    return [f"drop column {quoted(name)}" for name in gone] + [
        f"add column {quoted(column.name)} {column.kind}" for column in new
    ]


def change(
    session: Session, name: tuple[str, str], steps: list[str], columns: list[Column], beside: str
) -> None:
    """Gives a table the columns and the rows of the one beside it. It stays the same table, with its rights."""
    names = ", ".join(quoted(column.name) for column in columns)
    session.do(f"alter table {written(name)} {', '.join(steps)}")
    session.do(f"delete from {written(name)}")
    session.do(f"insert into {written(name)} ({names}) select {names} from {quoted(beside)}")


def comment(
    session: Session, source: duckdb.DuckDBPyConnection, tables: set[tuple[str, str]]
) -> None:
    """Describes tables and columns as the build's file does, where that is not said yet."""
    has = {
        (schema, table, column): said
        for schema, table, column, said in session.rows(
            """
            select nspname::text, relname::text, coalesce(attname::text, ''), description
            from pg_description
            inner join pg_class on pg_class.oid = objoid and classoid = 'pg_class'::regclass
            inner join pg_namespace on pg_namespace.oid = relnamespace
            left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
            """
        )
    }
    for schema, table, column, said in source.execute(
        """
        select schema_name, table_name, '', comment from duckdb_tables()
        union all
        select schema_name, table_name, column_name, comment from duckdb_columns()
        order by all
        """
    ).fetchall():
        if (schema, table) in tables and said != has.get((schema, table, column)):
            what = "column" if column else "table"
            where = (schema, table, column) if column else (schema, table)
            session.do(f"comment on {what} {written(where)} is {text(said)}")


def keep_state(session: Session, build: str, about: dict) -> None:
    """Says in the database what is published there."""
    session.do(f"delete from {STATE}")
    values = [build, about["as_of"], about["known_until"]]
    session.do(
        f"insert into {STATE} values ({', '.join(map(text, values))}, now(), {text(json.dumps(about))})"
    )


def tidy(session: Session, tables: dict[tuple[str, str], list[Column]]) -> None:
    """Gives back the room of the rows that went, and counts anew for the planner; the server would do so later."""
    session.connection.adbc_connection.set_autocommit(True)
    for name in tables:
        with contextlib.suppress(adbc.Error):
            session.do(f"set lock_timeout = '{WAIT_SECONDS}s'")
            session.do(f"vacuum (analyze) {written(name)}")
