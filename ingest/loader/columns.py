"""The columns of a source: what they are called in raw, and what changed since they were read last."""

from dataclasses import dataclass

from .databases import Column, Database
from .pages import Pages, as_table, identifier, key_text
from .sources import Problem, Table, like

SAMPLE_ROWS = 500
LIKELY_SHARE = 0.9


@dataclass(frozen=True)
class Reading:
    """What is read of a table: columns of the source beside their names in raw; its key and its cursor."""

    table: Table
    source_name: str
    columns: list[Column]
    names: list[str]
    key: list[Column]
    key_names: list[str]
    cursor: Column | None
    cursor_name: str | None


def reading_of(database: Database, table: Table, required: list[str], pages: Pages) -> Reading:
    """How a table is read; a Problem where a column that is needed is not there."""
    there = database.columns(table.source_name)
    by_name = {column.name: column for column in there}
    where = f"{table.name} ({table.source_name} of {database.source.name})"
    for what, names in (
        ("key", table.key),
        ("cursor", (table.cursor,) if table.cursor else ()),
        ("leave_out", table.leave_out),
    ):
        for name in names:
            if name not in by_name and not (what == "leave_out" and name in pages.state.columns):
                raise Problem(
                    f"{where} has no column {name}, which {what} names{like(name, by_name)}. "
                    f"It has: {', '.join(by_name)}."
                )
    columns = [column for column in there if column.name not in table.leave_out]
    names = [table.columns.get(column.name, column.name).lower() for column in columns]
    for name in names:
        if names.count(name) > 1:
            both = [column.name for column, its in zip(columns, names, strict=True) if its == name]
            raise Problem(
                f"{where}: {' and '.join(both)} would both be {name}. Leave one out (leave_out), or rename it."
            )
    if "_loaded_at" in names:
        raise Problem(
            f"{where} has a column _loaded_at, which the loader writes. Leave it out (leave_out)."
        )
    if lacking := [name for name in required if name not in names]:
        raise Problem(_lacks(where, lacking, database, table, columns, names, pages))
    wrong = [name for name in table.columns if name not in by_name]
    if wrong and wrong[0] not in pages.state.columns:
        raise Problem(
            f"{where} has no column {wrong[0]}, which columns names{like(wrong[0], by_name)}."
        )
    raw_name = dict(zip((column.name for column in columns), names, strict=True))
    if left := [name for name in (*table.key, table.cursor) if name and name not in raw_name]:
        raise Problem(f"{where}: {left[0]} is left out, and the loader needs it.")
    cursor = by_name[table.cursor] if table.cursor else None
    if cursor and cursor.kind not in ("moment", "day", "whole", "exact"):
        raise Problem(
            f"{where}: the cursor {cursor.name} is {cursor.type}, whose order is not that of time. Name a timestamp, "
            "a date or a number, or no cursor: the table is then compared as a whole at each load."
        )
    return Reading(
        table=table,
        source_name=table.source_name,
        columns=columns,
        names=names,
        key=[by_name[name] for name in table.key],
        key_names=[raw_name[name] for name in table.key],
        cursor=cursor,
        cursor_name=raw_name[cursor.name] if cursor else None,
    )


def _lacks(where, lacking, database, table, columns, names, pages) -> str:
    """What to say of columns that the contract requires and the source has not."""
    said = f"{where} lacks what the contract requires: {', '.join(lacking)}. "
    gone = {table.columns.get(name, name).lower(): name for name in pages.state.columns}
    there = {column.name for column in columns}
    for name in lacking:
        old = gone.get(name)
        if old and old not in there:
            new = [column for column in columns if column.name not in pages.state.columns]
            pair = likely_names(database, table, pages, [name], new).get(name)
            said += f"Until now it was {old}. "
            if pair:
                return f"{said}Its values are now in {pair}: write columns: {{{pair}: {name}}}."
    return f"{said}It has: {', '.join(column.name for column in columns)}. Write columns: {{<its name>: {lacking[0]}}}."


def changes(database: Database, reading: Reading, pages: Pages) -> list[str]:
    """What changed of the columns since they were read last, one sentence each."""
    before = {
        name: kind
        for name, kind in pages.state.columns.items()
        if name not in reading.table.leave_out
    }
    now = {column.name: column for column in reading.columns}
    if not before:
        return []
    new = [column for name, column in now.items() if name not in before]
    gone = [name for name in before if name not in now]
    raw = {name: reading.table.columns.get(name, name).lower() for name in gone}
    pairs = likely_names(database, reading.table, pages, list(raw.values()), new) if new else {}
    said = [f"new column {column.name} ({column.type})" for column in new]
    for name in gone:
        pair = pairs.get(raw[name])
        said.append(
            f"column {name} is gone{f', probably renamed to {pair}: its values are there' if pair else ''}"
        )
    said += [
        f"column {name} was {before[name]} and is {column.type}"
        for name, column in now.items()
        if name in before and before[name] != column.type
    ]
    return said


def likely_names(
    database: Database, table: Table, pages: Pages, gone: list[str], new: list[Column]
) -> dict[str, str]:
    """For raw columns that are gone, the new column of the source that holds the same values for the same keys."""
    there = {column.name: column for column in database.columns(table.source_name)}
    key = [there[name] for name in table.key if name in there]
    if not new or not gone or not pages.files or len(key) < len(table.key):
        return {}
    landed = pages.names()
    key_names = [table.columns.get(column.name, column.name).lower() for column in key]
    gone = [name for name in gone if name in landed]
    if not gone or not set(key_names) <= landed:
        return {}
    rows = database.page(
        database.table(table.source_name), [*key, *new], key, ("", []), SAMPLE_ROWS
    )
    if not rows:
        return {}
    sample = as_table(
        [f"k{place}" for place in range(len(key))] + [f"n{place}" for place in range(len(new))],
        rows,
    )
    found = {}
    with pages.connection.cursor() as cursor:
        cursor.register("sample", sample)
        for name in gone:
            shares = []
            for place, column in enumerate(new):
                same, all_rows = cursor.execute(
                    f"""
                    select count(case when landed.value = sample.n{place} then 1 end), count(*)
                    from (
                        select {key_text(key_names)} as key, arg_max({identifier(name)}, _loaded_at) as value
                        from {pages.reader()} group by 1
                    ) as landed
                    inner join sample
                        on landed.key = {key_text([f"k{at}" for at in range(len(key))])}
                    where landed.value is not null or sample.n{place} is not null"""
                ).fetchone()
                shares.append((same / all_rows if all_rows >= 3 else 0, column.name))
            share, best = max(shares)
            if share >= LIKELY_SHARE:
                found[name] = best
    return found
