"""What live knows: a DuckDB in memory with what it needs of the warehouse, and the rows of the folder since.

Nothing of it is worth keeping. A new warehouse, another day and an error all end in the same way: what is known is
thrown away, and made again from the warehouse and the files.
"""

import contextlib
import datetime as dt
import fcntl
import os
import pathlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from live import events, orders, read
from live.files import Folder, Part
from live.models import Models
from live.versions import Counts, Versions

# The catalogue name of the copy of the warehouse while it is read.
SOURCE = "warehouse_as_built"
COPIED = (
    "tracking_plan",
    "click_ids",
    "channel_rules",
    "country_names",
    "known_rates",
    "int_fact_starts",
    "validated_ads__campaigns",
)
# Of so many lines that are no rows the newest are shown.
SHOWN_FAULTS = 50


@dataclass
class Warehouse:
    """A built warehouse: what tells it from another build, and the days that it says."""

    stamp: tuple
    as_of: dt.date
    built_at: float


@dataclass
class State:
    connection: duckdb.DuckDBPyConnection
    models: Models
    warehouse: Warehouse
    day: dt.date
    zone: str
    keep_from: str
    tables: dict[str, Versions] = field(default_factory=dict)
    # (file, line, reason), the newest last, and how many there were by reason.
    bad_lines: list[tuple[str, int, str]] = field(default_factory=list)
    bad_line_count: int = 0
    bad_files: dict[str, str] = field(default_factory=dict)
    file_count: int = 0
    newest_file_at: float = 0.0


