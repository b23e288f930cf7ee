"""How often intervals hold and verdicts are wrong over thousands of simulated months, through the marts' own SQL."""

import numpy as np
import pandas as pd
import pytest
from fraud_worlds import counted, draw_counts, labels, payments
from scipy import stats
from warehouse import query

RATES = (
    "int_fraud_cells int_fraud_parts int_fraud_measures int_fairness_pairs int_fairness_ratios "
    "int_fairness_verdicts"
)
FRAUD_RATE, CAUGHT = 0.03, 0.45
SIZES = {"small": 4_000, "large": 20_000}
CHANCES = {
    "weights 1": (1.0,),
    "weights 10": (0.1,),
    "weights 2 to 20": (0.05, 0.1, 0.5),
}
# Honest payments that are flagged, of the reference and of the other group.
STOPPED = {"alike": (0.01, 0.01), "biased": (0.01, 0.03)}


def months(database, seed, worlds):
    """Worlds of two countries, KR larger than US, by size, chances and what is true of honest people."""
    random = np.random.default_rng(seed)
    frames = []
    for size, n in SIZES.items():
        for chances, of_payments in CHANCES.items():
            for truth, stopped in STOPPED.items():
                for country, more, share in zip(("KR", "US"), (1, 0), stopped, strict=True):
                    frame = draw_counts(
                        random, worlds, n + more, FRAUD_RATE, CAUGHT, share, of_payments
                    )
                    names = [f"{size}|{chances}|{truth}|{world}" for world in range(worlds)]
                    frames.append(frame.assign(model_version=names, country_code=country))
    counted(database, pd.concat(frames, ignore_index=True), RATES)


def coverage(database):
    """By size, chances, truth and measure: how often the interval of US, and that of its ratio to KR, holds the truth."""
    found = {}
    for measure in ("precision", "false_negative_rate", "false_positive_rate"):
        for truth, (of_reference, of_group) in STOPPED.items():

            def true(stopped, measure=measure):
                if measure == "false_positive_rate":
                    return stopped
                if measure == "false_negative_rate":
                    return 1 - CAUGHT
                caught = FRAUD_RATE * CAUGHT
                return caught / (caught + (1 - FRAUD_RATE) * stopped)

            value, ratio = true(of_group), true(of_group) / true(of_reference)
            for kind, right in (("rate", value), ("ratio", ratio)):
                bounds = ("low", "high") if kind == "rate" else ("ratio_low", "ratio_high")
                rows = query(
                    database,
                    f"""select
                        split_part(model_version, '|', 1), split_part(model_version, '|', 2),
                        avg(({right} >= {bounds[0]} and coalesce({right} <= {bounds[1]}, true))::int),
                        count(*)
                    from trust.int_fairness_verdicts
                    where window_kind = 'all' and group_kind = 'country' and group_name = 'US'
                        and measure = '{measure}' and split_part(model_version, '|', 3) = '{truth}'
                        and estimate is not null and reference_value is not null
                    group by all""",
                )
                for size, chances, share, count in rows:
                    found[size, chances, truth, measure, kind] = (share, count)
    return found


def holds(found, least, most):
    assert len(found) == len(SIZES) * len(CHANCES) * len(STOPPED) * 3 * 2
    for setting, (share, _) in found.items():
        assert least <= share <= most, (setting, share)


def test_intervals_of_rates_hold_in_60_months(tmp_path):
    """95 % within four standard errors of 60; what is held fully is held by the slow test."""
    months(tmp_path / "warehouse.duckdb", seed=1, worlds=60)
    holds(coverage(tmp_path / "warehouse.duckdb"), 0.95 - 0.113, 1)


@pytest.mark.slow
def test_intervals_of_rates_hold_in_2000_months(tmp_path):
    months(tmp_path / "warehouse.duckdb", seed=2, worlds=2_000)
    holds(coverage(tmp_path / "warehouse.duckdb"), 0.92, 0.98)


# size of a month, frauds, how much higher they score, chances: 50 and more confirmed frauds nearly always
AREAS = {
    "small, weights 1": (2_000, 0.05, 1.5, (1.0,)),
    "small, weights 5": (3_500, 0.04, 2.6, (0.2,)),
    "small, weights 2 to 20": (3_000, 0.04, 2.6, (0.05, 0.1, 0.5)),
    "large, weights 1": (6_000, 0.04, 1.5, (1.0,)),
    "large, weights 10": (8_000, 0.04, 2.6, (0.1,)),
}


