"""A value that is called final never moves: each metric waits for the loads of its own tables, and for its outcome.

What nobody delivered, and what cannot be known yet, is empty with a reason, never 0.
"""

import csv
import shutil
from datetime import date, timedelta

import months_company
import pytest
from statsmodels.stats.proportion import proportion_confint
from warehouse import PROJECT, build, query

AREAS = {"areas": ["core"]}  # as conftest.py builds the company of months
# Every value of an earlier day that was called final, beside what it is now.
MOVED = """
    select earlier.metric_name, earlier.grain, earlier.brand, earlier.period_start, earlier.value, now.value
    from earlier.{values} as earlier
    inner join {values} as now using (metric_name, grain, brand, period_start)
    where earlier.is_final and abs(coalesce(earlier.value, -1e12) - coalesce(now.value, -1e12)) > 1e-6
    order by all
"""


def values(database, metric: str, grain: str = "day", brand: str = "all") -> dict[date, tuple]:
    rows = query(
        database,
        f"""
        select period_start, value, n, is_final, reason from core.core_metric_values
        where metric_name = '{metric}' and grain = '{grain}' and brand = '{brand}' order by 1
        """,
    )
    return {day: tuple(rest) for day, *rest in rows}


# -- Whose loads ---------------------------------------------------------------------------------


def test_weekly_orders_beside_nightly_events_have_no_final_zeros(company_of_months):
    database = company_of_months / "warehouse.duckdb"
    revenue, sessions = values(database, "revenue"), values(database, "sessions")
    late = [day for day in revenue if date(2026, 6, 22) <= day <= date(2026, 6, 27)]
    assert [revenue[day] for day in late] == [(0, 0, False, "awaits_loads")] * 6
    # Orders cover the Sunday before their newest load, and late_days are 3.
    assert max(day for day, (*_, is_final, _) in revenue.items() if is_final) == date(2026, 6, 18)
    assert all(value == 10 for value, _, is_final, _ in revenue.values() if is_final)
    assert max(day for day, (*_, is_final, _) in sessions.items() if is_final) == date(2026, 6, 27)
    # A rate waits for both of its sides; a sum over days for the last of them.
    rate = values(database, "session_conversion_rate")
    assert max(day for day, (*_, is_final, _) in rate.items() if is_final) == date(2026, 6, 18)
    running = values(database, "revenue_28_days")
    assert max(day for day, (*_, is_final, _) in running.items() if is_final) == date(2026, 6, 18)
    # The naive answer, the newest load of all tables, calls the six zeros final.
    naive = query(
        database,
        "select period_start from metrics.metric_periods where grain = 'day' and is_final",
    )
    assert {(day,) for day in late} <= set(naive)
    awaited = dict(
        query(database, "select metric_name, awaited_table from metrics.metric_coverage")
    )
    assert awaited["revenue"] in ("app.orders", "app.order_items")
    assert awaited["sessions"] is None


def test_tables_of_subscriptions_are_final_by_their_own_loads(company_of_months):
    database = company_of_months / "warehouse.duckdb"
    may, june = values(database, "mrr", "month")[date(2026, 5, 1)], date(2026, 6, 1)
    assert may[2:] == (True, None)
    assert values(database, "mrr", "month")[june][2:] == (False, "too_recent")
    finals = query(database, "select max(month) from core.mrr_movements where is_final")
    assert finals == [(date(2026, 5, 1),)]


def test_what_nobody_delivered_is_empty_and_says_so(company_of_months):
    database = company_of_months / "warehouse.duckdb"
    for metric in ("refunds", "lost_dispute_revenue", "payment_attempts", "payment_success_rate"):
        rows = values(database, metric, "month")
        assert set(rows.values()) == {(None, None, False, "not_delivered")}, metric
    # Net revenue is there without refunds, which a company may not have, and says that they are missing.
    net, revenue = values(database, "net_revenue"), values(database, "revenue")
    assert [row[0] for row in net.values()] == [row[0] for row in revenue.values()]
    assert {row[3] for row in net.values() if row[2]} == {"partly_delivered"}
    missing = query(
        database,
        "select missing_tables from metrics.metric_coverage where metric_name = 'net_revenue'",
    )
    assert missing == [("payments.disputes, payments.refunds",)]
    # What is delivered and did not happen is 0.
    assert values(database, "new_customers")[date(2025, 3, 1)][0] == 0
    # Activity needs any of events, orders and readings.
    assert values(database, "active_customers", "month")[date(2026, 5, 1)][0] == 1


def test_tables_that_one_job_loads_cover_one_another(company_of_months, tmp_path):
    database = shutil.copy(company_of_months / "warehouse.duckdb", tmp_path)
    build(
        database,
        company_of_months / "raw",
        select="metric_coverage",
        tests=False,
        variables=AREAS | {"loaded_together": [["app", "events.events"]]},
    )
    covered = "select covered_date from metrics.metric_coverage where metric_name = 'revenue'"
    assert query(company_of_months / "warehouse.duckdb", covered) == [(date(2026, 6, 21),)]
    assert query(database, covered) == [(date(2026, 6, 29),)], "as far as the newest load of rates"
    wrong = build(
        database,
        company_of_months / "raw",
        select="metric_coverage",
        tests=False,
        variables=AREAS | {"loaded_together": [["app.order"]]},
        check=False,
    )
    assert "The var loaded_together names app.order, which is no raw table" in wrong.output


