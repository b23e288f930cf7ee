"""Whom the ledger credits, and what decides on a campaign: a company whose increments were counted by hand."""

import datetime as dt
import shutil

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from test_scipy_functions import scipy_functions
from warehouse import build, query, write_raw

AT = dt.datetime.fromisoformat
GEO = ["KR", "JP", "US", "DE", "FR", "ES", "IT", "GB", "CA", "AU"]
HOLDOUTS = {
    # experiment: campaign, treated, control, converted of each, touched, started, ended
    "e_h1": ("c1", 4000, 4000, 240, 160, 48, "2026-05-01", "2026-06-01"),
    "e_h2": ("c2", 100, 100, 10, 4, 10, "2026-06-20", "2026-12-31"),
    "e_h3": ("c3", 3000, 1000, 120, 40, 120, "2026-04-01", "2026-04-30"),
    "e_h4": ("c4", 2000, 2000, 300, 60, 200, "2026-05-01", "2026-06-01"),
    "e_h5": ("c5", 2000, 2000, 110, 100, 80, "2026-05-01", "2026-06-01"),
}
# campaign: brand, channel, spend a day in May
CAMPAIGNS = {
    "c1": ("hold", "display", 60),
    "c2": ("hold", "display", None),
    "c3": ("hold", "display", None),
    "c4": ("hold", "video", 20),
    "c5": ("hold", "paid_social", 900),
    "c6": ("hold", "video", 20),
    "c7": ("hold", "affiliate", 1),
    "g1": ("geo", "video", 100),
    "g2": ("geo", "display", 100),
    "g3": ("geo", "affiliate", 100),
    "g4": ("geo", "paid_social", 100),
}


HEADS = {
    "app__customers": "customer_id,brand,country_code,created_at,updated_at",
    "app__products": "product_id,brand,product_name,list_price,currency",
    "app__orders": "order_id,customer_id,ordered_at,paid_at,status,currency",
    "app__order_items": "order_id,line_number,product_id,quantity,unit_price",
    "experiments__experiments": "experiment_id,brand,experiment_name,experiment_type,unit,campaign_id,minimum_detectable_effect,started_at,ended_at",
    "experiments__variants": "experiment_id,variant,is_control,traffic_share",
    "experiments__metrics": "experiment_id,metric_name,role,direction,outcome_days,declared_at",
    "experiments__exposures": "exposure_id,experiment_id,variant,customer_id,exposed_at",
    "experiments__decisions": "experiment_id,decided_at,decision,shipped_variant,shipped_at,decided_by,reason",
    "ads__campaigns": "campaign_id,brand,platform,channel,campaign_name,utm_source,utm_medium,utm_campaign,currency,started_on",
    "ads__daily_performance": "campaign_id,performance_date,impressions,clicks,spend,claimed_conversions,claimed_revenue",
    "events__events": "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,page_path,utm_source,utm_medium,utm_campaign",
    "reference__geo_tests": "geo_test_id,campaign_id,country_code,is_test,started_on,ended_on,reason",
    "reference__planned_budgets": "campaign_id,month,reason",
}
# campaign: visits of a day with a report, and the days reported, from 1 April (0) to 10 June (70)
REPORTS = {
    "daily": (1, range(71)),
    "every_other": (2, [day for day in range(71) if day < 30 or day % 2 or day > 60]),
    "weekdays": (3, [day for day in range(71) if (day + 2) % 7 < 5]),
    "paused": (2, [*range(40), *range(61, 71)]),
    "shown": (0, [*range(40), *range(61, 71)]),
    "no_may": (0, [*range(30), *range(61, 71)]),
    "rare": (1, [*range(0, 61, 4), 66]),
    "stopped": (2, range(40)),
}


