"""However raw rows arrive and runs end, increments end with the tables of one full build.

A small company is cut into daily batches by the night they arrived in. The events of the last days
are shuffled, some come twice, some up to three days late, some again on another device, and one
that names its customer comes ten days late. The raw folder grows by a batch and dbt runs, again and
again; at the end every table must equal that of one build from nothing, value by value.
"""

import pathlib
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta

import duckdb
import pytest
from warehouse import PROJECT, build, dbt_command, query, table_hash

INCREMENTAL = ["+sessions", "+readings", "+customer_days", "+int_conversion_touches"]
LAST = [*INCREMENTAL, "patient_days", "+retention_cohorts"]
TABLES = [
    "staging.validated_events__events",
    "staging.validated_devices__readings",
    "staging.validated_app__orders",
    "staging.validated_app__order_items",
    "staging.validated_payments__payments",
    "core.events",
    "core.int_session_runs",
    "core.int_sessions",
    "core.session_sources",
    "core.sessions",
    "core.customer_days",
    "care.readings",
    "growth.int_conversion_touches",
    "care.patient_days",
    "lifecycle.retention_cohorts",
]
OF_INCREMENTS = [
    table for table in TABLES if table not in ("care.patient_days", "lifecycle.retention_cohorts")
]
LAST_NIGHT = datetime(2026, 6, 30, 6)
if (PROJECT / "models" / "metrics" / "metric_values.sql").exists():
    LAST.append("+metric_values")
    TABLES.append("metrics.metric_values")
# What experiments and the credit of growth keep by increments is replayed in their own tests.
AREAS = {"areas": ["core", "lifecycle", "care", "growth"]}


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> pathlib.Path:
    """A folder with a small demo company as Parquet."""
    folder = tmp_path_factory.mktemp("company")
    script = PROJECT / "ingest" / "demo_company.py"
    options = ["--seed", "11", "--scale", "2", "--format", "parquet", "--quiet", "--out", folder]
    subprocess.run([sys.executable, script, *options], check=True)
    return folder


def deliveries(company: pathlib.Path, first_night: datetime) -> duckdb.DuckDBPyConnection:
    """A connection with a table a raw file: its rows and `delivered_at`, when each gets here."""
    connection = duckdb.connect()
    for file in sorted(company.glob("*.parquet")):
        connection.execute(
            f"""
            create table {file.stem} as
            select *, coalesce(try_cast(_loaded_at as timestamp), '2025-01-01') as delivered_at
            from read_parquet('{file}')
            """
        )
    connection.execute(
        f"""
        create table arrivals as
        select *, (hash(event_id, 'fate') % 100)::int as fate
        from events__events
        where delivered_at > timestamp '{first_night - timedelta(days=1)}';

        create table devices as
        select
            anonymous_id,
            brand,
            lead(anonymous_id) over (partition by brand order by anonymous_id) as other_device
        from (select distinct anonymous_id, brand from events__events);

        -- Late: loaded up to three days after the others.
        update events__events
        set
            delivered_at = events__events.delivered_at + to_days(1 + fate % 3),
            _loaded_at = (events__events.delivered_at + to_days(1 + fate % 3))::varchar
        from arrivals
        where arrivals.event_id = events__events.event_id and fate < 12;

        -- Twice: the same file came again, or the collector sent the event again.
        insert into events__events
        select * exclude (fate) replace (delivered_at + interval 1 day as delivered_at)
        from arrivals where fate between 20 and 25
        union all
        select * exclude (fate) replace (
            delivered_at + interval 2 day as delivered_at,
            (delivered_at + interval 2 day)::varchar as _loaded_at
        )
        from arrivals where fate between 26 and 29;

        -- Corrected: a newer version stands on another device, sometimes at another time.
        insert into events__events
        select * exclude (fate, other_device) replace (
            other_device as anonymous_id,
            (occurred_at::timestamp - to_minutes(fate % 3))::varchar as occurred_at,
            delivered_at + interval 2 day as delivered_at,
            (delivered_at + interval 2 day)::varchar as _loaded_at
        )
        from arrivals inner join devices using (anonymous_id, brand)
        where fate between 40 and 44 and other_device is not null
            and try_cast(occurred_at as timestamp) is not null;

        -- Identified: a device with a past but without a customer is known, ten days late.
        insert into events__events by name
        select
            'late_identification' as event_id,
            max(brand) as brand,
            'logged_in' as event_name,
            timestamp '{LAST_NIGHT - timedelta(days=11)}'::varchar as occurred_at,
            timestamp '{LAST_NIGHT - timedelta(days=11)}'::varchar as received_at,
            anonymous_id,
            'cu_late' as customer_id,
            timestamp '{LAST_NIGHT - timedelta(days=1)}'::varchar as _loaded_at,
            timestamp '{LAST_NIGHT - timedelta(days=1)}' as delivered_at
        from events__events
        where delivered_at < timestamp '{LAST_NIGHT - timedelta(days=12)}'
        group by anonymous_id
        having count(customer_id) = 0 and count(*) > 3
        order by anonymous_id limit 1;
        """
    )
    return connection


