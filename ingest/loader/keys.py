"""What no cursor shows: keys that are gone from the source, and rows that changed though their cursor did not."""

import datetime
import json
from collections.abc import Iterator

from . import databases
from .columns import Reading
from .databases import Database
from .pages import Pages, as_table, identifier, key_text
from .sources import Problem
from .versions import KEYS_PER_ROW, Progress, land

# More than this share of the keys gone is no deletion, until somebody says so.
MOST_GONE_SHARE = 0.5
FEW_KEYS = 20
KEY_PAGE_ROWS = 100_000


def find_deletions(
    database: Database, reading: Reading, pages: Pages, progress: Progress, may_shrink: bool
) -> list[str]:
    """Lands a row with `_deleted_at` for each landed key that the source no longer has."""
    if not pages.files:
        return []
    pages.connection.execute(
        "create or replace temp table there (key varchar, hash varchar, page bigint)"
    )
    for _ in walk_keys(database, reading, pages, progress, with_hash=False):
        pass
    return land_deletions(reading, pages, progress, may_shrink)


def land_deletions(
    reading: Reading, pages: Pages, progress: Progress, may_shrink: bool
) -> list[str]:
    """The same, with the keys that are there in the table `there`."""
    connection = pages.connection
    connection.execute(
        f"""
        create or replace temp table live as
        select key from ({pages.newest_versions(reading.key_names, [])}) where not is_deleted;
        create or replace temp table gone as
        select key from live where key not in (select key from there)"""
    )
    landed, gone, there = connection.execute(
        "select (select count(*) from live), (select count(*) from gone), (select count(*) from there)"
    ).fetchone()
    if not gone:
        return []
    if landed >= FEW_KEYS and gone > landed * MOST_GONE_SHARE and not may_shrink:
        raise Problem(
            f"{reading.table.name}: {reading.source_name} has shrunk: {gone:,} of {landed:,} landed rows are gone from "
            f"it, {there:,} are there. Nothing is marked as deleted. Is it the right database, and may its user see "
            f"all rows? If they were really deleted: make load SHRUNK={reading.table.name}. If old rows are purged and "
            "should stay here: deletes: false."
        )
    names = [name for name in described(pages) if name not in ("_loaded_at", "_deleted_at")]
    columns = ", ".join(identifier(name) for name in names)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    pages.write(
        f"""
        select {columns}, '{now}' as _deleted_at
        from (
            select
                *,
                row_number() over (partition by {key_text(reading.key_names)} order by _loaded_at desc) as "loader rank"
            from {pages.reader()}
            where {key_text(reading.key_names)} in (select key from gone)
        )
        where "loader rank" = 1""",
        gone,
    )
    progress.deleted += gone
    return []


def described(pages: Pages) -> list[str]:
    found = pages.connection.execute(f"select column_name from (describe from {pages.reader()})")
    return [name for (name,) in found.fetchall()]


def compare_all(
    database: Database, reading: Reading, pages: Pages, progress: Progress, may_shrink: bool
) -> list[str]:
    """Compares every row with its newest landed version by a hash that the source makes, a range of keys at a time;
    reads the ranges that differ, and lands what changed; then the deletions. Returns what was found."""
    if not pages.files:
        return []
    connection = pages.connection
    connection.execute(
        "create or replace temp table there (key varchar, hash varchar, page bigint)"
    )
    connection.execute(
        f"create or replace temp table known as {pages.newest_versions(reading.key_names, reading.names)}"
    )
    tells_deletion = "_deleted_at" in reading.names
    unseen, went_back, added, example = 0, 0, 0, ""
    for page, first, last in walk_keys(database, reading, pages, progress, with_hash=True):
        differing = connection.execute(
            f"""
            select there.key, known.key is null or known.is_deleted
            from there
            left join known
                on there.key = known.key
            where
                there.page = {page}
                and (known.hash is distinct from there.hash {"" if tells_deletion else "or known.is_deleted"})
            order by 1"""
        ).fetchall()
        if not differing:
            continue
        before = cursors_of(reading, pages, [key for key, _ in differing])
        for rows in read_range(database, reading, first, last):
            progress.add(len(rows), land(pages, reading, rows))
            for is_back, key, is_new in unseen_of(reading, pages, before, differing):
                example = example or readable_key(reading, key)
                added += is_new
                unseen += not is_new
                went_back += is_back
    said = []
    if unseen or added:
        said.append(
            f"the comparison found {unseen:,} changed and {added:,} added rows that "
            f"{'no ' + reading.cursor.name if reading.cursor else 'nothing'} had shown"
            f"{f' ({went_back:,} of them went back in it)' if went_back else ''}, for example {example}"
        )
    if reading.table.finds_deletions:
        said += land_deletions(reading, pages, progress, may_shrink)
    return said