class Rows:
    """Raw tables by name."""

    def __init__(self):
        self.rows = {name: [head] for name, head in HEADS.items()}

    def add(self, table, *values):
        self.rows[table].append(",".join("" if value is None else str(value) for value in values))

    def customer(self, customer, brand, country="US"):
        self.add("app__customers", customer, brand, country, "2025-12-01", "2025-12-01")

    def order(self, customer, brand, at, amount):
        order = f"o{len(self.rows['app__orders'])}"
        self.add("app__orders", order, customer, at, at, "paid", "USD")
        self.add("app__order_items", order, 1, f"p_{brand}", 1, amount)

    def visit(self, customer, brand, at, campaign):
        event = f"v{len(self.rows['events__events'])}"
        self.add(
            "events__events",
            event,
            brand,
            "page_viewed",
            at,
            at,
            f"a_{customer}",
            customer,
            "/",
            campaign,
            "cpc",
            campaign,
        )

    def experiment(
        self, name, brand, start, end, kind="ab", campaign=None, metric="revenue", days=14
    ):
        self.add(
            "experiments__experiments",
            name,
            brand,
            name,
            kind,
            "customer",
            campaign,
            0.05,
            start,
            end,
        )
        for variant, is_control in (("control", "true"), ("treatment", "false")):
            self.add("experiments__variants", name, variant, is_control, 0.5)
        self.add("experiments__metrics", name, metric, "success", "up", days, "2020-01-01")

    def expose(self, name, variant, customer, at):
        number = len(self.rows["experiments__exposures"])
        self.add("experiments__exposures", f"x{number}", name, variant, customer, at)


def add_tests(rows, random, brand, customers, price):
    """Seven tests that 200 of the customers reach, each worth 20 a treated unit; the first is shipped in April."""
    for number in range(customers):
        rows.customer(f"{brand}_{number}", brand)
        for month in range(1, 7):
            at = dt.datetime(2026, month, 1 + int(random.integers(0, 27)), 12)
            rows.order(f"{brand}_{number}", brand, at, price)
    for test in range(7):
        name = f"{brand}_{test}"
        rows.experiment(name, brand, "2026-02-01", "2026-02-15")
        for unit in range(200):
            customer = f"{brand}_{(test * 200 + unit) % customers}"
            at = AT("2026-02-01") + dt.timedelta(minutes=int(random.integers(0, 14 * 1440 - 10)))
            variant = "treatment" if unit % 2 else "control"
            rows.expose(name, variant, customer, at)
            amount = round(float(max(0, random.normal(50 if unit % 2 else 30, 10))), 2)
            rows.order(customer, brand, at + dt.timedelta(days=2), amount)
    rows.add(
        "experiments__decisions",
        f"{brand}_0",
        "2026-03-10",
        "ship",
        "treatment",
        "2026-04-01",
        "x",
        "r",
    )


def add_holdouts(rows, random):
    for name, (campaign, treated, control, *counts, start, end) in HOLDOUTS.items():
        converted, converted_control, touched = counts
        rows.experiment(name, "hold", start, end, "holdout", campaign, "conversion", 28)
        for place in range(treated + control):
            is_treated = place < treated
            customer, number = f"{name}_{place}", place if is_treated else place - treated
            rows.customer(customer, "hold")
            at = AT(start) + dt.timedelta(minutes=int(random.integers(1, 2 * 1440)))
            rows.expose(name, "treatment" if is_treated else "control", customer, at)
            if number < (converted if is_treated else converted_control):
                bought = at + dt.timedelta(minutes=int(random.integers(3 * 1440, 7 * 1440)))
                rows.order(customer, "hold", bought, 50)
                if is_treated and number < touched:
                    rows.visit(customer, "hold", bought - dt.timedelta(days=1), campaign)
    for number in range(
        100
    ):  # of a campaign of the same channel that nobody held out, and one of another
        for campaign in ("c6", "c7"):
            customer = f"{campaign}_{number}"
            rows.customer(customer, "hold")
            rows.order(customer, "hold", "2026-05-20 12:00:00", 50)
            rows.visit(customer, "hold", "2026-05-19 12:00:00", campaign)


