"""Feeds: how rarely a healthy one is called late and how soon a stopped one is found, through the marts' own SQL."""

import shutil
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from warehouse import build, query

MODELS = "int_feed_arrivals int_feed_limits freshness_days"
BEGIN = datetime(2025, 1, 6)  # a Monday
DAYS, STOP = 400, 300

# How often a healthy feed may be late or stopped at the end of a day; and within how many days 95 % of stopped ones are
# found. Both after 60 days of history.
BOUNDS = {
    "nightly": (0.001, 2),
    "delayed": (0.001, 2),
    "weekdays": (0.001, 4),
    "twice_a_week": (0.001, 6),
    "weekly": (0.001, 9),
    "monthly": (0.001, 40),
    "stream_9": (0.001, 4),
    "stream_3": (0.004, 5),
    "stream_1": (0.008, 12),
    "stream_third": (0.015, 35),
    "bursts": (0.025, 40),
    # One night in thirty without a load is late when it is judged, and rightly so.
    "left_out": (0.045, 5),
}


def arrivals(random, kind) -> np.ndarray:
    """Hours since BEGIN at which rows of a feed are loaded."""
    day = np.arange(DAYS)
    night = day * 24 + 3 + random.normal(0, 0.3, DAYS)
    if kind == "nightly":
        return night
    if kind == "delayed":
        late = random.random(DAYS) < 0.05
        return day * 24 + 3 + np.where(late, random.uniform(2, 7, DAYS), 0.1)
    if kind == "left_out":
        return night[random.random(DAYS) >= 0.03]
    if kind == "weekdays":
        return night[day % 7 < 5]
    if kind == "twice_a_week":
        return night[np.isin(day % 7, (1, 4))]
    if kind == "weekly":
        return night[day % 7 == 0] + random.normal(0, 0.8, len(day[day % 7 == 0]))
    if kind == "monthly":
        first = pd.date_range(BEGIN, periods=14, freq="MS") - pd.Timestamp(BEGIN)
        return first.total_seconds().to_numpy() / 3600 + 8 + random.normal(0, 1, 14)
    if kind.startswith("stream"):
        rate = {"stream_9": 9, "stream_3": 3, "stream_1": 1, "stream_third": 1 / 3}[kind]
        return np.sort(random.uniform(0, DAYS * 24, random.poisson(rate * DAYS)))
    hours, now = [], 0.0
    while now < DAYS * 24:
        now += random.exponential(96)
        for _ in range(random.geometric(0.4)):
            hours.append(now)
            now += 24 * random.uniform(0.7, 1.3)
    return np.array(hours)


def landed(feeds: dict[str, np.ndarray]) -> pd.DataFrame:
    """raw.landed_days of feeds, by the name of the raw table."""
    frames = []
    for name, hours in feeds.items():
        moments = pd.Timestamp(BEGIN) + pd.to_timedelta(
            hours[(hours >= 0) & (hours < DAYS * 24)], "h"
        )
        days = pd.DataFrame({"moment": moments.floor("s"), "load_day": moments.normalize()})
        frame = days.groupby("load_day")["moment"].agg(["min", "max", "count"]).reset_index()
        frames.append(frame.assign(table_name=f"raw_{name}"))
    return pd.concat(frames, ignore_index=True)


def judge(demo, tmp_path, feeds, models=MODELS, **variables):
    """A warehouse in which the feeds are judged in place of its own."""
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(demo, database)
    frame = landed(feeds)  # noqa: F841, read by DuckDB
    end = BEGIN + timedelta(days=DAYS - 1)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """delete from raw.landed_days;
            insert into raw.landed_days
                (table_name, load_day, row_count, first_load_at, last_load_at, last_arrival_at)
            select table_name, load_day, "count", "min", "max", "max" from frame"""
        )
    variables = {"as_of": f"{end:%Y-%m-%d}", "known_until": f"{end:%Y-%m-%d} 23:59:59", **variables}
    build(database, command="run", select=models, variables=variables)
    return database


