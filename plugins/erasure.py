"""Which raw rows are those of persons who asked to be forgotten, as SQL made from the contracts of the raw tables.

A person is a key of app.customers. What leads to a row of it: the person's own key; a key of a row of the person, such
as an order or an invitation; a device that nobody else used. A row that names another person is that person's.

`raw.erased_keys` (kind, key, person) holds the keys, `raw.erased_texts` what names them in the words of others. A kind
is a raw table (app.orders), or the name of a column that identifies a device (anonymous_id). Both the build (macros/
erasure.sql) and tools/forget.py run these statements over landed tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass

PERSONS = "app.customers"
REQUESTS = "privacy__erasure_requests"
KEYS, TEXTS = "raw.erased_keys", "raw.erased_texts"
# Whom they name is not kept.
END = f"drop table {KEYS}; drop table {TEXTS}"
# Keys of keys: a customer's order, its payment, the payment's dispute, and one more for a company's own tables.
STEPS = 4
PUT_IN_PLACE = "[erased]"
# A shorter text is in too many words of others.
SHORTEST_TEXT, SHORTEST_HANGUL = 6, 3


@dataclass(frozen=True)
class Way:
    """A value of a row that leads to a person: the SQL of its kind and of its key, and whether it names the person."""

    kind: str
    key: str
    is_owner: bool = False
    is_device: bool = False


@dataclass(frozen=True)
class Table:
    """A raw table that holds rows of persons. Of a kept one `blanked` are the columns that lose their value."""

    name: str
    relation: str
    ways: tuple[Way, ...]
    key: str | None
    is_kept: bool
    blanked: tuple[str, ...]
    named_by: tuple[str, ...]
    free_texts: tuple[str, ...]


class CannotKeep(Exception):
    """Why a table cannot be kept without its persons, and what to do."""


def kind_of(table: str) -> str:
    """The kind of a raw table's keys: app__orders is app.orders."""
    return table.replace("__", ".")


def value(column: str) -> str:
    return f"nullif(trim(cast(raw_rows.{column} as varchar)), '')"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def tables_of(contracts: Iterable[dict], keeps: Iterable[str]) -> list[Table]:
    """The tables with rows of persons; a contract is {name, key, columns: [{name, pii, parent, parents, optional}]}."""
    contracts = [each for each in contracts if each["name"] != REQUESTS]
    names = {kind_of(each["name"]) for each in contracts}
    if unknown := sorted(set(keeps) - names):
        raise CannotKeep(
            f"The var erasure_keeps names {unknown[0]}, which is no raw table. Write it as app.orders."
        )
    personal, found = {PERSONS}, []
    parents = {
        parent for each in contracts for column in each["columns"] for parent in parents_of(column)
    } & names
    for _ in range(STEPS):
        found = [(each, ways_of(each, personal)) for each in contracts]
        personal |= {kind_of(each["name"]) for each, ways in found if ways} & parents
    return [table_of(each, ways, parents, set(keeps)) for each, ways in found if ways]


def parents_of(column: dict) -> list[str]:
    by_type = [parent for kind, parent in (column.get("parents") or {}).items() if kind != "by"]
    return [parent for parent in [column.get("parent"), *by_type] if parent]


def ways_of(contract: dict, personal: set[str]) -> tuple[Way, ...]:
    own = kind_of(contract["name"])
    ways = []
    for column in contract["columns"]:
        name = column["name"]
        if [name] == contract["key"] and own in personal:
            ways.append(Way(literal(own), value(name), is_owner=own == PERSONS))
        if column.get("parent") in personal:
            ways.append(Way(literal(column["parent"]), value(name), column["parent"] == PERSONS))
        elif column.get("parents"):
            cases = " ".join(
                f"when {literal(kind)} then {literal(parent)}"
                for kind, parent in column["parents"].items()
                if kind != "by"
            )
            ways.append(
                Way(f"case lower({value(column['parents']['by'])}) {cases} end", value(name))
            )
        elif column.get("pii") == "device_id":
            ways.append(Way(literal(name), value(name), is_device=True))
    return tuple(ways)


def table_of(contract: dict, ways, parents: set[str], keeps: set[str]) -> Table:
    own = kind_of(contract["name"])
    is_kept = own in keeps
    blanked = [
        column["name"]
        for column in contract["columns"]
        if (column.get("pii") or "none") != "none" and [column["name"]] != contract["key"]
    ]
    for column in contract["columns"]:
        if is_kept and (own == PERSONS or (column["name"] in blanked and not column["optional"])):
            what = (
                "it is the table of persons"
                if own == PERSONS
                else f"its {column['name']} must have a value"
            )
            raise CannotKeep(
                f"The var erasure_keeps names {own}, but {what}: take it out of the list."
            )
    named_by = [
        column["name"]
        for column in contract["columns"]
        if column.get("pii") in ("name", "email", "phone")
    ]
    texts = [column["name"] for column in contract["columns"] if column.get("pii") == "free_text"]
    return Table(
        name=contract["name"],
        relation=f"raw.raw_{contract['name']}",
        ways=tuple(way for way in ways if not (is_kept and way.is_device)),
        key=contract["key"][0] if len(contract["key"]) == 1 and own in parents else None,
        is_kept=is_kept,
        blanked=tuple(blanked),
        named_by=tuple(named_by),
        free_texts=tuple(texts),
    )