def geo_counts(random):
    """country: conversions before and after; g1 doubles what its five countries sell."""
    return {
        country: (
            60 + int(random.integers(-6, 7)),
            (132 if place < 5 else 66) + int(random.integers(-6, 7)),
        )
        for place, country in enumerate(GEO)
    }


def add_geo(rows, counts):
    for place, country in enumerate(GEO):
        before, after = counts[country]
        for number in range(before + after):
            customer = f"geo_{country}_{number}"
            rows.customer(customer, "geo", country)
            start = "2026-04-03" if number < before else "2026-05-01"
            at = AT(start) + dt.timedelta(days=number % 28, hours=12)
            rows.order(customer, "geo", at, 40)
            if place < 5 and before <= number < before + 60:
                rows.visit(customer, "geo", at - dt.timedelta(hours=3), "g1")
            elif place < 5 and number >= before + 60:
                rows.visit(customer, "geo", at - dt.timedelta(hours=3), "g3")
            elif place >= 5 and number >= before:
                rows.visit(customer, "geo", at - dt.timedelta(hours=3), "g2")
        for test, campaign, end, ours in (
            ("t1", "g1", "2026-05-28", place < 5),
            ("t2", "g2", "2026-05-28", place % 2 == 1),
            ("t4", "g4", "2026-07-28", place < 5),
        ):
            rows.add("reference__geo_tests", test, campaign, country, ours, "2026-05-01", end, "r")
        if place in (0, 5):
            rows.add(
                "reference__geo_tests",
                "t3",
                "g3",
                country,
                place < 5,
                "2026-05-01",
                "2026-05-28",
                "r",
            )
    rows.customer("geo_old", "geo")
    rows.order("geo_old", "geo", "2026-01-05 12:00:00", 40)


def add_gaps(rows):
    """Campaigns whose platform left days out, each for another reason; some visits on days that it left out."""
    for campaign, (visits, reported) in REPORTS.items():
        days = {day: visits for day in reported}
        if campaign in ("every_other", "stopped"):
            days = {day: visits for day in range(71 if campaign == "every_other" else 61)}
        if campaign == "weekdays":
            days |= {day: 1 for day in (3, 17, 38, 52)}
        for day, count in days.items():
            at = dt.datetime(2026, 4, 1, 12) + dt.timedelta(day)
            for visit in range(count):
                rows.visit(f"{campaign}_{day}_{visit}", "gaps", at, campaign)
        for day in reported:
            date = dt.date(2026, 4, 1) + dt.timedelta(day)
            claims = (None, None) if campaign == "rare" else (1, 50)
            rows.add("ads__daily_performance", campaign, date, 100, visits, 10, *claims)
    # Who came in April and buys in May was brought by April's budget.
    for place in range(5):
        rows.customer(f"daily_29_{place}", "gaps")
        rows.visit(f"daily_29_{place}", "gaps", "2026-04-30 13:00:00", "daily")
        rows.order(f"daily_29_{place}", "gaps", "2026-05-02 12:00:00", 40)
    rows.customer("gaps_other", "gaps")
    rows.order("gaps_other", "gaps", "2026-04-10 12:00:00", 40)
    for campaign, month in (("daily", "2026-04-15"), ("daily", "2026-05-01"), ("c4", "2026-05-01")):
        rows.add("reference__planned_budgets", campaign, month, "by lot")


@pytest.fixture(scope="module")
def counts():
    return geo_counts(np.random.default_rng(3))


