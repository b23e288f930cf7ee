"""Orders that arrive in the folder: priced by the models' own SQL, with all orders of the same customers."""

import contextlib

import duckdb

from live.models import BESIDE_ORDERS, ORDER_MODELS, STAGED_BESIDE_ORDERS, Models
from live.versions import Versions

STAGED = ("stg_app__orders", "stg_app__order_versions", "stg_app__order_items")
PRICED = ORDER_MODELS[ORDER_MODELS.index("int_order_payments") :]
# What is read of the touched orders alone.
OF_ORDERS = ("validated_app__order_status_events", "validated_payments__payments")


def begin(connection: duckdb.DuckDBPyConnection, models: Models, source: str) -> None:
    """What the warehouse has validated beside orders, and the views over it of the touched orders."""
    execute, relation = connection.execute, models.relations
    execute("create table kept.touched_orders (order_id varchar)")
    execute("create table kept.orders_now (order_id varchar)")
    for name in BESIDE_ORDERS:
        validated = relation[name].replace(f'"{models.database}"', source, 1)
        table = name.removeprefix("validated_")
        (later,) = execute(
            f"select count(*) from {validated} where row_status = 'later'"
        ).fetchone()
        sql = f"select * from {validated}"
        raw = relation[f"raw_{table}"]
        if later:
            # They may count by now: the settings of the run are another day's.
            with contextlib.suppress(duckdb.IOException):
                execute(f"create table {raw} as from {raw.replace(models.database, source, 1)}")
                sql = models.sql[name]
        if name in OF_ORDERS:
            execute(f"create table kept.{table} as {sql}")
            execute(
                f"create view {relation[name]} as "
                f"select * from kept.{table} where order_id in (from kept.orders_now)"
            )
        else:
            execute(f"create table {relation[name]} as {sql}")
        execute(f"drop table if exists {raw}")
    for table in ("app__orders", "app__order_items"):
        execute(
            f"create view {relation[f'validated_{table}']} as "
            f"select * from kept.{table} where order_id in (from kept.orders_now)"
        )
    for name in STAGED_BESIDE_ORDERS + STAGED:
        execute(f"create view {relation[name]} as {models.sql[name]}")
    for name in ("dates", "exchange_rate_days"):
        execute(f"create or replace table {relation[name]} as {models.sql[name]}")


def touch(connection: duckdb.DuckDBPyConnection) -> None:
    """The orders of the rows of `judged`."""
    connection.execute(
        "insert into kept.touched_orders select distinct order_id from judged where order_id is not null"
    )


def show_their_orders(connection: duckdb.DuckDBPyConnection, orders: Versions) -> None:
    """Before lines are validated: the orders that they name, for a line has no date but its order's.

    Lines that came before a version of their order are validated again with it.
    """
    execute = connection.execute
    items = orders.models.relations["raw_app__order_items"]
    came = "select row_hash from kept.raw_app__order_items where trim(order_id) in (from kept.touched_orders)"
    execute(
        f"create or replace temp table put_back as select row_key, row_hash "
        f"from kept.app__order_items where is_of_warehouse and row_hash in ({came})"
    )
    columns = ", ".join(orders.models.raw_columns["raw_app__order_items"])
    execute(
        f"""
        insert into {items} ({columns})
        select distinct {columns} from kept.raw_app__order_items
        where row_hash in ({came}) and row_hash in (select row_hash from kept.app__order_items)
        """
    )
    execute(f"delete from kept.app__order_items where row_hash in ({came})")
    execute(f"delete from kept.raw_app__order_items where row_hash in ({came})")
    execute(
        f"insert into {orders.raw} by name select {_as_raw(orders.models, 'app__orders')} "
        f"from kept.app__orders where order_id in (select order_id from {items})"
    )


def know_again(connection: duckdb.DuckDBPyConnection) -> None:
    """After lines are validated: those that were of the warehouse still are."""
    connection.execute(
        "update kept.app__order_items set is_of_warehouse = true "
        "where (row_key, row_hash) in (from put_back)"
    )


def _as_raw(models: Models, table: str) -> str:
    """Validated columns as the text that they came from."""
    return ", ".join(
        f"cast({name} as varchar)"
        + (" || '+00'" if data_type == "timestamp" else "")
        + f" as {name}"
        for name, data_type in models.raw_columns[f"raw_{table}"].items()
    )


def count(connection: duckdb.DuckDBPyConnection, models: Models) -> int:
    """Prices the touched orders again, and touches the visitors of their customers; returns how many there were."""
    execute, relation = connection.execute, models.relations
    (touched,) = execute("select count(distinct order_id) from kept.touched_orders").fetchone()
    if not touched:
        return 0
    execute(
        """
        create or replace temp table customers_now as
        select distinct customer_id from (
            select order_id, customer_id from kept.app__orders
            union all
            select order_id, customer_id from kept.orders
        )
        where order_id in (from kept.touched_orders) and customer_id is not null
        """
    )
    execute("truncate kept.orders_now")
    execute(
        """
        insert into kept.orders_now
        from kept.touched_orders
        union
        select order_id from kept.app__orders
        where customer_id in (from customers_now)
        """
    )
    for name in PRICED:
        execute(f"create or replace table {relation[name]} as {models.sql[name]}")
    execute("delete from kept.orders where order_id in (from kept.orders_now)")
    execute(f"insert into kept.orders by name select * from {relation['orders']}")
    execute(
        """
        insert into kept.touched
        select distinct brand, visitor_id from kept.owners
        where customer_id in (from customers_now)
        """
    )
    execute("truncate kept.touched_orders")
    return touched
