"""From the newest versions of events to visits, channels and funnels, for the visitors that were touched.

The compiled SQL of each model runs over the rows of those visitors alone, and its rows take the place of theirs in the
tables that are kept. A visit's order and a funnel are of a customer with several devices: those are touched together.
"""

import duckdb

from live.models import FUNNEL_MODELS, Models

# As events name a visitor (macros/ids.sql).
VISITOR = "coalesce('device ' || anonymous_id, 'customer ' || customer_id)"
# Of so many visitors the rows are worked on at once, which bounds the memory of a backlog.
MOST_VISITORS = 50_000
# The models that are tables of the touched visitors, in order; sessions needs orders and what is converted elsewhere.
CHAIN = ("int_session_runs", "int_sessions", "int_arrivals", "session_sources")
KEPT = {"events": "occurred_at", "sessions": "ended_at", "session_sources": "ended_at"}


def views(connection: duckdb.DuckDBPyConnection, models: Models) -> None:
    """What the models read of the touched visitors, and no more."""
    execute, relation = connection.execute, models.relations
    execute("create table kept.touched (brand varchar, visitor_id varchar)")
    execute("create table kept.now (brand varchar, visitor_id varchar)")
    execute(
        f"create or replace view {relation['validated_events__events']} as "
        f"select * from kept.events__events where (brand, {VISITOR}) in (from kept.now)"
    )
    execute(
        f"create or replace view {relation['stg_events__events']} as {models.sql['stg_events__events']}"
    )
    execute(
        f"create or replace table {relation['int_planned_events']} as {models.sql['int_planned_events']}"
    )
    execute(
        f"create or replace view {relation['stg_ads__campaigns']} as {models.sql['stg_ads__campaigns']}"
    )


def begin(connection: duckdb.DuckDBPyConnection, models: Models, source: str) -> None:
    """Empty tables to keep, and what the warehouse says about visitors that nobody has touched."""
    execute, relation = connection.execute, models.relations

    def of_warehouse(name: str) -> str:
        return relation[name].replace(f'"{models.database}"', source, 1)

    execute(
        f"create table kept.owners as select distinct brand, visitor_id, customer_id "
        f"from {of_warehouse('events')} where customer_id is not null"
    )
    execute(
        f"create table kept.converting as select distinct brand, visitor_id "
        f"from {of_warehouse('int_sessions')} where has_converting_event"
    )
    execute(f"create table kept.orders as select * from {of_warehouse('orders')}")
    execute(f"create table {relation['int_landings']} as from {of_warehouse('int_landings')}")
    run(connection, models)
    for name in KEPT:
        execute(f"create table kept.{name} as from {relation[name]} limit 0")
    if has_funnels(models):
        execute(f"create table kept.funnel_visitors as from {relation['int_funnel_visitors']}")
    execute("create table kept.converting_brands (brand varchar)")
    execute(f"insert into kept.converting_brands {CONVERTING_BRANDS}")


def has_funnels(models: Models) -> bool:
    return "int_funnel_visitors" in models.sql


# Brands of which events or orders tell whether a visit converted (core.sessions).
CONVERTING_BRANDS = """
    select brand from kept.converting
    union
    select brand from kept.orders where is_paid and order_type = 'purchase'
"""


def touch(connection: duckdb.DuckDBPyConnection) -> None:
    """The visitors of the rows of `judged` whose status is new, and those that a row named before."""
    connection.execute(
        f"""
        insert into kept.touched
        select distinct brand, {VISITOR} from judged
        where row_status = 'staged' and not is_kept or row_status <> 'staged' and is_kept
        """
    )
    connection.execute(
        """
        insert into kept.touched
        select distinct owners.brand, owners.visitor_id
        from kept.owners as owners
        inner join judged on owners.brand = judged.brand and owners.customer_id = judged.customer_id
        where judged.row_status = 'staged' and not judged.is_kept
        """
    )


def touch_since(connection: duckdb.DuckDBPyConnection, moment: str) -> None:
    """The visitors of which the warehouse has events from a moment on."""
    connection.execute(
        f"""
        insert into kept.touched
        select distinct brand, {VISITOR} from kept.events__events
        where row_status = 'staged'
            and coalesce(received_at, occurred_at) >= cast('{moment}' as timestamp)
        """
    )


def count(connection: duckdb.DuckDBPyConnection, models: Models, keep_from: str) -> int:
    """Counts the touched visitors again, until no other is touched by that; returns how many there were."""
    execute = connection.execute
    total = 0
    while touched := _next(connection):
        total += touched
        _with_their_other_devices(connection, "kept.owners")
        is_closed = False
        while not is_closed:
            for name in ("int_staged_events", "events"):
                execute(f"create or replace table {models.relations[name]} as {models.sql[name]}")
            is_closed = not _with_their_other_devices(connection, models.relations["events"])
        run(connection, models, from_events=True)
        _keep(connection, models, keep_from)
        execute("delete from kept.touched where (brand, visitor_id) in (from kept.now)")
        execute(
            f"""
            insert into kept.touched
            select distinct brand, {VISITOR} from kept.events__events
            where brand in (
                ({CONVERTING_BRANDS} except from kept.converting_brands)
                union (from kept.converting_brands except ({CONVERTING_BRANDS}))
            )
            """
        )
        execute("truncate kept.converting_brands")
        execute(f"insert into kept.converting_brands {CONVERTING_BRANDS}")
    return total