def areas(database, seed, worlds, sizes=("small", "large")):
    random = np.random.default_rng(seed)
    settings = {name: setting for name, setting in AREAS.items() if name.startswith(sizes)}
    frames = [
        payments(random, n * worlds, "", "KR", fraud_rate, shift, chance=chances).assign(
            model_version=np.repeat([f"{name}|{world}" for world in range(worlds)], n)
        )
        for name, (n, fraud_rate, shift, chances) in settings.items()
    ]
    labels(
        database,
        pd.concat(frames, ignore_index=True),
        models="int_fraud_counts int_fraud_cells int_group_labels int_fraud_areas",
    )
    found = {}
    for name, (_, _, shift, _) in settings.items():
        true = stats.norm.cdf(shift / np.sqrt(2))
        [found[name]] = query(
            database,
            f"""select avg(({true} between auc_low and auc_high)::int), count(auc_low)
            from trust.int_fraud_areas
            where split_part(model_version, '|', 1) = '{name}' and group_kind = 'all' and auc_low is not null""",
        )
    return found


def test_intervals_of_areas_hold_in_20_months(tmp_path):
    """95 % within four standard errors of 20."""
    for name, (share, count) in areas(tmp_path / "warehouse.duckdb", 3, 20, ("small",)).items():
        assert count > 14 and share >= 0.95 - 0.195, (name, share, count)


@pytest.mark.slow
def test_intervals_of_areas_hold_in_2000_months(tmp_path):
    parts = [
        areas(tmp_path / f"{part}/warehouse.duckdb", 10 + part, worlds=200) for part in range(10)
    ]
    for name in AREAS:
        count = sum(part[name][1] for part in parts)
        share = sum(part[name][0] * part[name][1] for part in parts) / count
        assert count > 0.8 * 2_000 and 0.92 <= share <= 0.98, (name, share, count)


# Countries of the demo: share of payments, of frauds; honest people are stopped alike but where the score is biased.
COUNTRIES = {
    "KR": (0.30, 0.012),
    "US": (0.20, 0.035),
    "GB": (0.10, 0.022),
    "DE": (0.08, 0.016),
    "JP": (0.09, 0.010),
    "FR": (0.05, 0.022),
    "BR": (0.08, 0.085),
    "VN": (0.10, 0.038),
}


def audits(database, seed, worlds, stopped_in_vn):
    """Half-years of 20,000 scored payments of which honest ones are flagged with 1 %, in VN with `stopped_in_vn`."""
    random = np.random.default_rng(seed)
    frames = []
    for country, (share, fraud_rate) in COUNTRIES.items():
        stopped = stopped_in_vn if country == "VN" else 0.01
        caught = 0.62 if stopped > 0.01 and country == "VN" else CAUGHT
        frame = draw_counts(
            random, worlds, int(20_000 * share), fraud_rate, caught, stopped, (0.1,)
        )
        frames.append(frame.assign(model_version=np.arange(worlds), country_code=country))
    counted(database, pd.concat(frames, ignore_index=True), RATES)


def verdicts(database, measure):
    """How often each country fails."""
    return dict(
        query(
            database,
            f"""select group_name, avg((ratio_verdict = 'fail')::int) from trust.int_fairness_verdicts
            where window_kind = 'all' and group_kind = 'country' and measure = '{measure}' and not is_reference
            group by 1""",
        )
    )


@pytest.mark.parametrize(
    ("worlds", "most"), [(50, 0.02), pytest.param(2_000, 0.01, marks=pytest.mark.slow)]
)
def test_where_nobody_is_treated_differently_hardly_any_verdict_fails(tmp_path, worlds, most):
    audits(tmp_path / "warehouse.duckdb", 4, worlds, stopped_in_vn=0.01)
    for measure in ("false_positive_rate", "false_negative_rate"):
        fails = verdicts(tmp_path / "warehouse.duckdb", measure)
        assert len(fails) == len(COUNTRIES) - 1
        assert np.mean(list(fails.values())) <= most, (measure, fails)
        assert max(fails.values()) <= 2.5 * most, (measure, fails)
    # naive audits convict the country with the most fraud
    for measure in ("selection_rate", "false_positive_rate_if_blocked_clean"):
        assert verdicts(tmp_path / "warehouse.duckdb", measure)["BR"] > 0.9


@pytest.mark.slow
def test_the_biased_country_fails_and_no_other(tmp_path):
    audits(tmp_path / "warehouse.duckdb", 5, 2_000, stopped_in_vn=0.06)
    fails = verdicts(tmp_path / "warehouse.duckdb", "false_positive_rate")
    assert fails.pop("VN") > 0.8
    assert max(fails.values()) <= 0.02, fails