@pytest.fixture(scope="module")
def built(tmp_path_factory, counts):
    rows, random = Rows(), np.random.default_rng(7)
    add_tests(rows, random, "ledg", 2000, 1)
    add_tests(rows, random, "sells", 1400, 100)
    add_holdouts(rows, random)
    add_geo(rows, counts)
    add_gaps(rows)
    for brand in ("ledg", "sells", "hold", "geo", "gaps"):
        rows.add("app__products", f"p_{brand}", brand, brand, 1, "USD")
    gaps = {campaign: ("gaps", "display", None) for campaign in REPORTS}
    for campaign, (brand, channel, spend) in (CAMPAIGNS | gaps).items():
        rows.add(
            "ads__campaigns",
            campaign,
            brand,
            "p",
            channel,
            campaign,
            campaign,
            "cpc",
            campaign,
            "USD",
            "2026-01-01",
        )
        for day in range(31 if spend else 0):
            rows.add(
                "ads__daily_performance", campaign, f"2026-05-{day + 1:02d}", 100, 10, spend, 5, 250
            )
    folder = tmp_path_factory.mktemp("decisions")
    database = folder / "warehouse.duckdb"
    build(
        database,
        write_raw(folder / "raw", rows.rows),
        select="+campaign_performance +experiment_ledger_totals",
        tests=False,
        variables={"as_of": "2026-06-30"},
    )
    return database


def test_a_test_is_credited_with_those_it_could_reach(built):
    """Naive: 20 × the 2,000 customers of the brand, over and over, 85,618 a month where 2,000 are sold."""
    rows = query(
        built,
        """select month::varchar, evidence, test_count, ledger.units, active_units, reach, observed_revenue::double,
            credited_revenue::double, revenue_of_units::double, is_limited
        from experiments.experiment_ledger as ledger inner join experiments.int_experiment_live_months
            using (experiment_id, variant, month)
        where experiment_id = 'ledg_0' order by 1""",
    )
    assert [row[0] for row in rows] == ["2026-04-01", "2026-05-01", "2026-06-01"]
    for month, evidence, tests, units, active, reach, observed, credited, most, limited in rows:
        days = 31 if month == "2026-05-01" else 30
        assert (evidence, tests, active, limited) == ("shrunk", 14, 2000, True)
        assert units == pytest.approx(200 / 14 * days)
        assert reach == pytest.approx(units / 2000)
        assert observed == pytest.approx(20 * units, rel=0.25)
        assert credited <= most + 0.01 and most == pytest.approx(2000 * reach, rel=1e-9)


def test_where_they_pay_enough_it_is_the_effect_times_those_units(built):
    ((effect, observed, units, credited, low, high, limited),) = query(
        built,
        """select effect, observed, units, credited_revenue::double, credited_revenue_low::double,
            credited_revenue_high::double, is_limited
        from experiments.experiment_ledger inner join experiments.int_experiment_effects
            using (experiment_id, variant)
        where experiment_id = 'sells_0' and month = '2026-04-01'""",
    )
    assert not limited and units == pytest.approx(200 / 14 * 30)
    assert 0.8 * observed < effect < observed
    assert credited == pytest.approx(effect * units, abs=0.001)
    assert 0 < low < credited < high


def test_all_tests_together_are_no_more_than_the_year_sold(built):
    rows = query(
        built,
        """select brand, live_tests, credited_revenue::double, credited_revenue_low::double,
            credited_revenue_high::double, luck_left_share
        from experiments.experiment_ledger_totals where month = '2026-06-01' order by 1""",
    )
    assert [row[:2] for row in rows] == [("all", 2), ("ledg", 1), ("sells", 1)]
    assert rows[0][2] == pytest.approx(rows[1][2] + rows[2][2])
    assert rows[1][2] < 6000 * 0.3
    assert all(low < credited < high and luck > 0.3 for *_, credited, low, high, luck in rows)


def test_no_credit_is_above_what_was_sold(built):
    build(
        built,
        command="test",
        select="credits_are_no_more_than_is_sold",
        variables={"as_of": "2026-06-30"},
    )


def test_the_holdout_of_a_campaign_is_not_in_the_ledger(built):
    assert query(
        built,
        "select count(*) from experiments.experiment_ledger where brand in ('hold', 'geo')",
    ) == [(0,)]