def matched(table: Table, selected: str) -> str:
    """SQL: `selected` of each row of a table that is a row of a person who is erased; the person's key is `person`."""
    owner = next((way for way in table.ways if way.is_owner), None)
    joins, others = [], []
    for place, way in enumerate(table.ways):
        joins.append(
            f"left join {KEYS} as key_{place} on key_{place}.kind = {way.kind} and key_{place}.key = {way.key}"
        )
        if way is not owner:
            others.append(f"key_{place}.key is not null")
    is_persons = []
    if owner:
        is_persons.append(f"key_{table.ways.index(owner)}.key is not null")
    if others:
        nobody = f"{owner.key} is null and " if owner else ""
        is_persons.append(f"{nobody}({' or '.join(others)})")
    persons = ", ".join(f"key_{place}.person" for place in range(len(table.ways)))
    return (
        f"select {selected}, coalesce({persons}) as person from {table.relation} as raw_rows "
        f"{' '.join(joins)} where ({' or '.join(is_persons)}{lines_of_persons()})"
    )


def lines_of_persons() -> str:
    """SQL: whether a line that could not be read names a person."""
    return (
        " or (raw_rows._unreadable_line is not null and exists (select 1 from "
        f"{TEXTS} as texts where regexp_matches(raw_rows._unreadable_line, texts.in_a_line)))"
    )


def key_statements(tables: list[Table], asked: Iterable[str], knows_forgotten: bool) -> list[str]:
    """Fills raw.erased_keys: from the requests, from further persons, and from what was forgotten before."""
    statements = [
        f"create or replace table {KEYS} (kind varchar, key varchar, person varchar)",
        f"create or replace table {TEXTS} (text varchar, in_a_line varchar)",
        *(
            f"insert into {KEYS} values ({literal(PERSONS)}, {literal(person)}, {literal(person)})"
            for person in sorted(set(asked))
        ),
        new_keys(
            f"""
            select {literal(PERSONS)} as kind, requests.customer_id as key, requests.customer_id as person
            from ({requests()}) as requests where not requests.is_before_the_person
            """
        ),
    ]
    ways = [(table, way) for table in tables for way in table.ways]
    if knows_forgotten:
        every = " union ".join(
            f"select {way.kind} as kind, {way.key} as key from {table.relation} as raw_rows"
            for table, way in ways
        )
        statements.append(
            new_keys(
                f"""
                select kind, key, cast(null as varchar) as person from ({every}) as every_key
                where kind is not null and key is not null and is_forgotten(kind, key)
                """
            )
        )
    if devices := devices_of(tables):
        statements.append(new_keys(devices))
    steps = [
        new_keys(
            f"select {literal(table.name.replace('__', '.'))} as kind, key, person "
            f"from ({matched(table, f'{value(table.key)} as key')}) as found"
        )
        for table in tables
        if table.key and kind_of(table.name) != PERSONS
    ]
    return [*statements, *steps * STEPS, *text_statements(tables)]


def new_keys(select: str) -> str:
    return (
        f"insert into {KEYS} select kind, key, min(person) from ({select}) as found where key is not null "
        f"and not exists (select 1 from {KEYS} as known where known.kind = found.kind and known.key = found.key) "
        "group by kind, key"
    )


def requests() -> str:
    """SQL: each customer who asked, when first, and whether the customer was made only days after all requests."""
    return f"""
        select
            trim(asked.customer_id) as customer_id,
            min(try_cast(asked.requested_at as timestamp)) as requested_at,
            coalesce(
                max(try_cast(asked.requested_at as timestamp)) < any_value(customers.created_at) - interval 1 day,
                false
            ) as is_before_the_person
        from raw.raw_{REQUESTS} as asked
        left join (
            select
                trim(customer_id) as customer_id,
                min(try_cast(created_at as timestamp)) as created_at
            from raw.raw_{PERSONS.replace(".", "__")}
            group by 1
        ) as customers
            on trim(asked.customer_id) = customers.customer_id
        where nullif(trim(asked.customer_id), '') is not null
        group by 1
    """


