"""metric_values against SQL written by hand over staging, and against MetricFlow's own command."""

import csv
import json
import math
import pathlib
import shutil
import subprocess
import sys

import duckdb
import pytest
import warehouse
from metrics_by_hand import (
    BY_DAY,
    BY_MONTH,
    BY_MONTH_ONLY,
    FACTS,
    OF_MONTHS,
    OF_ONE_MONTH,
    ONLY_IN_TOTAL,
    RUNNING,
)

GRAINS = ("day", "week", "month", "quarter")
CASES = (
    [(metric, grain) for metric in BY_DAY for grain in GRAINS]
    + [(metric, grain) for metric in BY_MONTH for grain in ("month", "quarter")]
    + [(metric, "month") for metric in BY_MONTH_ONLY]
    + [(metric, "month") for metric in OF_ONE_MONTH]
    + [(metric, grain) for metric in OF_MONTHS for grain in ("month", "quarter")]
    + [(metric, grain) for metric in RUNNING for grain in ("day", "week", "month")]
)
# Sums over months, which are 0 where there is nothing.
SUMS_OF_MONTHS = {
    metric
    for metric in {*BY_MONTH, *BY_MONTH_ONLY}
    if not metric.endswith(("_retention", "_rate", "_ratio"))
}


@pytest.fixture(scope="module")
def by_hand(demo):
    """A connection that reads the warehouse and holds the facts counted by hand."""
    with duckdb.connect(str(demo), read_only=True) as connection:
        count_by_hand(connection)
        yield connection


TOO_EARLY = "too early"
# Nobody came back, and of the few payments that were flagged none was let through in a finished quarter.
NOTHING_AT_SCALE_1 = {
    "reactivation_mrr",
    "labelled_flagged_payments",
    "refused_good_amount",
    "good_sales_refused_share",
}


def computed(database, metric: str, grain: str) -> dict:
    """(period, brand): value, as metric_values has it; TOO_EARLY where it says that nobody can know yet."""
    return {
        (period, brand): TOO_EARLY if reason == "too_early" else value
        for period, brand, value, reason in warehouse.query(
            database,
            f"""
            select period_start, brand, value, reason from metrics.metric_values
            where metric_name = '{metric}' and grain = '{grain}'
            """,
        )
    }


def expected(by_hand, metric: str, grain: str) -> dict:
    """(period, brand): value, by hand; every period and brand stands in it."""
    values = by_hand.execute(
        f"select period, brand, {metric} from by_hand_{family(metric)}_{grain}"
    )
    return {(period, brand): value for period, brand, value in values.fetchall()}


def family(metric: str) -> str:
    if metric in OF_MONTHS or metric in OF_ONE_MONTH:
        return "facts"
    if metric in BY_DAY:
        return "total" if metric in ONLY_IN_TOTAL else "facts"
    return "running" if metric in RUNNING else "moves"


def count_by_hand(connection) -> None:
    """One table per family of metrics and grain: a column per metric."""
    connection.execute(FACTS)
    in_total = {metric: BY_DAY[metric] for metric in ONLY_IN_TOTAL}
    branded = OF_MONTHS | {
        metric: sql for metric, sql in BY_DAY.items() if metric not in ONLY_IN_TOTAL
    }
    running = {
        metric: f"coalesce(sum(amount) filter (fact = 'order' and {window}), 0)"
        for metric, window in RUNNING.items()
    }
    for grain in GRAINS:
        period = f"date_trunc('{grain}', day)::date"
        count(connection, f"total_{grain}", period, in_total, f"{period} = period", brands=False)
        of_grain = branded | (OF_ONE_MONTH if grain == "month" else {})
        count(connection, f"facts_{grain}", period, of_grain, f"{period} = period")
        if grain != "quarter":
            near = "day between last_day - 40 and last_day"
            count(connection, f"running_{grain}", period, running, near)
        if grain in ("month", "quarter"):
            connection.execute(
                f"""
                create or replace temp table facts_of_months as
                select *,
                    month = {period.replace("day", "month")} as is_first,
                    month = max(month) over (partition by {period.replace("day", "month")}) as is_last
                from moves
                """
            )
            month = period.replace("day", "month")
            sums = BY_MONTH | (BY_MONTH_ONLY if grain == "month" else {})
            count(
                connection, f"moves_{grain}", period, sums, f"{month} = period", "facts_of_months"
            )