def test_what_a_holdout_added_is_measured_per_touched_conversion(built):
    """240 of 4,000 against 160 of 4,000, 48 touched: 80 were added. Naive: a third of the touched ones, 16."""
    measured = query(
        built,
        """select measurement_id, problem, touched_conversions, round(incremental_conversions, 6)
        from growth.campaign_measurements where measured_by = 'holdout' order by 1""",
    )
    assert measured == [
        ("e_h1", None, 48, 80),
        ("e_h3", "split as planned does not hold", 120, 0),
        ("e_h4", None, 200, 240),
        ("e_h5", None, 80, 10),
    ], "one that runs until December has not concluded"
    months = query(
        built,
        """select campaign_id, holdout_conversions, holdout_conversions_low, holdout_conversions_high
        from growth.campaign_performance
        where month = '2026-05-01' and attribution_model = 'linear' and campaign_id in ('c1', 'c4')
        order by 1""",
    )
    assert [round(row[1], 6) for row in months] == [80, 240]
    assert 40 < months[0][2] < 60 and 110 < months[0][3] < 150, "not 8 to 24"
    assert query(
        built,
        """select count(*) from growth.campaign_performance
        where campaign_id in ('c2', 'c3') and (holdout_conversions is not null or decided_by <> 'none')""",
    ) == [(0,)]


def test_the_interval_of_a_factor_holds_the_planted_one(built, tmp_path):
    """Simulated holdouts: 95 %, by 4 standard errors of 4,000; without the touched arm's own error it is too narrow."""
    random, number = np.random.default_rng(6), 4_000
    treated, control = 1500, 1000
    base, added, seen = (
        random.uniform(*ends, number) for ends in ((0.02, 0.06), (0, 0.04), (0.4, 0.9))
    )
    touched = random.binomial(treated, (base + added) * seen)
    others = random.binomial(
        treated - touched, (base + added) * (1 - seen) / (1 - (base + added) * seen)
    )
    drawn = pa.table(
        {
            "experiment_id": [str(place) for place in range(number)],
            "treated_conversions": touched + others,
            "control_conversions": random.binomial(control, base),
            "touched_conversions": touched,
        }
    )
    database = tmp_path / built.name
    shutil.copy(built, database)
    with duckdb.connect(str(database)) as connection:
        connection.register("drawn", drawn)
        connection.execute(
            f"""create or replace table growth.int_campaign_holdouts as
            select *, 'c1' as campaign_id, 'hold' as brand, timestamp '2026-05-01' as started_at,
                timestamp '2026-06-01' as ended_at, {treated} as treated_units, {control} as control_units,
                null::varchar as problem from drawn"""
        )
    build(
        database, command="run", select="campaign_measurements", variables={"as_of": "2026-06-30"}
    )
    found = query(
        database,
        """select calibration_factor_low, calibration_factor_high from growth.campaign_measurements
        where measured_by = 'holdout' order by measurement_id::int""",
    )
    true = added / ((base + added) * seen)
    held = np.mean([low <= factor <= high for factor, (low, high) in zip(true, found, strict=True)])
    assert held == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / number) + 0.005)


def test_only_a_measurement_decides(built):
    rows = query(
        built,
        """select campaign_id, decision, decided_by, calibrated_by, calibration_scope
        from growth.campaign_performance
        where month = '2026-05-01' and attribution_model = 'linear' and brand <> 'gaps' order by 1""",
    )
    assert rows == [
        ("c1", "keep", "holdout", "holdout", "campaign"),
        ("c4", "scale", "holdout", "holdout", "campaign"),
        ("c5", "cut", "holdout", "holdout", "campaign"),
        ("c6", "scale", "holdout", "holdout", "channel"),
        ("c7", "test_first", "none", None, None),
        ("g1", "scale", "geo", "geo", "campaign"),
        ("g2", "test_first", "none", "geo", "campaign"),
        ("g3", "test_first", "none", None, None),
        ("g4", "test_first", "none", None, None),
    ]
    ((roas, robust),) = query(
        built,
        """select roas, attribution_robust from growth.campaign_performance
        where month = '2026-05-01' and attribution_model = 'linear' and campaign_id = 'c7'""",
    )
    assert roas > 100 and robust, "credit alone would say scale, whatever the model"


