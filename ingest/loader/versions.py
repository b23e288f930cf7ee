"""Reads the versions of a table that are not landed yet, page by page, and lands them."""

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import databases
from .columns import Reading
from .databases import Column, Database
from .pages import Pages, as_table, identifier, key_text, row_text
from .sources import Problem, Source

# Of a row, a key is a small part.
KEYS_PER_ROW = 10


class Closed(Exception):
    """The hours in which the source may be read are over."""


@dataclass
class Progress:
    """Counts what is read and landed, holds the pace, and says how far it is."""

    source: Source
    label: str
    show: Callable[[str], None]
    is_any_time: bool = False
    read: int = 0
    landed: int = 0
    deleted: int = 0
    _began: float = field(default_factory=time.monotonic)
    _due: float = 0

    def add(self, read: int, landed: int = 0) -> None:
        """After a page: waits as long as the pace asks for; stops where the hours are over."""
        self.read += read
        self.landed += landed
        self.wait(read)

    def wait(self, read: float) -> None:
        """The same of rows that are not counted."""
        self.show(
            f"{self.label}  {self.read:,} rows read, {self.landed:,} new versions, {self.rate():,.0f} rows/s"
        )
        if self.source.rows_per_second:
            self._due += read / self.source.rows_per_second
            time.sleep(max(0.0, self._due - self.seconds()))
        self.check_hours()

    def check_hours(self) -> None:
        if not self.is_any_time and not self.source.is_open(datetime.datetime.now(datetime.UTC)):
            raise Closed

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def rate(self) -> float:
        return self.read / max(self.seconds(), 0.001)


def read_changes(
    database: Database, reading: Reading, pages: Pages, progress: Progress
) -> list[str]:
    """Lands what changed by the cursor (of a table without one, all is read), and returns what is to be said."""
    state = pages.state
    state.columns = {column.name: column.type for column in reading.columns}
    if reading.cursor is None:
        state.cursor = state.top = state.place = None
        remember(pages, reading, None)
        for rows in walk(database, reading, reading.key, None):
            progress.add(len(rows), land(pages, reading, rows))
        return []
    is_cut_off = was_cut_off(reading, pages)
    said = read_pass(database, reading, pages, progress, is_cut_off)
    if is_cut_off and not progress.landed:
        # It had come to its end, and what it landed last did not show it.
        said = read_pass(database, reading, pages, progress, False)
    return said


def was_cut_off(reading: Reading, pages: Pages) -> bool:
    """Whether the last pass did not come to its end, and can go on from its place."""
    state = pages.state
    is_same = (
        state.cursor == reading.cursor.name and state.top is not None and state.place is not None
    )
    return is_same and not state.is_complete and len(state.place) in (1, 1 + len(reading.key))


def read_pass(
    database: Database, reading: Reading, pages: Pages, progress: Progress, is_cut_off: bool
) -> list[str]:
    """Reads what follows the place where a pass was cut off, or makes a new pass; returns what is to be said."""
    state = pages.state
    order = [reading.cursor, *reading.key]
    said = [] if is_cut_off else begin_pass(database, reading, pages)
    begin, state.is_complete = state.place, False
    remember(pages, reading, begin[0] if begin else None)
    empty = f"t.{database.name(reading.cursor.name)} is null"
    rows_without = 0
    for rows in walk(database, reading, reading.key, None, empty):
        rows_without += len(rows)
        progress.add(len(rows), land(pages, reading, rows))
    places = [reading.columns.index(column) for column in order]
    for rows in walk(database, reading, order, begin):
        state.place = [rows[-1][place] for place in places]
        state.is_complete = len(rows) < reading.table.page_rows
        progress.add(len(rows), land(pages, reading, rows))
    state.is_complete = True
    if rows_without:
        said.append(
            f"{rows_without:,} rows have no {reading.cursor.name} and are read at each load: if they are many, name a "
            "cursor that is always filled"
        )
    return said


def begin_pass(database: Database, reading: Reading, pages: Pages) -> list[str]:
    """Sets the state to the lag before what was newest at the start of the last pass: what had not been committed by
    then is in the lag, and what came later has a later cursor. Returns what is to be said."""
    state, cursor = pages.state, reading.cursor
    newest = database.newest(reading.source_name, cursor)
    was_begun = state.is_complete or state.place is not None
    before = state.top if state.cursor == cursor.name and was_begun else None
    state.cursor, state.top, state.place = cursor.name, newest, None
    if before is None or newest is None:
        return []
    begin = databases.before(cursor, before, reading.table.lag)
    if begin is None:
        return []
    if databases.place(cursor, newest) < databases.place(cursor, begin):
        return [
            f"the newest {cursor.name} went back from {before} to {newest}, as after a restored backup: all rows are "
            "compared"
        ]
    state.place = [begin]
    return []


