"""as_of says which facts count and known_until which arrivals: what the files say of both, and what the settings do to
the tables. The metrics of a company of 1997 and of one of 2041 are those of plain SQL over the core tables."""

import json
import os
import subprocess
import sys

import pytest
from warehouse import PROJECT, build, query, table_hash, write_raw

CUSTOMERS = "customer_id,country_code,created_at\n"
ORDERS = "order_id,customer_id,ordered_at,paid_at,status,currency{}\n"
ONE_ORDER = ORDERS.format("") + "o1,c1,2025-06-29 10:00:00,2025-06-29 10:00:00,paid,USD\n"
LOADS = [
    "o1,c1,2025-04-20 10:00:00,,paid,USD,2025-05-01 03:00:00",
    "o2,c1,2025-05-20 10:00:00,,paid,USD,2025-06-01 03:00:00",
    "o3,c1,2025-06-30 10:00:00,,paid,USD,2025-07-01 03:00:00",
    "o4,c1,2025-07-01 02:00:00,,paid,USD,2025-07-01 03:00:00",
    "o5,c1,2025-06-30 11:00:00,,paid,USD,2099-01-01 03:00:00",
]
THREE_LOADS = {"app__orders": ORDERS.format(",_loaded_at") + "\n".join(LOADS)}
ONE_LOAD = {"app__orders": ORDERS.format(",_loaded_at") + "\n".join(LOADS[2:4])}
READINGS = "reading_id,device_id,customer_id,measurement,value,unit,measured_at,received_at\n"
MANY_ORDERS = ORDERS.format("") + "\n".join(
    f"m{day},c1,2025-03-{day:02} 10:00:00,,paid,USD" for day in range(1, 31)
)


def settled(folder, tables: dict, **variables) -> tuple:
    """What a run settles on: as_of, known_until, the day that the loads cover, the first day of metrics."""
    database = folder / "warehouse.duckdb"
    raw = write_raw(folder / "raw", tables)
    build(database, raw, command="seed", select="raw_app__orders", variables=variables)
    return query(
        database,
        """
        select as_of_date::varchar, strftime(known_until, '%Y-%m-%d %H:%M'), covered_date::varchar, metrics_from::varchar
        from staging.as_of
        """,
    )[0]


SETTLED = {
    "three monthly loads": (THREE_LOADS, {}, ("2025-06-30", "2025-07-01 03:00", "2025-06-30")),
    "one load": (ONE_LOAD, {}, ("2025-07-01", "2025-07-01 03:00", "2025-07-01")),
    "as_of is given": (
        THREE_LOADS,
        {"as_of": "2025-05-15"},
        ("2025-05-15", "2025-05-16 23:59", "2025-05-15"),
    ),
    "as_of is given and nothing came after it": (
        THREE_LOADS,
        {"as_of": "2025-08-31"},
        ("2025-08-31", "2025-07-01 03:00", "2025-07-01"),
    ),
    "known_until is given": (
        THREE_LOADS,
        {"known_until": "2025-06-01 03:00:00"},
        ("2025-05-31", "2025-06-01 03:00", "2025-05-31"),
    ),
    "both are given, a day in Seoul": (
        THREE_LOADS,
        {
            "as_of": "2025-05-31",
            "known_until": "2025-06-10",
            "reporting_timezone": "Asia/Seoul",
        },
        ("2025-05-31", "2025-06-10 14:59", "2025-05-31"),
    ),
    "readings only, one clock in 2099": (
        {
            "devices__readings": READINGS
            + "r1,d1,p1,weight,70,kg,2015-03-01 08:00:00,2015-03-01 08:00:10\n"
            + "r2,d1,p1,weight,70,kg,2099-03-02 08:00:00,2015-03-02 08:00:10\n"
        },
        {},
        ("2015-03-02", "2015-03-02 08:00", "2015-03-02"),
    ),
    "a refund after the newest order": (
        {
            "app__orders": ONE_ORDER,
            "payments__refunds": "refund_id,payment_id,order_id,amount,currency,reason,refunded_at\n"
            "r1,,o1,50.00,USD,,2025-07-02 10:00:00\n",
        },
        {},
        ("2025-07-02", "2025-07-02 10:00", "2025-07-02"),
    ),
    "spend after the newest order": (
        {
            "app__orders": ONE_ORDER,
            "ads__daily_performance": "campaign_id,performance_date,impressions,clicks,spend\n"
            "k1,2025-07-04,1,1,5\n",
        },
        {"reporting_timezone": "America/New_York"},
        ("2025-07-04", "2025-07-04 00:00", "2025-07-04"),
    ),
    "an exposure after the newest order": (
        {
            "app__orders": ONE_ORDER,
            "experiments__exposures": "exposure_id,experiment_id,variant,customer_id,exposed_at\n"
            "x1,t1,control,c1,2025-07-05 10:00:00\n",
        },
        {},
        ("2025-07-05", "2025-07-05 10:00", "2025-07-05"),
    ),
    "a ticket resolved and an answer given after the newest order": (
        {
            "app__orders": ONE_ORDER,
            "support__tickets": "ticket_id,customer_id,channel,topic,opened_at,resolved_at\n"
            "t1,c1,phone,other,2025-06-30 10:00:00,2025-07-06 10:00:00\n",
            "surveys__responses": "invitation_id,responded_at,reason_code\ni1,2025-07-03 10:00:00,price\n",
        },
        {},
        ("2025-07-06", "2025-07-03 10:00", "2025-07-06"),
    ),
    "a product changed later": (
        {
            "app__orders": ONE_ORDER,
            "app__products": "product_id,product_name,list_price,currency,updated_at\np1,Pass,1,USD,2025-07-09 10:00:00\n",
        },
        {},
        ("2025-06-29", "2025-07-09 10:00", "2025-06-29"),
    ),
    "an order of the future and one a half year after all others": (
        {
            "app__orders": MANY_ORDERS
            + "\nslip,c1,2025-09-30 10:00:00,,paid,USD\nfuture,c1,2101-01-01 10:00:00,,paid,USD"
        },
        {},
        ("2025-03-30", "2025-09-30 10:00", "2025-03-30"),
    ),
}