def test_final_values_of_an_earlier_day_stand(company_of_months, tmp_path):
    """The same company as of a Thursday in March, three days after a load of orders."""
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        company_of_months / "raw",
        select="+core_metric_values",
        tests=False,
        variables=AREAS | {"as_of": "2026-03-05"},
    )
    assert moved(database, company_of_months / "warehouse.duckdb", "core.core_metric_values") == []
    revenue = values(database, "revenue")
    assert max(day for day, (*_, is_final, _) in revenue.items() if is_final) == date(2026, 2, 26)


def moved(earlier, now, table: str) -> list[tuple]:
    attached = f"attach '{earlier}' as earlier (read_only);"
    finals = query(now, attached + f"select count(*) from earlier.{table} where is_final")
    assert finals[0][0] > 1000
    return query(now, attached + MOVED.format(values=table))


# -- Of the demo ---------------------------------------------------------------------------------


def test_reasons_follow_from_the_period_and_the_loads(demo):
    wrong = query(
        demo,
        """
        with told as (
            select
                metrics.*, coverage.*,
                case grain
                    when 'day' then period_start
                    when 'week' then period_start + 6
                    when 'month' then last_day(period_start)
                    else last_day(period_start + interval 2 month)
                end as period_end
            from metrics.metric_values as metrics
            inner join metrics.metric_coverage as coverage using (metric_name)
        ),
        judged as (
            select *,
                coalesce(
                    is_delivered and not can_change
                    and period_end + (3 + matures_after_days)::integer <= told.covered_date
                    and coalesce(period_end + known_after_days::integer <= run.as_of_date, true),
                    false
                ) as should_be_final
            from told cross join (select as_of_date from staging.as_of) as run
        )
        select metric_name, grain, period_start, is_final, reason from judged
        where is_final is distinct from should_be_final
            or (coalesce(reason, '') in ('running', 'too_early', 'not_delivered')) < (period_end > as_of_date)
        limit 10
        """,
    )
    assert wrong == []
    reasons = dict(query(demo, "select reason, count(*) from metrics.metric_values group by 1"))
    assert {
        "too_early",
        "running",
        "can_change",
        "too_recent",
        "nothing_to_count",
    } <= reasons.keys()


def test_how_long_a_value_takes_is_inherited(demo):
    days = {
        name: tuple(rest)
        for name, *rest in query(
            demo,
            """
            select metric_name, matures_after_days, known_after_days, can_change
            from metrics.metric_coverage
            """,
        )
    }
    assert days["revenue"] == (0, None, False)
    # The pause that ends a life is longer than the var churn_gap_days.
    assert days["customers_churned"] == days["customer_churn_rate"] == (31, 31, False)
    # A device that is identified later brings its visits to its customer, and to what they led to.
    assert days["campaign_revenue"][2] and days["roas"][2] and days["over_claim_ratio"][2]
    assert days["monitored_patient_share"] == (30, 30, False)
    assert days["attached_session_share"][2] and days["valid_experiment_share"][2]
    assert days["session_conversion_rate"] == (0, None, False)


def test_churn_that_nobody_can_know_yet_is_empty_not_zero(demo):
    rows = query(
        demo,
        """
        select period_start, value, n, reason, is_final from metrics.metric_values
        where metric_name in ('customers_churned', 'customers_at_risk', 'customer_churn_rate')
            and grain = 'month' and period_start >= '2026-05-01'
        """,
    )
    assert rows and {row[1:] for row in rows} == {(None, None, "too_early", False)}
    # The naive count of those who are known to have left by now is there, and is too small.
    ((known, left),) = query(
        demo,
        """
        select count(*), count(*) filter (is_churned) from lifecycle.life_months
        where month = '2026-05-01'
        """,
    )
    assert 0 < left < known


def test_intervals_are_wilsons(demo):
    rows = query(
        demo,
        """
        select metric_name, value, n, value_low, value_high from metrics.metric_values
        where value_low is not null and n > 0
        """,
    )
    assert len({name for name, *_ in rows}) >= 10
    values, counts = [row[1] for row in rows], [row[2] for row in rows]
    lows, highs = proportion_confint(
        [value * n for value, n in zip(values, counts, strict=True)], counts, method="wilson"
    )
    assert [row[3] for row in rows] == pytest.approx(lows, abs=1e-9)
    assert [row[4] for row in rows] == pytest.approx(highs, abs=1e-9)