def simulated(demo, tmp_path, worlds):
    random = np.random.default_rng(17)
    feeds = {}
    for kind in BOUNDS:
        for world in range(worlds):
            hours = arrivals(random, kind)
            feeds[f"sim__{kind}.{world}"] = hours
            feeds[f"stop__{kind}.{world}"] = hours[hours < STOP * 24]
    database = judge(demo, tmp_path, feeds)
    healthy = {
        kind: row
        for kind, *row in query(
            database,
            f"""
            with worlds as (
                select
                    split_part(raw_table, '.', 2) as kind,
                    avg((verdict in ('late', 'stopped'))::int) as late,
                    avg((verdict = 'stopped')::int) as stopped
                from platform.freshness_days
                where raw_table like 'sim.%' and verdict <> 'unknown'
                    and date_day >= date '{BEGIN:%Y-%m-%d}' + 60
                group by raw_table
            )

            select kind, avg(late), coalesce(stddev_samp(late), 0) / sqrt(count(*)), avg(stopped) from worlds group by all
            """,
        )
    }
    found = dict(
        query(
            database,
            """
            with worlds as (
                select
                    split_part(raw_table, '.', 2) as kind,
                    coalesce(min(case when verdict in ('late', 'stopped') and hours_since > 0
                        then date_day - last_arrival end), 999) as days
                from (
                    select *, max(case when has_arrived then date_day end) over (partition by raw_table) as last_arrival
                    from platform.freshness_days where raw_table like 'stop.%'
                ) as stopped
                where date_day >= last_arrival
                group by raw_table
            )

            select kind, quantile_disc(days, 0.95) from worlds group by all
            """,
        )
    )
    ends = dict(
        query(
            database,
            f"""select split_part(raw_table, '.', 2), avg((verdict = 'stopped')::int)
            from platform.freshness_days
            where raw_table like 'stop.%' and date_day = date '{BEGIN:%Y-%m-%d}' + {DAYS - 1} group by all""",
        )
    )
    return healthy, found, ends


def holds(healthy, found, ends):
    assert healthy.keys() == found.keys() == BOUNDS.keys()
    for kind, (most, days) in BOUNDS.items():
        late, error, stopped = healthy[kind]
        assert late - 2 * error <= most, (kind, late, error)
        assert stopped <= 0.004, (kind, stopped)
        assert found[kind] <= days, (kind, found[kind])
    for kind in (
        "nightly",
        "delayed",
        "weekdays",
        "twice_a_week",
        "weekly",
        "stream_9",
        "stream_3",
        "stream_1",
    ):
        assert ends[kind] == 1, kind


def test_a_healthy_feed_is_rarely_late_and_a_stopped_one_is_found(demo, tmp_path):
    holds(*simulated(demo, tmp_path, 8))


@pytest.mark.slow
def test_a_healthy_feed_is_rarely_late_in_thousands_of_worlds(demo, tmp_path):
    healthy, found, ends = simulated(demo, tmp_path, 100)
    print(
        {
            kind: [round(float(value), 4) for value in row] + [found[kind]]
            for kind, row in healthy.items()
        }
    )
    holds(healthy, found, ends)


NEEDED = 8


def on_days(*days, hour=3) -> np.ndarray:
    return np.array([day * 24 + hour for day in days], dtype=float)