@pytest.mark.parametrize("case", SETTLED)
def test_the_files_decide_the_settings(tmp_path, case):
    tables, variables, expected = SETTLED[case]
    assert settled(tmp_path, tables, **variables)[:3] == expected


def test_an_old_product_or_a_stray_old_order_makes_no_years_of_metrics(tmp_path):
    tables = {
        "app__orders": MANY_ORDERS + "\nstray,c1,1996-01-01 10:00:00,,paid,USD",
        "app__products": "product_id,product_name,list_price,currency,updated_at\np1,Pass,1,USD,1990-07-09 10:00:00\n",
        "ads__daily_performance": "campaign_id,performance_date,impressions,clicks,spend\nk1,2025-02-14,1,1,5\n",
    }
    assert settled(tmp_path, tables)[3] == "2025-02-14"
    first_day = query(tmp_path / "warehouse.duckdb", "select first_day::varchar from staging.as_of")
    assert first_day == [("1990-07-09",)]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"as_of": "2025-6-1"}, "The var as_of (vars.yml or --vars) is '2025-6-1'. Write a day as"),
        ({"as_of": "2025-02-30"}, "YYYY-MM-DD"),
        ({"known_until": "yesterday"}, "or a moment in UTC as YYYY-MM-DD HH:MM:SS"),
    ],
)
def test_a_setting_that_is_no_day_stops(tmp_path, variables, words):
    raw = write_raw(tmp_path / "raw", ONE_LOAD)
    run = build(
        tmp_path / "warehouse.duckdb", raw, command="seed", variables=variables, check=False
    )
    assert run.code and words in run.output


# ---------------------------------------------------------------------------
# Loads, and the metrics of other centuries
# ---------------------------------------------------------------------------