# What values rest on, counted by hand: metric, and a select of month and count.
COUNTED = {
    "revenue": "select date_trunc('month', revenue_date)::date, count(*) from core.orders where revenue <> 0 group by 1",
    "average_order_value": "select date_trunc('month', revenue_date)::date, count(*) from core.orders where is_paid group by 1",
    "net_revenue": """
        select date_trunc('month', day)::date, count(*) from (
            select revenue_date as day from core.orders where revenue <> 0
            union all
            select refunded_date from core.refunds where refunded_revenue <> 0
            union all
            select counted_date from core.disputes where lost_revenue <> 0
        ) group by 1
    """,
    "lost_mrr": """
        select month, count(*) from core.mrr_movements where contraction_mrr + churned_mrr <> 0 group by 1
    """,
    "net_revenue_retention": "select month, sum(n) from core.mrr_retention group by 1",
    "subscriber_churn_rate": "select month, count(*) from core.mrr_movements where has_opening group by 1",
    "stickiness": "select month, count(distinct customer_id) from lifecycle.customer_months group by 1",
    "revenue_month_to_date": """
        select date_trunc('month', revenue_date)::date, count(*) from core.orders where revenue <> 0 group by 1
    """,
    "unattributed_revenue_share": """
        select date_trunc('month', converted_date)::date, count(distinct conversion_id)
        from growth.attributed_conversions group by 1
    """,
    "on_time_share": "select month, sum(n_mature) from lifecycle.order_step_months where step_number = 1 group by 1",
}


@pytest.mark.parametrize("metric", COUNTED)
def test_n_is_what_a_value_rests_on(demo, metric):
    found = query(
        demo,
        f"""
        select period_start, n from metrics.metric_values
        where metric_name = '{metric}' and grain = 'month' and brand = 'all' and n > 0
        """,
    )
    by_hand = {month: float(n) for month, n in query(demo, COUNTED[metric]) if n and month}
    last = query(demo, "select as_of_date from staging.as_of")[0][0]
    assert dict(found) == {month: n for month, n in by_hand.items() if month <= last}


# -- Slow ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "day", ["2025-03-04", "2025-08-05", "2025-11-20", "2026-01-05", "2026-03-17", "2026-05-05"]
)
def test_final_values_of_the_demo_stand_when_later_days_arrive(demo, tmp_path, day):
    database = tmp_path / "warehouse.duckdb"
    build(database, select="+metric_values", tests=False, variables={"as_of": day})
    assert moved_of_areas(database, demo) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "table",
    [
        "app__orders",
        "app__subscription_changes",
        "devices__readings",
        "events__events",
        "finance__exchange_rates",
        "payments__payments",
        "payments__refunds",
        "ads__daily_performance",
    ],
)
def test_final_values_of_the_demo_stand_when_a_tables_loads_go_on(demo, tmp_path, table):
    """The loads of one table stop seven weeks before the others; its lines and others of its kind with it."""
    folder = tmp_path / "raw"
    folder.mkdir()
    stopped = {table, "app__order_items"} if table == "app__orders" else {table}
    for file in (PROJECT / "seeds" / "raw").glob("raw_*.csv"):
        name = file.stem.removeprefix("raw_")
        if name not in stopped:
            shutil.copy(file, folder / f"{name}.csv")
            continue
        with file.open(newline="") as given, (folder / f"{name}.csv").open("w", newline="") as left:
            rows = csv.DictReader(given)
            written = csv.DictWriter(left, rows.fieldnames)
            written.writeheader()
            written.writerows(row for row in rows if row["_loaded_at"] < "2026-05-12")
    for file in (PROJECT / "seeds" / "reference").glob("*.csv"):
        shutil.copy(file, folder / f"reference__{file.name}")
    database = tmp_path / "warehouse.duckdb"
    build(database, folder, select="+metric_values", tests=False)
    # Rows are counted by the day they arrive: what is loaded later has a later one, but not in this test.
    by_arrival = {"raw_rows", "rejected_raw_rows", "rejected_row_share"}
    assert [row for row in moved_of_areas(database, demo) if row[0] not in by_arrival] == []
    ((naive,),) = query(
        demo,
        f"""
        attach '{database}' as earlier (read_only);
        select count(*)
        from earlier.metrics.metric_values as earlier
        inner join earlier.metrics.metric_periods as periods using (grain, period_start)
        inner join metrics.metric_values as now using (metric_name, grain, brand, period_start)
        where periods.is_final and abs(coalesce(earlier.value, -1e12) - coalesce(now.value, -1e12)) > 1e-6
        """,
    )
    assert naive > 10, "the newest load of all tables calls values final that move"


def moved_of_areas(earlier, now) -> list[tuple]:
    return [
        row
        for area in ("core", "growth", "experiments", "lifecycle", "care")
        for row in moved(earlier, now, f"{area}.{area}_metric_values")
    ]


def test_days_of_the_company_are_whole():
    """The first Monday after the last load of orders has come: it is late."""
    assert months_company.LAST_ORDERS + timedelta(days=7) < months_company.LAST_DAY