def readable_key(reading: Reading, key: str) -> str:
    """A key as people read it."""
    return key if len(reading.key) == 1 else ", ".join(json.loads(key))


def cursors_of(reading: Reading, pages: Pages, keys: list[str]) -> dict[str, str | None]:
    """The cursor of the newest landed version of some keys."""
    if reading.cursor_name is None or reading.cursor_name not in pages.names():
        return {}
    pages.connection.register("asked", as_table(["key"], [(key,) for key in keys]))
    try:
        found = pages.connection.execute(
            f"""
            select {key_text(reading.key_names)} as key, arg_max({identifier(reading.cursor_name)}, _loaded_at)
            from {pages.reader()}
            where {key_text(reading.key_names)} in (select key from asked)
            group by 1"""
        )
        return dict(found.fetchall())
    finally:
        pages.connection.unregister("asked")


def unseen_of(
    reading: Reading, pages: Pages, before: dict, differing: list
) -> Iterator[tuple[bool, str, bool]]:
    """Of the rows just landed (the table `fresh`), those that the cursor should have shown and did not: whether it went
    back, the key, and whether the key is new. What changed after the pass was at its end is no fault of the cursor."""
    if reading.cursor is None:
        return
    is_new = dict(differing)
    column, place = reading.cursor, pages.state.place
    read_to = databases.place(column, place[0]) if place else None
    fresh = pages.connection.execute(
        f'select "loader key", {identifier(reading.cursor_name)} from fresh order by 1'
    )
    for key, value in fresh.fetchall():
        if value is None or read_to is None or databases.place(column, value) > read_to:
            continue
        old = databases.place(column, before.get(key))
        went_back = old is not None and databases.place(column, value) < old
        yield went_back, key, bool(is_new.get(key, True))


def walk_keys(
    database: Database, reading: Reading, pages: Pages, progress: Progress, with_hash: bool
) -> Iterator[tuple[int, list | None, list]]:
    """Fills the table `there` with the keys of the source. A page: its number, the key before it, its last key."""
    table = database.table(reading.source_name)
    rows_a_page = (
        reading.table.page_rows if with_hash else max(reading.table.page_rows, KEY_PAGE_ROWS)
    )
    extra = f", {database.row_hash(reading.columns)}" if with_hash else ""
    last, page = None, 0
    while True:
        condition = database.after(reading.key, last) if last else ("", [])
        rows = database.page(table, reading.key, reading.key, condition, rows_a_page, extra)
        if not rows:
            return
        size = len(reading.key)
        names = [f"k{place}" for place in range(size)]
        batch = as_table(
            [*names, "hash"], [(*row[:size], row[size] if with_hash else None) for row in rows]
        )
        pages.connection.register("batch", batch)
        pages.connection.execute(
            f"insert into there select {key_text(names)}, hash, {page} from batch"
        )
        pages.connection.unregister("batch")
        progress.wait(len(rows) / KEYS_PER_ROW)
        first, last = last, list(rows[-1][:size])
        yield page, first, last
        page += 1
        if len(rows) < rows_a_page:
            return


def read_range(
    database: Database, reading: Reading, first: list | None, last: list
) -> Iterator[list[tuple]]:
    """The rows of a range of keys, after `first` up to `last`."""
    after, parameters = database.after(reading.key, first) if first else ("", [])
    beyond, more = database.after(reading.key, last)
    condition = f"{f'({after}) and ' if after else ''}not ({beyond})"
    rows = database.page(
        database.table(reading.source_name),
        reading.columns,
        reading.key,
        (condition, [*parameters, *more]),
        None,
    )
    if rows:
        yield rows