def compact(connection: duckdb.DuckDBPyConnection, models: Models) -> None:
    """Writes the kept tables anew: rows that others took the place of would stay in memory all day."""
    names = ["events__events", "owners", "converting", *KEPT]
    names += ["funnel_visitors"] if has_funnels(models) else []
    for name in names:
        connection.execute(f"create or replace table kept.{name} as from kept.{name}")


def _next(connection: duckdb.DuckDBPyConnection) -> int:
    """Some of the touched visitors; how many."""
    connection.execute("truncate kept.now")
    (touched,) = connection.execute(
        f"insert into kept.now select distinct brand, visitor_id from kept.touched limit {MOST_VISITORS}"
    ).fetchone()
    return touched


def _with_their_other_devices(connection: duckdb.DuckDBPyConnection, owners: str) -> int:
    """Adds the other devices of the customers who own a touched one by `owners`; returns how many."""
    (others,) = connection.execute(
        f"""
        insert into kept.now
        select distinct others.brand, others.visitor_id
        from kept.owners as others
        where
            (others.brand, others.customer_id) in (
                select brand, customer_id from {owners}
                where (brand, visitor_id) in (from kept.now)
            )
            and (others.brand, others.visitor_id) not in (from kept.now)
        """
    ).fetchone()
    return others


def run(connection: duckdb.DuckDBPyConnection, models: Models, from_events: bool = False) -> None:
    """The models over the visitors of kept.now."""

    def make(name: str) -> None:
        connection.execute(
            f"create or replace table {models.relations[name]} as {models.sql[name]}"
        )

    relation = models.relations
    if not from_events:
        make("int_staged_events")
        make("events")
    for name in CHAIN:
        if name == "int_arrivals":
            _know_origins(connection, models)
        if name == "session_sources":
            # It has no source, so that it is no session of the result: it says that the brand's visits can convert.
            connection.execute(
                f"""
                insert into {relation["int_sessions"]} by name
                select 'any of ' || brand as session_id, brand, true as has_converting_event
                from kept.converting where (brand, visitor_id) not in (from kept.now)
                group by brand
                """
            )
            make(name)
            connection.execute(
                f"delete from {relation[name]} where session_id = 'any of ' || brand"
            )
        else:
            make(name)
    connection.execute(
        f"""
        create or replace table {relation["orders"]} as
        select * from kept.orders
        where
            (brand, customer_id) in (select brand, customer_id from {relation["events"]})
            or order_id in (
                select min(order_id) from kept.orders
                where is_paid and order_type = 'purchase' group by brand
            )
        """
    )
    make("sessions")
    for name in FUNNEL_MODELS[:2] if has_funnels(models) else ():
        make(name)


def _know_origins(connection: duckdb.DuckDBPyConnection, models: Models) -> None:
    """Where a visit comes from says the same of every visit: the landings of the warehouse are kept, and those of
    origins that nobody has come from before are added."""
    execute, relation = connection.execute, models.relations
    landings = relation["int_landings"]
    execute(
        f"""
        create or replace temp table new_origins as
        select * from {relation["int_session_runs"]}
        where origin is not null and origin not in (select origin from {landings})
        """
    )
    if execute("select count(*) from new_origins").fetchone()[0]:
        channels = models.sql["int_origin_channels"].replace(
            relation["int_session_runs"], "new_origins"
        )
        execute(f"create or replace table {relation['int_origin_channels']} as {channels}")
        execute(f"insert into {landings} by name {models.sql['int_landings']}")


def _keep(connection: duckdb.DuckDBPyConnection, models: Models, keep_from: str) -> None:
    execute, relation = connection.execute, models.relations
    person = "coalesce('customer ' || customer_id, visitor_id)"
    execute(
        f"""
        create or replace temp table persons as
        select brand, visitor_id as person_id from kept.now
        union
        select brand, 'customer ' || customer_id from kept.owners
        where (brand, visitor_id) in (from kept.now)
        union
        select brand, {person} from {relation["events"]}
        """
    )
    execute(
        """
        delete from kept.session_sources where session_id in (
            select session_id from kept.sessions where (brand, visitor_id) in (from kept.now)
        )
        """
    )
    for name in ("events", "sessions"):
        execute(f"delete from kept.{name} where (brand, visitor_id) in (from kept.now)")
    for name, moment in KEPT.items():
        execute(
            f"insert into kept.{name} by name select * from {relation[name]} "
            f"where {moment} >= cast('{keep_from}' as timestamp)"
        )
    for name, select in {
        "owners": f"""
            select distinct brand, visitor_id, customer_id from {relation["events"]}
            where customer_id is not null
        """,
        "converting": f"""
            select distinct brand, visitor_id from {relation["int_sessions"]}
            where has_converting_event and visitor_id is not null
        """,
    }.items():
        execute(f"delete from kept.{name} where (brand, visitor_id) in (from kept.now)")
        execute(f"insert into kept.{name} {select}")
    if has_funnels(models):
        execute("delete from kept.funnel_visitors where (brand, person_id) in (from persons)")
        execute(
            f"insert into kept.funnel_visitors from {relation['int_funnel_visitors']} "
            f"where reached_at >= cast('{keep_from}' as timestamp)"
        )