def test_a_carried_measurement_is_less_sure(built):
    """Of another campaign of the channel twice as wide; after a year twice as wide."""
    rows = query(
        built,
        """select campaign_id, month::varchar, calibration_factor, calibration_factor_low, calibration_factor_high
        from growth.campaign_performance
        where campaign_id in ('c4', 'c6') and attribution_model = 'linear' and month = '2026-05-01' order by 1""",
    )
    (_, _, own, low, high), (_, _, carried, carried_low, carried_high) = rows
    assert own == carried == pytest.approx(1.2)
    assert own - carried_low == pytest.approx(2 * (own - low))
    assert carried_high - own == pytest.approx(2 * (high - own))


def test_a_geo_test_compares_growth_of_places(built, counts):
    (found, *others) = query(
        built,
        """select measurement_id, problem, touched_conversions, incremental_conversions,
            incremental_conversions_low, incremental_conversions_high
        from growth.campaign_measurements where measured_by = 'geo' order by 1""",
    )
    change = np.array([np.log((counts[c][1] + 0.5) / (counts[c][0] + 0.5)) for c in GEO])
    sold = sum(counts[country][1] for country in GEO[:5])
    lift = change[:5].mean() - change[5:].mean()
    assert found[:3] == ("t1", None, 300)
    assert found[3] == pytest.approx(sold * (1 - np.exp(-lift)))
    assert 200 < found[4] < sold / 2 < found[5] + 40
    assert [(row[0], row[1]) for row in others] == [
        ("t2", None),
        ("t3", "too few places"),
        ("t4", "not over"),
    ]
    assert others[0][4] < 0 < others[0][5]


def test_the_interval_of_a_return_is_that_of_a_count_of_orders(built):
    """100 orders of 50: Poisson's exact interval of 100."""
    ((conversions, roas, low, high),) = query(
        built,
        """select window_conversions, window_roas, window_roas_low, window_roas_high
        from growth.campaign_performance
        where month = '2026-05-01' and attribution_model = 'linear' and campaign_id = 'c7'""",
    )
    exact = stats.chi2.ppf(0.025, 200) / 2, stats.chi2.ppf(0.975, 202) / 2
    assert conversions == pytest.approx(100)
    assert (low / roas * 100, high / roas * 100) == pytest.approx(exact, rel=1e-6)