ITEMS = "order_id,line_number,product_id,quantity,unit_price{}\n"
# Three loads, half a year apart; facts of the night of the last one do not count yet.
OLD = [
    ("o1", "1997-01-15 10:00:00", 10, "1997-07-01 04:00:00"),
    ("o2", "1997-06-30 23:59:59", 20, "1997-07-01 04:00:00"),
    ("o3", "1997-12-31 10:00:00", 40, "1998-01-01 04:00:00"),
    ("o4", "1998-01-10 10:00:00", 80, "1998-07-01 04:00:00"),
    ("o5", "1998-05-31 10:00:00", 160, "1998-07-01 04:00:00"),
    ("o6", "1998-06-30 23:00:00", 320, "1998-07-01 04:00:00"),
    ("o7", "1998-07-01 03:00:00", 640, "1998-07-01 04:00:00"),
    ("o8", "1998-06-15 03:00:00", 1280, "2098-07-01 04:00:00"),
]
CDNOW = {
    "app__orders": ORDERS.format(",_loaded_at")
    + "\n".join(f"{o},c{o},{at},{at},paid,USD,{loaded}" for o, at, _, loaded in OLD),
    "app__order_items": ITEMS.format(",_loaded_at")
    + "\n".join(f"{o},1,p1,1,{price},{loaded}" for o, _, price, loaded in OLD),
    "app__products": "product_id,product_name,list_price,currency,updated_at\np1,CD,1,USD,1990-07-09 10:00:00\n",
    "devices__readings": READINGS.strip()
    + ",_loaded_at\nr1,d1,co1,weight,70,kg,1998-06-30 23:59:00,1998-07-01 00:01:00,1998-07-01 04:00:00"
    + "\nr2,d1,co1,weight,70,kg,1998-07-01 00:01:00,1998-07-01 00:02:00,1998-07-01 04:00:00",
}
FUTURE = {
    "app__orders": ORDERS.format("")
    + "\n".join(
        f"f{n},c{n},20{40 + n // 6}-{1 + n % 12:02}-05 10:00:00,,paid,USD" for n in range(12)
    ),
    "app__order_items": ITEMS.format("") + "\n".join(f"f{n},1,p1,{n + 1},10" for n in range(12)),
}