def remember(pages: Pages, reading: Reading, begin: str | None) -> None:
    """Makes the table `known`: of each key whose row may be read again, the hash of its newest landed version."""
    where = "true"
    landed = pages.names()
    if begin is not None and reading.cursor_name in landed:
        is_number = reading.cursor.kind in (databases.WHOLE, databases.EXACT)
        cursor_type = "decimal(38, 9)" if is_number else "timestamptz"
        value = f"try_cast({identifier(reading.cursor_name)} as {cursor_type})"
        # What is no moment to DuckDB (a zero date, a year of five digits) is looked at, too.
        where = f"{value} >= cast('{begin}' as {cursor_type}) or {value} is null"
        if "_deleted_at" in landed:
            where += " or _deleted_at is not null"
    pages.connection.execute(
        f"create or replace temp table known as {pages.newest_versions(reading.key_names, reading.names, where)}"
    )


def walk(
    database: Database,
    reading: Reading,
    order: list[Column],
    begin: list[str] | None,
    where: str = "",
) -> Iterator[list[tuple]]:
    """Pages of a table in an order, from a place on: a value of the first column (that one too), or of all of them."""
    places = [reading.columns.index(column) for column in order]
    after = begin
    while True:
        condition, parameters = where, []
        if after is not None:
            condition, parameters = database.after(
                order[: len(after)], after, is_from=len(after) < len(order)
            )
            condition = f"{where} and ({condition})" if where else condition
        rows = database.page(
            database.table(reading.source_name),
            reading.columns,
            order,
            (condition, parameters),
            reading.table.page_rows,
        )
        if rows:
            yield rows
        if len(rows) < reading.table.page_rows:
            return
        after = [rows[-1][place] for place in places]


def land(pages: Pages, reading: Reading, rows: list[tuple]) -> int:
    """Writes of some rows those that are not the newest landed version of their key, by the table `known`; how many."""
    connection = pages.connection
    names, key = reading.names, reading.key_names
    batch = as_table(names, rows)
    tells_deletion = "_deleted_at" in names
    connection.register("batch", batch)
    try:
        connection.execute(
            f"""
            create or replace temp table fresh as
            select read.*
            from (
                select 
                    *,
                    {key_text(key)} as "loader key",
                    md5({row_text(names, set(names))}) as "loader hash"
                from batch
            ) as read
            left join known
                on read."loader key" = known.key
            where known.hash is distinct from read."loader hash" {"" if tells_deletion else "or known.is_deleted"}"""
        )
        check_keys(connection, reading, batch.num_rows)
    finally:
        connection.unregister("batch")
    count = connection.execute("select count(*) from fresh").fetchone()[0]
    if count:
        own = "" if tells_deletion else ", cast(null as varchar) as _deleted_at"
        columns = ", ".join(identifier(name) for name in names)
        pages.write(f"select {columns}{own} from fresh", count)
        connection.execute(
            f"""
            delete from known where key in (select "loader key" from fresh);
            insert into known
            select "loader key", "loader hash", {"_deleted_at is not null" if tells_deletion else "false"} from fresh"""
        )
    return count


def check_keys(connection, reading: Reading, rows: int) -> None:
    """Stops where the key of a table is none: the loader would lose rows."""
    names = ", ".join(identifier(name) for name in reading.key_names)
    empty = " or ".join(f"{identifier(name)} is null" for name in reading.key_names)
    is_empty, keys = connection.execute(
        f"select count(case when {empty} then 1 end), count(distinct {key_text(reading.key_names)}) from batch"
    ).fetchone()
    where = f"{reading.table.name}: the key {', '.join(reading.table.key)} of {reading.source_name}"
    if is_empty:
        raise Problem(
            f"{where} is empty in {is_empty:,} rows of a page. Name columns that are always filled."
        )
    if keys < rows:
        twice = connection.execute(
            f"select {names} from batch group by all having count(*) > 1 order by all limit 1"
        ).fetchone()
        raise Problem(
            f"{where} is in two rows: {', '.join(twice)}. Name the columns that tell rows apart."
        )
