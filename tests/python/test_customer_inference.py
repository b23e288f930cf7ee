"""Survival and the effect of contacts through the marts' own SQL, against lifelines and statsmodels: reference numbers, random sets."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_waltons
from lifelines.statistics import logrank_test, multivariate_logrank_test
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint
from warehouse import PROJECT, build, query

EXPECTED = json.loads((PROJECT / "tests" / "python" / "reference" / "customers.json").read_text())
SETS = 200
SURVIVAL = (
    "int_survival_ages churn_survival churn_hazards int_survival_expectations int_log_ranks "
    "churn_log_rank"
)
CONTACTS = (
    "contact_verdicts int_contact_estimates int_contact_risks int_contact_odds contact_churn_effect"
)


def close(value, rel=1e-9):
    return pytest.approx(value, rel=rel, abs=1e-12, nan_ok=True)


def random_lives(random) -> pd.DataFrame:
    """Days, whether the life ended, and one of up to four channels, in which it may end sooner."""
    n = int(random.integers(20, 400))
    channel = random.integers(0, random.integers(2, 5), n)
    scale = random.uniform(5, 60) * (1 + random.uniform(0, 0.8) * channel)
    days = np.floor(random.exponential(scale)).astype(int)
    censored = random.integers(0, 120, n)
    return pd.DataFrame(
        {
            "days": np.minimum(days, censored),
            "ended": days <= censored,
            "channel": [f"channel {i}" for i in channel],
        }
    )


@pytest.fixture(scope="module")
def sets():
    random = np.random.default_rng(11)
    tiny, waltons = EXPECTED["kaplan_meier_tiny"], load_waltons()
    return {
        "tiny": pd.DataFrame(
            {"days": tiny["T"], "ended": np.array(tiny["E"]) == 1, "channel": "a"}
        ),
        "waltons": pd.DataFrame(
            {
                "days": waltons["T"].astype(int),
                "ended": waltons["E"] == 1,
                "channel": waltons["group"],
            }
        ),
    } | {f"random_{i:03}": random_lives(random) for i in range(SETS)}


@pytest.fixture(scope="module")
def survival(sets, tmp_path_factory):
    """The marts of survival over the tests' own lives, a brand a set."""
    database = tmp_path_factory.mktemp("survival") / "g.duckdb"
    lives = pd.concat([frame.assign(brand=name) for name, frame in sets.items()])
    with duckdb.connect(str(database)) as connection:
        connection.register("lives", lives)
        connection.execute("create schema lifecycle")
        connection.execute(
            """
            create table lifecycle.customer_lives as
            select row_number() over ()::varchar as customer_id, brand, 1 as life_number,
                'KR' as country_code, channel, 'none' as plan, null::integer as spend_decile,
                days::integer as observed_days, ended as is_churned
            from lives
            """
        )
    build(database, select=SURVIVAL, tests=False)
    return database


def curve(database, brand: str, segment_type: str, segment: str) -> dict:
    """age: (at risk, survival, low, high)"""
    return {
        age: rest
        for age, *rest in query(
            database,
            f"""
            select age_days, n_at_risk, survival, survival_low, survival_high from lifecycle.churn_survival
            where brand = '{brand}' and segment_type = '{segment_type}' and segment = '{segment}'
            """,
        )
    }


def test_kaplan_meier_of_the_reference(survival):
    tiny = EXPECTED["kaplan_meier_tiny"]
    ours = curve(survival, "tiny", "all", "all")
    assert len(ours) == 9
    for age, (n_at_risk, share, low, high) in ours.items():
        key = f"{age:.1f}"
        assert n_at_risk == tiny["at_risk"][key]
        assert share == close(tiny["S"][key])
        assert [low, high] == close(tiny["ci_loglog"][key])