def count(connection, name, period, metrics, condition, source="facts", brands=True) -> None:
    columns = ", ".join(f"{sql} as {metric}" for metric, sql in metrics.items())
    connection.execute(
        f"""
        create temp table by_hand_{name} as
        with brands as (
            select 'all' as brand
            {"union all select brand from core.brands" if brands else ""}
        ),
        cells as (
            select {period} as period, max(day) as last_day, brand
            from days cross join brands group by all
        ),
        counted as (
            select *, brand as brand_of from {source}
            union all
            select * replace ('all' as brand), brand as brand_of from {source}
        )
        select period, cells.brand, {columns}
        from cells left join counted on cells.brand = counted.brand and {condition}
        group by all
        """
    )


def same(value, other) -> bool:
    """Equal to 1e-9; nothing, not-a-number and a zero denominator are all no value."""
    value, other = (
        None if number is None or math.isnan(number) else float(number) for number in (value, other)
    )
    if value is None or other is None:
        return value is other
    return math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize(("metric", "grain"), CASES)
def test_metric_equals_sql_by_hand(demo, by_hand, metric, grain):
    values = computed(demo, metric, grain)
    hand = {
        key: 0 if value is None and metric in SUMS_OF_MONTHS else value
        for key, value in expected(by_hand, metric, grain).items()
    }
    assert values.keys() == hand.keys()
    # Which those are is held in test_finality.py.
    known = {key for key, value in values.items() if value is not TOO_EARLY}
    assert len(known) > len(values) / 2
    different = {key: (values[key], hand[key]) for key in known if not same(values[key], hand[key])}
    assert not different
    # The total over all brands says something; a comparison of nothing with nothing would pass.
    assert any(values[key] for key in known if key[1] == "all") or metric in NOTHING_AT_SCALE_1


def test_every_certified_metric_is_counted_by_hand(demo):
    """A metric is certified when it has a twin in metrics_by_hand.py; until then it is certified: false."""
    rows = warehouse.query(
        demo, "select metric_name, grains, is_certified from metrics.metric_definitions"
    )
    known = {
        (name, grain): certified for name, grains, certified in rows for grain in grains.split(", ")
    }
    assert set(CASES) <= known.keys()
    assert {case for case, is_certified in known.items() if is_certified} <= set(CASES)


def test_the_day_by_day_mean_of_a_rate_is_another_number(demo):
    """The naive query: half the months are wrong by more than a hundredth of the rate."""
    ((months, wrong),) = warehouse.query(
        demo,
        """
        with months as (
            select date_trunc('month', period_start) as month, avg(value) as naive
            from metrics.metric_values
            where metric_name = 'average_order_value' and grain = 'day' and brand = 'all'
            group by all
        )
        select count(*), count(*) filter (abs(naive / value - 1) > 0.01)
        from months inner join metrics.metric_values as truth
            on truth.period_start = month and truth.grain = 'month' and truth.brand = 'all'
            and truth.metric_name = 'average_order_value'
        where value is not null
        """,
    )
    assert months >= 18 and wrong >= months / 2


def test_active_customers_of_a_month_are_not_the_sum_of_its_days(demo):
    ((months, above),) = warehouse.query(
        demo,
        """
        with months as (
            select date_trunc('month', period_start) as month, sum(value) as naive
            from metrics.metric_values
            where metric_name = 'active_customers' and grain = 'day' and brand = 'all'
            group by all
        )
        select count(*), count(*) filter (naive > value)
        from months inner join metrics.metric_values as truth
            on truth.period_start = month and truth.grain = 'month' and truth.brand = 'all'
            and truth.metric_name = 'active_customers'
        where value > 0
        """,
    )
    assert months >= 18 and above == months