def stamp_of(database: pathlib.Path) -> tuple | None:
    """What tells one build from the next; None where there is no file, or somebody writes to it.

    A lock is asked for and given back at once: a build that starts must find none.
    """
    try:
        found = os.stat(database)
        with open(database, "rb") as opened:
            fcntl.lockf(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.lockf(opened, fcntl.LOCK_UN)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


@contextlib.contextmanager
def copy_of(database: pathlib.Path, scratch: pathlib.Path) -> Iterator[tuple[pathlib.Path, tuple]]:
    """A copy of the warehouse and its stamp: whoever opens the file itself keeps a build from starting."""
    stamp = stamp_of(database)
    if stamp is None:
        raise NoWarehouse("being_built" if database.exists() else "no_warehouse")
    copy = scratch / "copy" / database.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        for ending in ("", ".wal"):
            if os.path.exists(f"{database}{ending}"):
                shutil.copyfile(f"{database}{ending}", f"{copy}{ending}")
        if stamp_of(database) != stamp:
            raise NoWarehouse("being_built")
        yield copy, stamp
    finally:
        shutil.rmtree(copy.parent, ignore_errors=True)


class NoWarehouse(Exception):
    """There is nothing to count against yet; the word says why (website/words.yml: live_<word>)."""


def connect(memory: str, threads: int, scratch: pathlib.Path) -> duckdb.DuckDBPyConnection:
    spill = scratch / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={"memory_limit": memory, "threads": threads, "temp_directory": str(spill)}
    )
    connection.execute("set timezone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    # A table that is missing must not be found among the variables of this program.
    connection.execute("set python_enable_replacements = false")
    return connection


def begin(
    connection: duckdb.DuckDBPyConnection,
    models: Models,
    copy: pathlib.Path,
    stamp: tuple,
    now: dt.datetime,
    keep_from: str | None = None,
) -> State:
    """What is needed of the warehouse. `keep_from`: counted rows are kept from there on (else from yesterday on)."""
    execute, relation = connection.execute, models.relations
    zone = models.settings["reporting_timezone"]
    execute(f"attach '{copy!s}' as {SOURCE} (read_only)")
    execute(f"attach ':memory:' as \"{models.database}\"")
    execute(f'use "{models.database}"')
    for schema in {name.split('"')[3] for name in relation.values()} | {"kept"}:
        execute(f'create schema if not exists "{schema}"')

    def of_warehouse(name: str) -> str:
        return relation[name].replace(f'"{models.database}"', SOURCE, 1)

    as_of = models.database_as_of
    execute(f"create table {as_of} as from {as_of.replace(models.database, SOURCE, 1)}")
    (built_as_of,) = execute(f"select as_of_date from {as_of}").fetchone()
    state = State(
        connection,
        models,
        Warehouse(stamp, built_as_of, stamp[2] / 1e9),
        day=day_of(connection, now, zone),
        zone=zone,
        keep_from="",
    )
    state.keep_from = keep_from or first_moment(connection, state.day - dt.timedelta(days=1), zone)
    execute(
        f"update {as_of} set as_of_date = ?, covered_date = ?, decided_by = 'live'",
        [state.day, state.day],
    )
    tell_the_time(state, now)
    for name in (*COPIED, *(["funnels"] if events.has_funnels(models) else [])):
        if name in relation:
            execute(f"create table {relation[name]} as from {of_warehouse(name)}")
    for name in read.TABLES:
        state.tables[name] = Versions(
            connection,
            models,
            name,
            keeps_superseded=name == "app__orders",
            keeps_raw=name == "app__order_items",
            counts=Counts(),
        )
        state.tables[name].begin(of_warehouse(f"validated_{name}"))
    orders.begin(connection, models, SOURCE)
    events.views(connection, models)
    events.begin(connection, models, SOURCE)
    _take_later_rows(state)
    execute(f"detach {SOURCE}")
    events.touch_since(connection, state.keep_from)
    return state


def _take_later_rows(state: State) -> None:
    """Rows that the warehouse has and does not count yet: for it they are of tomorrow, and today is that day."""
    execute, models = state.connection.execute, state.models
    for name in ("app__orders", "app__order_items", "events__events"):
        table = state.tables[name]
        validated = models.relations[f"validated_{name}"].replace(f'"{models.database}"', SOURCE, 1)
        key = "event_id" if name == "events__events" else "order_id"
        columns = ", ".join(f"cast({column} as varchar) as {column}" for column in table.columns)
        try:
            (later,) = execute(
                f"""
                insert into {table.raw} by name
                select {columns} from {table.raw.replace(models.database, SOURCE, 1)}
                where trim(cast({key} as varchar)) in (
                    select {key} from {validated} where row_status = 'later'
                )
                """
            ).fetchone()
        except duckdb.IOException as error:
            # The raw file that the warehouse read is gone: a view cannot be read without it.
            state.bad_files[name] = read.reason_of(error)
            continue
        if not later:
            continue
        merge(state, name, 0)
        execute(f"update {table.kept} set is_of_warehouse = true")
        (waiting,) = execute(f"select count(*) from kept.waiting_{name}").fetchone()
        vars(table.counts).update(vars(Counts(read=waiting)))


def merge(state: State, name: str, count: int) -> None:
    """Takes the rows of a raw table in, and touches what they are of."""
    if name == "app__order_items":
        orders.show_their_orders(state.connection, state.tables["app__orders"])
    state.tables[name].merge(count)
    if name == "app__order_items":
        orders.know_again(state.connection)
        state.connection.execute(f"truncate {state.tables['app__orders'].raw}")
    touch = events.touch if name == "events__events" else orders.touch
    touch(state.connection)


def take(state: State, parts: list[Part], folder: Folder) -> bool:
    """Reads what has come and takes it in, with what waited and is due; says whether there was anything."""
    changed = False
    # In the order in which lines need their orders.
    for name in ("app__orders", "app__order_items", "events__events"):
        table, count = state.tables[name], 0
        for part in parts:
            if part.file.table == name:
                count += _read(state, table, part, folder.name_of(part.file))
        # Lines are as late as their orders.
        if table.take_waiting() or count or (name == "app__order_items" and changed):
            merge(state, name, count)
            changed = True
    return changed


def _read(state: State, table: Versions, part: Part, file: str) -> int:
    state.file_count += part.is_parquet or part.first_line == 1
    state.newest_file_at = max(state.newest_file_at, part.file.changed_at)
    count = 0
    try:
        count = read.read_part(state.connection, part, table.columns, table.raw)
    except (duckdb.InvalidInputException, duckdb.IOException, ValueError) as error:
        state.bad_files[file] = str(error).splitlines()[0]
    state.bad_line_count += len(part.bad_lines)
    state.bad_lines += [(file, line, reason) for line, reason in part.bad_lines]
    del state.bad_lines[:-SHOWN_FAULTS]
    return count


def count(state: State) -> None:
    """Counts what was touched."""
    orders.count(state.connection, state.models)
    events.count(state.connection, state.models, state.keep_from)


def tell_the_time(state: State, now: dt.datetime) -> None:
    """What has arrived by now counts."""
    state.connection.execute(
        f"update {state.models.database_as_of} set known_until = ?", [now.replace(tzinfo=None)]
    )


def day_of(connection: duckdb.DuckDBPyConnection, now: dt.datetime, zone: str) -> dt.date:
    """The day in the time zone in which reports count."""
    return connection.execute(
        "select cast(timezone(?, timezone('UTC', cast(? as timestamp))) as date)",
        [zone, now.replace(tzinfo=None)],
    ).fetchone()[0]


def first_moment(connection: duckdb.DuckDBPyConnection, day: dt.date, zone: str) -> str:
    """When a day begins, in UTC."""
    return connection.execute(
        "select cast(timezone('UTC', timezone(?, cast(? as timestamp))) as varchar)", [zone, day]
    ).fetchone()[0]