def test_log_rank_and_curves_of_waltons(survival):
    waltons = EXPECTED["kaplan_meier_waltons_in_lifelines"]
    for group in ("control", "miR-137"):
        ours = curve(survival, "waltons", "channel", group)
        expected = waltons[f"KM.waltons.{group}"]
        for age, share in expected["S"].items():
            last = max((a for a in ours if a <= int(age)), default=None)
            assert (ours[last][1] if last is not None else 1) == close(share)
        at_50 = max(a for a in ours if a <= 50)
        assert ours[at_50][2:] == close(expected["ci50"])
    rows = query(
        survival,
        "select segment, chi_square, p_value, degrees from lifecycle.churn_log_rank where brand = 'waltons' and segment_type = 'channel'",
    )
    assert len(rows) == 3
    for _, chi_square, p_value, degrees in rows:
        assert chi_square == close(waltons["logrank.waltons"]["chi2"])
        assert p_value == close(waltons["logrank.waltons"]["p"])
        assert degrees == 1


def test_random_curves_are_lifelines(survival, sets):
    bounds = 0
    for position, (name, frame) in enumerate(sets.items()):
        channels = sorted(set(frame["channel"])) if position < 40 else []
        for segment in ("all", *channels):
            part = frame if segment == "all" else frame[frame["channel"] == segment]
            fitted = KaplanMeierFitter().fit(part["days"], part["ended"])
            low, high = fitted.confidence_interval_.to_numpy().T
            theirs = dict(zip(fitted.timeline, zip(low, high, strict=True), strict=True))
            shares = dict(zip(fitted.timeline, fitted.survival_function_.iloc[:, 0], strict=True))
            ours = curve(survival, name, "all" if segment == "all" else "channel", segment)
            assert set(ours) == set(part["days"])
            for age, (n_at_risk, share, share_low, share_high) in ours.items():
                assert n_at_risk == (part["days"] >= age).sum()
                assert share == close(shares[age])
                if share > 0:
                    assert (share_low, share_high) == close(theirs[age])
                    bounds += share < 1
                else:
                    assert (share_low, share_high) == (None, None)
    assert bounds > 4000


def test_random_log_ranks_are_lifelines(survival, sets):
    rows = {
        (brand, segment): rest
        for brand, segment, *rest in query(
            survival,
            "select brand, segment, chi_square, p_value, degrees from lifecycle.churn_log_rank where segment_type = 'channel'",
        )
    }
    compared = 0
    for name, frame in sets.items():
        if name == "tiny":
            assert rows[name, "all"][0] is None, "nothing to compare with"
            continue
        whole = multivariate_logrank_test(frame["days"], frame["channel"], frame["ended"])
        if rows[name, "all"][2] == whole.degrees_of_freedom:
            assert rows[name, "all"][0] == close(whole.test_statistic, 1e-8)
            assert rows[name, "all"][1] == close(whole.p_value, 1e-7)
            compared += 1
        for channel in set(frame["channel"]):
            one = frame["channel"] == channel
            theirs = logrank_test(
                frame["days"][one],
                frame["days"][~one],
                frame["ended"][one],
                frame["ended"][~one],
            )
            assert rows[name, channel][0] == close(theirs.test_statistic)
            assert rows[name, channel][1] == close(theirs.p_value)
    assert compared >= SETS


def test_a_month_s_hazard_is_what_survives_it(survival, sets):
    """1 − S(end of the month) / S(its start), by lifelines."""
    compared = 0
    for name, frame in sets.items():
        fitted = KaplanMeierFitter().fit(frame["days"], frame["ended"])
        for month, n_at_risk, hazard, low, high in query(
            survival,
            f"""
            select month_of_life, n_at_risk, hazard, hazard_low, hazard_high from lifecycle.churn_hazards
            where brand = '{name}' and segment_type = 'all'
            """,
        ):
            before, after = (
                fitted.survival_function_at_times(day).iloc[0] if day > 0 else 1.0
                for day in (30 * month - 30.5, 30 * month - 0.5)
            )
            assert hazard == close(1 - after / before)
            assert n_at_risk == (frame["days"] >= 30 * month - 30).sum()
            if hazard == 0:
                assert low == 0
                assert high == close(proportion_confint(0, n_at_risk, method="wilson")[1])
            elif hazard < 1:
                assert low < hazard < high
            compared += 1
    assert compared > 300