def test_a_running_total_of_a_month_is_that_of_its_last_day(demo):
    """By default MetricFlow takes the first day's: a month to date would be one day of revenue."""
    ((months, right),) = warehouse.query(
        demo,
        """
        select count(*), count(*) filter (abs(to_date.value - revenue.value) < 1e-6)
        from metrics.metric_values as to_date
        inner join metrics.metric_values as revenue using (grain, brand, period_start)
        where to_date.metric_name = 'revenue_month_to_date' and revenue.metric_name = 'revenue'
            and grain = 'month' and revenue.value > 0
        """,
    )
    assert months > 50 and right == months


def target(database) -> pathlib.Path:
    return pathlib.Path(f"{database}.target")


def project_of(database, folder: pathlib.Path) -> pathlib.Path:
    """The project with the warehouse's own target folder: mf looks for none but `target`."""
    project = folder / "project"
    project.mkdir()
    for path in warehouse.PROJECT.iterdir():
        if path.name not in {"target", "logs"}:
            (project / path.name).symlink_to(path)
    (project / "target").symlink_to(target(database))
    return project


@pytest.mark.slow
@pytest.mark.parametrize("grain", ["day", "month"])
@pytest.mark.parametrize("by_brand", [False, True])
def test_mf_query_gives_the_same(demo, tmp_path, grain, by_brand):
    """The command people type, for metrics of every kind."""
    metrics = ["revenue", "net_revenue", "average_order_value", "active_customers", "sessions"]
    metrics += ["session_conversion_rate", "revenue_28_days", "revenue_month_to_date"]
    if grain == "month":
        metrics += ["mrr", "opening_mrr", "churned_mrr", "monthly_net_revenue_retention"]
        metrics += ["subscriber_churn_rate"]
    words = [str(pathlib.Path(sys.executable).with_name("mf")), "query", "--quiet"]
    words += ["--metrics", ",".join(metrics), "--csv", str(tmp_path / "answer.csv")]
    words += ["--group-by", f"metric_time__{grain}" + (",brand" if by_brand else "")]
    words += ["--start-time", "2025-01-01", "--end-time", "2026-06-30", "--decimals", "12"]
    # mf locks the file that it opens, and by_hand reads it.
    copy = shutil.copy(demo, tmp_path / demo.name)
    _, environment = warehouse.dbt_command(copy)
    done = subprocess.run(
        words,
        cwd=project_of(demo, tmp_path),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stdout + done.stderr
    with (tmp_path / "answer.csv").open() as answer:
        rows = list(csv.DictReader(answer))
    compared = 0
    for metric in metrics:
        values = computed(demo, metric, grain)
        for row in rows:
            if not row[metric]:
                continue
            day = next(key for key in values if str(key[0]) == row[f"metric_time__{grain}"][:10])[0]
            value = values[day, row["brand"] if by_brand else "all"]
            assert same(value, float(row[metric])), (metric, row)
            compared += 1
    assert compared > len(metrics) * 12


def test_a_planted_fault_in_a_definition_is_caught(demo, by_hand):
    """Revenue counted by what was ordered instead of what was paid differs from the hand's."""
    manifest = json.loads((target(demo) / "semantic_manifest.json").read_text())
    sys.path.insert(0, str(warehouse.PROJECT / "plugins"))
    import semantic_layer

    ((first_day, last_day),) = warehouse.query(
        demo,
        "select min(period_start), max(period_start) from metrics.metric_periods where grain = 'day'",
    )

    def months(manifest_json: str) -> dict:
        sql = semantic_layer.SemanticLayer(manifest_json).values_sql(
            first_day, last_day, ["revenue"]
        )
        rows = by_hand.execute(
            f"""
            select period_start, brand, value from ({sql})
            where metric_name = 'revenue' and grain = 'month' and brand = 'all'
            """
        ).fetchall()
        return {(start, brand): value for start, brand, value in rows}

    hand = expected(by_hand, "revenue", "month")
    for fault, is_caught in (("revenue", False), ("gross_amount", True)):
        planted = {
            part: [
                json.loads(json.dumps(item).replace('"expr": "revenue"', f'"expr": "{fault}"'))
                if item["name"] in ("orders", "revenue")
                else item
                for item in items
            ]
            for part, items in manifest.items()
            if part in ("metrics", "semantic_models")
        }
        found = months(json.dumps(manifest | planted))
        assert found and any(not same(found[key], hand[key]) for key in found) == is_caught