def test_the_permutation_interval_is_that_of_every_shift_that_is_not_rejected():
    """Against scipy: the two-sided test of places shifted by either end rejects just outside, not inside."""
    random = np.random.default_rng(2)
    for _ in range(25):
        n = int(random.integers(8, 10))
        in_test = np.zeros(n, bool)
        in_test[random.choice(n, n // 2, replace=False)] = True
        values = random.normal(0, 1, n) + 0.7 * in_test
        low, high = scipy_functions.permutation_interval(values, in_test)
        for end, outward in ((low, -1), (high, 1)):
            for step, rejected in ((1e-7, True), (-1e-7, False)):
                shift = end + outward * step
                found = stats.permutation_test(
                    ((values - shift * in_test)[in_test], values[~in_test]),
                    lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
                    vectorized=True,
                    alternative="greater" if outward < 0 else "less",
                )
                assert (found.pvalue <= 0.025) == rejected
    assert scipy_functions.permutation_interval(np.arange(4.0), np.arange(4) < 2) == (None, None)


def test_days_that_a_platform_left_out_are_missing_unless_the_campaign_paused(built):
    """Naive: a month is what its reports add up to, so 10 of 31 days are a cheap month."""
    rows = query(
        built,
        """select campaign_id, month::varchar, missing_report_days, spend::int, roas is not null, is_final
        from growth.campaign_performance
        where brand = 'gaps' and attribution_model = 'linear' and month < '2026-06-01' order by 1, 2""",
    )
    found = {(campaign, month[:7]): rest for campaign, month, *rest in rows}
    whole = {campaign: [0, 300, True, True] for campaign in REPORTS}
    whole["weekdays"][1], whole["rare"][1] = 220, 80
    for campaign, expected in whole.items():
        assert found[campaign, "2026-04"] == expected, campaign
    may = {campaign: found[campaign, "2026-05"] for campaign in REPORTS}
    assert may == {
        "daily": [0, 310, True, True],
        "every_other": [16, 150, False, False],
        "weekdays": [0, 210, True, True],
        "paused": [0, 100, True, True],
        "shown": [21, 100, False, False],
        "no_may": [31, None, False, False],
        "rare": [0, 80, True, True],
        "stopped": [20, 100, False, False],
    }


def test_claims_that_were_not_reported_are_empty(built):
    rows = query(
        built,
        """select campaign_id, claimed_conversions::int, claimed_revenue::int, over_claim_ratio
        from growth.campaign_performance
        where campaign_id in ('rare', 'daily') and attribution_model = 'linear' and month = '2026-05-01' order by 1""",
    )
    assert rows == [("daily", 31, 1550, 31 / 5), ("rare", None, None, None)], "not 0"


def test_a_window_with_a_month_that_was_not_delivered_has_no_return(built):
    rows = query(
        built,
        """select campaign_id, window_roas is null from growth.campaign_performance
        where brand = 'gaps' and attribution_model = 'linear' and month = '2026-06-01' order by 1""",
    )
    assert [campaign for campaign, empty in rows if not empty] == [
        "daily",
        "paused",
        "rare",
        "weekdays",
    ]


def test_a_month_is_final_by_the_loads_of_what_it_is_made_of(built, tmp_path):
    """Naive: by the newest load of all."""
    database = tmp_path / built.name
    shutil.copy(built, database)
    build(
        database,
        command="compile",
        select="campaign_performance",
        variables={"as_of": "2026-06-30"},
    )
    (sql,) = tmp_path.rglob("compiled/**/campaign_performance.sql")
    final = f"""select month::varchar, count(*) filter (where is_final)
        from ({sql.read_text()}) group by 1"""
    before = dict(query(built, final))
    assert before["2026-04-01"] and before["2026-05-01"] and not before["2026-06-01"]
    with duckdb.connect(str(database)) as connection:
        for table in ("ads.daily_performance", "app.orders", "events.events"):
            ((covered,),) = connection.execute(
                "select covered_date from staging.raw_coverage where raw_table = $1", [table]
            ).fetchall()
            move = "update staging.raw_coverage set covered_date = $2 where raw_table = $1"
            connection.execute(move, [table, dt.date(2026, 5, 20)])
            after = dict(connection.execute(final).fetchall())
            assert after["2026-05-01"] == 0 and after["2026-04-01"] > 0, table
            connection.execute(move, [table, covered])


def test_what_a_planned_month_brings_begins_in_it(built):
    """The orders of May that began with a visit in April are April's; May is too young."""
    assert query(
        built,
        """select campaign_id, month::varchar, spend, conversions, other_conversions
        from growth.int_campaign_budgets""",
    ) == [("daily", "2026-04-01", 300, 5, 1)]


def test_what_one_more_unit_brings_is_said_only_where_it_can_be_known(built):
    rows = query(
        built,
        """select campaign_id, marginal_roas, marginal_return, marginal_return_ko
        from growth.campaign_performance
        where campaign_id in ('c1', 'c4', 'daily') and attribution_model = 'linear' and month = '2026-05-01'
        order by 1""",
    )
    told = {
        campaign: (english.split(":")[1].split(".")[0], number)
        for campaign, number, english, _ in rows
    }
    assert told == {
        "c1": (" spend may have followed demand, and nothing tells the two apart", None),
        "c4": (" 0 months with a planned budget are complete; it takes 8", None),
        "daily": (" nothing sound has measured what the campaign adds", None),
    }
    assert all("식별할 수 없습니다" in korean and "{" not in korean for *_, korean in rows)
