"""Features of made-up payments, by the project's SQL, run by DuckDB without dbt.

    python bench/features.py make <groundwork.duckdb> <payments>
    python bench/features.py own <groundwork.duckdb> <models.json>

`make` writes what staging would hold: 18 months of payments, four to a card, device and customer,
one in ten of them from one of 20 addresses that everybody uses. `own` makes
payment_risk_features of them from nothing, with all models that it alone needs.
"""

import json
import sys

import duckdb

MODELS = [
    "int_payment_attempts",
    "int_known_frauds",
    "int_key_events",
    "int_key_windows",
    "int_risk_states",
    "payment_risk_features",
]
VIEWS = {"int_key_events", "int_risk_states"}


def connect(database: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(database)
    # Different values in window frames take memory that DuckDB's limit does not count, 1 to 2 GB.
    connection.execute("set threads = 2; set memory_limit = '2GB'; set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    return connection


def make(database: str, payments: int) -> None:
    """The tables of staging that the features are made of."""
    keys = payments // 4
    with connect(database) as connection:
        connection.execute("select setseed(0.3)")
        connection.execute("create schema staging; create schema trust")
        connection.execute(
            f"""
            create table staging.validated_payments__payments as
            select
                'pay_' || number as payment_id,
                'ord_' || (number // 2) as order_id,
                'cus_' || cast(random() * {keys} as integer) as customer_id,
                moment as attempted_at,
                cast(random() * 100 as decimal(24, 8)) as amount,
                'USD' as currency,
                'k_' || cast(random() * {keys} as integer) as card_fingerprint,
                'd_' || cast(random() * {keys} as integer) as device_id,
                'a_' || case
                    when random() < 0.1 then cast(random() * 20 as integer)
                    else cast(20 + random() * {keys} as integer)
                end as ip_hash,
                case when random() < 0.9 then 'KR' else 'US' end as ip_country_code,
                case when random() < 0.9 then 'KR' else 'US' end as card_country_code,
                'KR' as billing_country_code,
                case when random() < 0.05 then 'declined' else 'succeeded' end as outcome,
                moment + interval 5 minute as arrived_at,
                'staged' as row_status
            from (
                select
                    range as number,
                    timestamp '2025-01-01'
                    + to_microseconds(cast(random() * 546 * 86400000000 as bigint)) as moment
                from range({payments})
            );
            create table staging.validated_payments__disputes as
            select
                'dis_' || payment_id as dispute_id,
                payment_id,
                'fraud' as reason,
                attempted_at + interval 20 day as opened_at,
                attempted_at + interval 21 day as arrived_at,
                'staged' as row_status
            from staging.validated_payments__payments
            where random() < 0.02;
            create table staging.stg_app__customer_versions as
            select
                customer_id,
                created_at,
                created_at as updated_at,
                created_at as arrived_at
            from (
                select
                    'cus_' || range as customer_id,
                    timestamp '2024-01-01' + to_days(cast(random() * 500 as integer)) as created_at
                from range({keys})
            )
            """
        )


def own(database: str, sql_file: str) -> None:
    """The features, from nothing. `sql_file`: a JSON file, model -> SQL."""
    with open(sql_file) as file:
        sql = json.load(file)
    with connect(database) as connection:
        for model in MODELS:
            kind = "view" if model in VIEWS else "table"
            connection.execute(f"create or replace {kind} trust.{model} as {sql[model]}")


if __name__ == "__main__":
    what, database, other = sys.argv[1:]
    if what == "make":
        make(database, int(other))
    else:
        own(database, other)