def devices_of(tables: list[Table]) -> str:
    """SQL: the devices that only erased persons used."""
    used = []
    for table in tables:
        owner = next((way.key for way in table.ways if way.is_owner), None)
        used += [
            f"select {way.kind} as kind, {way.key} as key, {owner} as owner from {table.relation} as raw_rows"
            for way in table.ways
            if way.is_device and owner
        ]
    return (
        f"""
        select used.kind, used.key, min(erased.person) as person
        from ({" union ".join(used)}) as used
        left join {KEYS} as erased on erased.kind = {literal(PERSONS)} and erased.key = used.owner
        where used.key is not null
        group by used.kind, used.key
        having count(erased.key) > 0 and count(used.owner) = count(erased.key)
        """
        if used
        else ""
    )


def text_statements(tables: list[Table]) -> list[str]:
    """Fills raw.erased_texts: names that nobody else has, addresses and numbers; and the keys, for unreadable lines."""
    statements = []
    for table in tables:
        for column in table.named_by:
            statements.append(
                f"""
                insert into {TEXTS}
                select every.text, '(?i)' || regexp_escape(every.text)
                from (
                    select {value(column)} as text, count(*) as row_count from {table.relation} as raw_rows group by 1
                ) as every
                inner join (
                    select text, count(*) as row_count from ({matched(table, f"{value(column)} as text")}) group by 1
                ) as of_persons
                    on every.text = of_persons.text and every.row_count = of_persons.row_count
                where length(every.text) >= case
                    when regexp_matches(every.text, '[가-힣]') then {SHORTEST_HANGUL} else {SHORTEST_TEXT}
                end
                """
            )
    statements.append(
        f"""
        insert into {TEXTS}
        select null, '(^|[^0-9A-Za-z_])' || regexp_escape(key) || '([^0-9A-Za-z_]|$)'
        from {KEYS} where kind in ({literal(PERSONS)}, 'anonymous_id')
        """
    )
    return statements


def count_statement(tables: list[Table]) -> str:
    """SQL: how many rows of each table are to be erased, or hold what is, and whether the table is a view."""
    return " union all ".join(
        f"""
        select
            {literal(table.name)} as name,
            (select count(*) from ({rows_to_change(table, "1 as one")}) as of_persons)
            + (select count(*) from {table.relation} as raw_rows where {names_a_person(table)}) as row_count,
            (
                select count(*) > 0 from duckdb_views()
                where schema_name = 'raw' and view_name = {literal(f"raw_{table.name}")}
            ) as is_view
        """
        for table in tables
    )


def rows_to_change(table: Table, selected: str) -> str:
    """Of a kept table only rows that still have something to lose."""
    if not table.is_kept:
        return matched(table, selected)
    held = " or ".join(f"raw_rows.{column} is not null" for column in table.blanked) or "false"
    return f"{matched(table, selected)} and ({held})"


def names_a_person(table: Table) -> str:
    """SQL: whether the words of a row name a person who is erased."""
    return (
        " or ".join(
            f"regexp_matches(raw_rows.{column}, ({words()}))" for column in table.free_texts
        )
        or "false"
    )


def words() -> str:
    return (
        f"select '(?i)' || string_agg(regexp_escape(text), '|') from {TEXTS} where text is not null"
    )


def change_statements(table: Table, arrival_day: str, is_view: bool) -> list[str]:
    """Takes the rows of persons out of a landed table, or what is personal out of those that are kept, and counts them.

    `arrival_day` is the SQL of the day on which a row arrived; rows are counted by it in raw.erased_rows.
    """
    statements = []
    if is_view:
        made = f"{table.relation}__copied"
        statements = [
            f"create or replace table {made} as from {table.relation}",
            f"drop view {table.relation}",
            f"alter table {made} rename to raw_{table.name}",
            f"update raw.landed_files set relation_type = 'table' where table_name = 'raw_{table.name}'",
        ]
    statements += [
        f"create or replace temporary table erased_row_ids as {rows_to_change(table, 'raw_rows.rowid as id')}",
        f"""
        insert into raw.erased_rows
        select
            'raw_{table.name}', {literal("kept" if table.is_kept else "erased")}, erased_row_ids.person,
            {arrival_day}, count(*)
        from {table.relation} as raw_rows
        inner join erased_row_ids on raw_rows.rowid = erased_row_ids.id
        group by all
        """,
    ]
    ids = "rowid in (select id from erased_row_ids)"
    if not table.is_kept:
        statements.append(f"delete from {table.relation} where {ids}")
    elif table.blanked:
        empty = ", ".join(f"{column} = null" for column in table.blanked)
        statements.append(f"update {table.relation} set {empty} where {ids}")
    for column in table.free_texts:
        statements.append(
            f"update {table.relation} as raw_rows "
            f"set {column} = regexp_replace({column}, ({words()}), {literal(PUT_IN_PLACE)}, 'g') "
            f"where regexp_matches(raw_rows.{column}, ({words()}))"
        )
    return [*statements, "drop table erased_row_ids"]