# By raw table its loads, and what is to be said at the end of day 399.
CASES = {
    "app.orders": (on_days(*range(DAYS)), "on_time", None),
    "app.order_items": (on_days(*range(DAYS - 1)), "late", None),
    "app.customers": (on_days(*range(DAYS - 10)), "stopped", None),
    "payments.payments": (on_days(*range(0, DAYS, 7)), "on_time", None),
    "payments.refunds": (on_days(*range(0, DAYS - 8, 7)), "late", None),
    "events.events": (on_days(*(day for day in range(DAYS) if day % 7 < 5)), "on_time", None),
    "support.tickets": (on_days(*range(NEEDED)), "stopped", None),
    "surveys.invitations": (on_days(*range(NEEDED - 1)), "unknown", "too_few_loads"),
    "surveys.responses": (on_days(5), "unknown", "one_load"),
    "bi.dashboards": (on_days(*range(0, 120, 12)), "unknown", "only_changes"),
    "app.products": (on_days(*range(DAYS - 10)), "stopped", None),
    "ads.daily_performance": (on_days(0, 1, 5, 40, 41, 90, 180, 181, 300), "on_time", None),
    "platform.job_runs": (np.array([]), "unknown", "no_load_times"),
}


def test_each_kind_of_feed_has_its_verdict_and_what_it_hurts(demo, tmp_path):
    feeds = {table.replace(".", "__"): hours for table, (hours, *_) in CASES.items()}
    random = np.random.default_rng(3)
    feeds["devices__readings"] = np.arange(1, DAYS) * 24 + random.uniform(-0.4, 0.4, DAYS - 1)
    feeds["sim__a"] = arrivals(random, "stream_1")
    feeds["sim__b"] = feeds["sim__a"][feeds["sim__a"] < 200 * 24]
    models = f"{MODELS} int_feed_verdicts int_feed_readers freshness"
    database = judge(demo, tmp_path, feeds, models)
    rows = {
        table: (verdict, reason)
        for table, verdict, reason in query(
            database, "select raw_table, verdict, unknown_reason from platform.freshness"
        )
    }
    assert len(rows) == 34
    assert {table: rows[table] for table in CASES} == {
        table: (verdict, reason) for table, (_, verdict, reason) in CASES.items()
    }
    (row,) = query(
        database,
        """select usual_hour, usual_gap_hours, late_after_hours, arrival_count, sentence, sentence_ko,
            affected_boards, affected_metrics, affected_models
        from platform.freshness where raw_table = 'app.order_items'""",
    )
    assert row[:4] == (3, 24, pytest.approx(26.4), DAYS - 1)
    assert row[4].startswith("app.order_items is late: its last load is 45 hours old")
    assert "45시간" in row[5]
    assert "overview" in row[6].split(", ")
    assert "revenue" in row[7].split(", ")
    assert "orders" in row[8].split(", ")
    # Hours go round at midnight.
    ((hour,),) = query(
        database, "select usual_hour from platform.freshness where raw_table = 'devices.readings'"
    )
    assert hour in (0, 23)
    # What is judged is no part of what it is judged by: nothing changes by what is loaded later.
    days, differing = query(
        database,
        f"""
        select count(*), count(*) filter (early.verdict is distinct from late.verdict
            or early.late_after_hours is distinct from late.late_after_hours)
        from platform.freshness_days as early
        inner join platform.freshness_days as late using (date_day)
        where early.raw_table = 'sim.b' and late.raw_table = 'sim.a'
            and date_day < date '{BEGIN:%Y-%m-%d}' + 200
        """,
    )[0]
    assert days > 190
    assert differing == 0
    # What nothing but these loads decide: the same with the clock of any day; later days of as_of find more.
    later = {"as_of": "2026-04-01", "known_until": "2026-04-01"}
    build(database, command="run", select=models, variables=later)
    assert query(
        database, "select verdict from platform.freshness where raw_table = 'app.orders'"
    ) == [("stopped",)]
    # A fixed rule of two days calls the feed of working days late at the end of each Sunday.
    weekends = query(
        database,
        """select avg((hours_since > 48)::int), avg((verdict <> 'on_time')::int) from platform.freshness_days
        where raw_table = 'events.events' and verdict <> 'unknown' and date_day < date '2026-02-01'""",
    )[0]
    assert weekends[0] > 0.1
    assert weekends[1] == 0