def random_strata(random) -> list[list[list[int]]]:
    """Tables [[outcome, none] with contact, [outcome, none] without], some of them thin."""
    tables = []
    for _ in range(random.integers(2, 21)):
        n = random.integers(2, 200, 2)
        outcomes = random.binomial(n, random.uniform(0.05, 0.6, 2))
        tables.append([[int(k), int(total - k)] for k, total in zip(outcomes, n, strict=True)])
    tables[0] = [[3, 20], [5, 30]]
    return tables


@pytest.fixture(scope="module")
def strata():
    random = np.random.default_rng(12)
    telco = EXPECTED["stratified_telco_support_by_contract"]
    return {
        "telco": list(telco["tables_churn_stay_without_then_with_support"].values()),
    } | {f"random_{i:03}": random_strata(random) for i in range(SETS)}


@pytest.fixture(scope="module")
def effects(strata, tmp_path_factory):
    """contact_churn_effect over the tests' own strata, a brand a set: brand -> column -> value."""
    database = tmp_path_factory.mktemp("contacts") / "g.duckdb"
    rows = pd.DataFrame(
        [
            (name, stratum, float(a + b), float(a), float(c + d), float(c))
            for name, tables in strata.items()
            for stratum, ((a, b), (c, d)) in enumerate(tables)
        ],
        columns=["brand", "stratum", "contact_n", "contact_outcomes", "other_n", "other_outcomes"],
    )
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", rows)
        connection.execute(
            """
            create schema lifecycle;
            create table lifecycle.int_contact_strata as
            select *, 'support' as topic, 'churn' as outcome,
                contact_n * stratum as contact_active_days, other_n * stratum as other_active_days,
                contact_n * stratum * stratum as contact_squared_active_days,
                other_n * stratum * stratum as other_squared_active_days
            from rows;
            create table lifecycle.int_support_contacts as
            select distinct brand, 'support' as topic, false as is_after_decision from rows;
            """
        )
    build(database, select=CONTACTS, tests=False)
    with duckdb.connect(str(database), read_only=True) as connection:
        table = connection.execute("select * from lifecycle.contact_churn_effect").df()
    return {row["brand"]: row for row in table.to_dict("records")}


def test_mantel_haenszel_of_the_reference(effects):
    expected = EXPECTED["stratified_telco_support_by_contract"]
    pooled, ours = expected["mantel_haenszel"], effects["telco"]
    assert ours["odds_ratio"] == close(pooled["OR_pooled"])
    assert [ours["odds_ratio_low"], ours["odds_ratio_high"]] == close(pooled["OR_ci"])
    assert ours["risk_ratio"] == close(pooled["RR_pooled"])
    crude = expected["crude"]["table"]
    naive = crude[0][0] / sum(crude[0]) - crude[1][0] / sum(crude[1])
    assert ours["naive_difference"] == close(naive)


def test_random_strata_are_statsmodels(effects, strata):
    for name, tables in strata.items():
        theirs = StratifiedTable([np.array(table, dtype=float) for table in tables])
        ours = effects[name]
        assert ours["odds_ratio"] == close(theirs.oddsratio_pooled)
        assert (ours["odds_ratio_low"], ours["odds_ratio_high"]) == close(
            theirs.oddsratio_pooled_confint()
        )
        assert ours["risk_ratio"] == close(theirs.riskratio_pooled)
        assert ours["mantel_haenszel_p_value"] == close(
            theirs.test_null_odds(correction=False).pvalue, 1e-8
        )


def test_random_strata_are_standardised_as_by_hand(effects, strata):
    for name, tables in strata.items():
        counts = np.array(tables, dtype=float)
        n = counts.sum(axis=2)
        shares = counts[:, :, 0] / n
        weights = n.sum(axis=1) / n.sum()
        smoothed = (counts[:, :, 0] + 0.5) / (n + 1)
        error = np.sqrt((weights**2 * (smoothed * (1 - smoothed) / n).sum(axis=1)).sum())
        difference = (weights * (shares[:, 0] - shares[:, 1])).sum()
        ours = effects[name]
        assert ours["standardised_difference"] == close(difference)
        assert ours["standardised_low"] == close(difference - 1.959963984540054 * error)
        assert ours["comparable_share"] == 1
        assert ours["imbalance_after"] == pytest.approx(0, abs=1e-12)