@pytest.fixture(scope="module", params=["1997", pytest.param("2041", marks=pytest.mark.slow)])
def century(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    database = folder / "warehouse.duckdb"
    tables, variables = {"1997": (CDNOW, {}), "2041": (FUTURE, {"as_of": "2041-12-20"})}[
        request.param
    ]
    run = build(
        database,
        write_raw(folder / "raw", tables),
        select="+metric_values +path:models/vault",
        tests=False,
        variables=variables,
    )
    assert "start_time" not in run.output, "MetricFlow warns of the years"
    return request.param, database


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter"])
def test_metrics_of_another_century_are_those_of_plain_sql(century, grain):
    _, database = century
    differences = query(
        database,
        f"""
        with plain as (
            select date_trunc('{grain}', revenue_date)::date as period_start, sum(revenue)::double as revenue,
                count(*)::double as orders
            from core.orders
            where is_paid
            group by all
        )
        select *
        from metrics.metric_values as metrics
        full join plain on metrics.period_start = plain.period_start
        where
            metrics.metric_name in ('revenue', 'orders') and metrics.brand = 'all' and metrics.grain = '{grain}'
            and metrics.value is distinct from
                coalesce(if(metrics.metric_name = 'revenue', plain.revenue, plain.orders), 0)
        """,
    )
    assert not differences
    assert query(
        database,
        f"""
        select (select sum(value) from metrics.metric_values
            where metric_name = 'revenue' and brand = 'all' and grain = '{grain}')
            - (select sum(revenue)::double from core.orders)
        """,
    ) == [(0.0,)]


def test_the_newest_load_counts_and_no_final_month_is_an_empty_one(century):
    name, database = century
    if name != "1997":
        pytest.skip("one load")
    months = query(
        database,
        """
        select strftime(period_start, '%Y-%m'), value, is_final from metrics.metric_values
        where metric_name = 'revenue' and brand = 'all' and grain = 'month' and value > 0 order by 1
        """,
    )
    assert months == [
        ("1997-01", 10.0, True),
        ("1997-06", 20.0, True),
        ("1997-12", 40.0, True),
        ("1998-01", 80.0, True),
        ("1998-05", 160.0, True),
        ("1998-06", 320.0, False),
    ]
    statuses = query(
        database,
        """
        select table_name, later_reason, sum(row_count)::int from vault.raw_row_statuses
        where row_status = 'later' group by all order by all
        """,
    )
    assert statuses == [
        ("order_items", "arrived after known_until", 1),
        ("order_items", "happened after as_of", 1),
        ("orders", "arrived after known_until", 1),
        ("orders", "happened after as_of", 1),
        ("readings", "happened after as_of", 1),
    ]
    assert query(
        database, "select count(*) from vault.orphaned_rows where table_name = 'order_items'"
    ) == [(0,)]
    assert query(database, "select count(*) from care.readings") == [(1,)]


def test_the_end_of_a_build_and_the_doctor_say_what_is_later(century, tmp_path):
    name, database = century
    if name != "1997":
        pytest.skip("nothing is later")
    (tmp_path / "run_results.json").write_text(json.dumps({"elapsed_time": 1.0, "results": []}))
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {}}))
    environment = os.environ | {
        "DBT_TARGET_PATH": str(tmp_path),
        "GROUNDWORK_DB": str(database),
        "GROUNDWORK_RAW": str(database.parent / "raw"),
    }
    for tool in ("summary", "doctor"):
        said = subprocess.run(
            [sys.executable, PROJECT / "tools" / f"{tool}.py"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "as of 1998-06-30 (the day before the newest _loaded_at)" in said
        assert (
            "2 rows do not count yet (arrived after known_until): app__order_items 1, app__orders 1"
            in said
        )
        assert (
            "3 rows do not count yet (happened after as_of): app__order_items 1, app__orders 1"
            in said
        )


# ---------------------------------------------------------------------------
# Nights, one after another
# ---------------------------------------------------------------------------

EVENTS = "event_id,event_name,occurred_at,anonymous_id,customer_id,_loaded_at\n"
# What happened after midnight came with the load of that night; a correction moves an event to the next day.
NIGHTS = [
    ("e0", "2025-01-08 23:50:00", "a1", "2025-01-09 04:00:00"),
    ("e1", "2025-01-10 23:50:00", "a1", "2025-01-11 04:00:00"),
    ("e2", "2025-01-11 00:10:00", "a1", "2025-01-11 04:00:00"),
    ("e3", "2025-01-11 03:59:00", "a2", "2025-01-11 04:00:00"),
    ("e4", "2025-01-11 12:00:00", "a2", "2025-01-12 04:00:00"),
    ("e5", "2025-01-10 12:00:00", "a3", "2025-01-12 04:00:00"),
    ("e4", "2025-01-12 01:00:00", "a2", "2025-01-12 04:00:01"),
    ("e1", "2025-01-12 02:00:00", "a1", "2025-01-12 04:00:01"),
    ("e6", "2025-01-12 05:00:00", "a1", "2025-01-13 04:00:00"),
]


def night(until: str) -> dict:
    rows = [row for row in NIGHTS if row[3] <= until]
    return {
        "events__events": EVENTS
        + "\n".join(f"{e},page_viewed,{at},{a},,{loaded}" for e, at, a, loaded in rows)
    }


@pytest.mark.slow
@pytest.mark.parametrize("way", ["the files grow", "as_of goes on", "as_of goes back"])
def test_night_by_night_is_as_one_whole_build(tmp_path, way):
    days = ["2025-01-10", "2025-01-11", "2025-01-12"]
    if way == "as_of goes back":
        days = [days[2], days[0], days[1]]
    staged = []
    for day in days:
        until = f"{day[:-2]}{int(day[-2:]) + 1} 23:59:59"
        raw = write_raw(tmp_path / "raw", night(until) if way == "the files grow" else night("9"))
        variables = {} if way == "the files grow" else {"as_of": day}
        for name in ("increments", "fresh"):
            if name == "fresh":
                (tmp_path / "fresh/warehouse.duckdb").unlink(missing_ok=True)
            build(
                tmp_path / f"{name}/warehouse.duckdb",
                raw,
                select="+events",
                tests=False,
                variables=variables,
            )
        for table in ("staging.validated_events__events", "core.events"):
            hashes = [
                table_hash(tmp_path / f"{name}/warehouse.duckdb", table)
                for name in ("increments", "fresh")
            ]
            assert hashes[0] == hashes[1], (table, day)
        staged.append(
            "".join(
                row[0][1]
                for row in query(
                    tmp_path / "increments/warehouse.duckdb",
                    "select event_id from staging.stg_events__events order by 1",
                )
            )
        )
    # On the 11th e1 and e4 are known to be of the 12th.
    by_day = dict(zip(days, staged, strict=True))
    assert by_day == {"2025-01-10": "01", "2025-01-11": "0235", "2025-01-12": "0123456"}