def grow(connection: duckdb.DuckDBPyConnection, folder: pathlib.Path, night: datetime) -> None:
    """Writes the raw folder as it stands in a night: all that was delivered, in no order."""
    tables = connection.execute(
        "select distinct table_name from duckdb_columns() where column_name = 'delivered_at'"
    ).fetchall()
    for (table,) in tables:
        if table == "arrivals":
            continue
        connection.execute(
            f"""
            copy (
                select * exclude (delivered_at) from {table}
                where delivered_at <= timestamp '{night}'
                order by hash({table}, '{night}')
            ) to '{folder / table}.parquet' (format parquet)
            """
        )


def nights(count: int) -> list[datetime]:
    """The last `count` nights of the company, oldest first."""
    return [LAST_NIGHT - timedelta(days=days) for days in reversed(range(count))]


def hashes(database: pathlib.Path, tables: list[str]) -> dict[str, tuple[int, str]]:
    """Rows and hash of every table compared."""
    return {table: table_hash(database, table) for table in tables}


def assert_as_one_full_build(
    database: pathlib.Path, raw: pathlib.Path, last=LAST, tables=TABLES, variables=AREAS
) -> None:
    """The incremental tables equal those of a build of the same folder from nothing."""
    build(database, raw, select=last, tests=False, variables=variables)
    fresh = database.with_name("fresh") / "warehouse.duckdb"
    build(fresh, raw, select=last, tests=False, variables=variables)
    incremental, full = hashes(database, tables), hashes(fresh, tables)
    assert all(rows for rows, _ in full.values()), full
    assert incremental == full
    attached = query(
        fresh,
        """
        select count(*) from core.sessions
        where customer_id = 'cu_late' and started_at < timestamp '2026-06-18'
        """,
    )
    assert attached[0][0] > 0, "the late identification attached no earlier session"


def test_two_shuffled_batches_end_as_one_full_build(company, tmp_path):
    """What is built from the incremental tables is compared in the slow tests."""
    raw, database = tmp_path / "raw", tmp_path / "increments/warehouse.duckdb"
    raw.mkdir()
    connection = deliveries(company, nights(2)[0])
    grow(connection, raw, nights(2)[0])
    build(database, raw, select=INCREMENTAL, tests=False)
    grow(connection, raw, LAST_NIGHT)
    assert_as_one_full_build(database, raw, INCREMENTAL, OF_INCREMENTS, None)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_shuffled_batches_end_as_one_full_build(company, tmp_path, count):
    raw, database = tmp_path / "raw", tmp_path / "increments/warehouse.duckdb"
    raw.mkdir()
    connection = deliveries(company, nights(count)[0])
    for night in nights(count):
        grow(connection, raw, night)
        if night != LAST_NIGHT:
            build(database, raw, select=INCREMENTAL, tests=False, variables=AREAS)
    assert_as_one_full_build(database, raw)


def is_killed(database: pathlib.Path, raw: pathlib.Path, after_lines: int) -> bool:
    """Starts a build and kills it once it has printed so many lines; whether it was running."""
    words, environment = dbt_command(
        database, raw, select=INCREMENTAL, tests=False, variables=AREAS
    )
    process = subprocess.Popen(
        words, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    for _ in range(after_lines):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_thirty_batches_with_kills_and_a_step_back_end_as_one_full_build(company, tmp_path):
    raw, database = tmp_path / "raw", tmp_path / "increments/warehouse.duckdb"
    raw.mkdir()
    chance = random.Random(2026)
    connection = deliveries(company, nights(30)[0])
    kills = set(chance.sample(range(1, 30), 5))
    lines = 0
    for number, night in enumerate(nights(30)):
        grow(connection, raw, night)
        if number in kills:
            # Counted in lines rather than seconds, so that it hits on a busy machine too.
            assert is_killed(database, raw, after_lines=chance.randrange(lines // 10, lines - 20))
        if number == 20:
            earlier = (night - timedelta(days=7)).strftime("%Y-%m-%d")
            build(
                database,
                raw,
                select=INCREMENTAL,
                tests=False,
                variables={**AREAS, "as_of": earlier},
            )
        lines = build(database, raw, select=INCREMENTAL, tests=False, variables=AREAS).output.count(
            "\n"
        )
    assert_as_one_full_build(database, raw)
