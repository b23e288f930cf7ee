"""The baseline score: its weights and chances against scikit-learn, its AUC and interval against pairs counted one by one, and the planted truth."""

import math
import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from warehouse import PROJECT, build, query

sys.path.insert(0, str(PROJECT / "plugins"))
import risk_score

SETS = 200
TERMS = [
    "age_years",
    "systolic_usual_mmhg",
    "glucose_usual_mg_dl",
    "weight_trend_kg",
    "missing_share_30_days",
]
TRUE_AUC = 0.7


def random_trial(random) -> pd.DataFrame:
    """Scores of patients of one to six days each, some tied; the AUC of the score is TRUE_AUC."""
    days = random.integers(1, 7, int(random.integers(60, 300)))
    patient = np.repeat(np.arange(len(days)), days)
    is_ill = random.random(len(days)) < random.uniform(0.1, 0.4)
    score = random.normal(size=len(days)) + is_ill * norm.ppf(TRUE_AUC) * math.sqrt(2)
    day = np.concatenate([np.arange(n) for n in days])
    drawn = score[patient] if random.random() < 0.5 else np.round(score[patient], 1)
    return pd.DataFrame(
        {
            "customer_id": [f"p{number}" for number in patient],
            "feature_date": pd.to_datetime("2026-01-01") + pd.to_timedelta(day, unit="D"),
            "has_diagnosis": is_ill[patient],
            "risk": 1 / (1 + np.exp(-drawn)),
        }
    )


@pytest.fixture(scope="module")
def trials():
    random = np.random.default_rng(3)
    return {f"set {number:03}": random_trial(random) for number in range(SETS)}


@pytest.fixture(scope="module")
def quality(trials, tmp_path_factory):
    """The marts over the tests' own scores, an age band a set."""
    database = tmp_path_factory.mktemp("quality") / "warehouse.duckdb"
    rows = pd.concat(
        [
            frame.assign(age_band=name, customer_id=name + frame.customer_id)
            for name, frame in trials.items()
        ]
    )
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", rows)
        connection.execute(
            """
            create schema care;
            create table care.int_risk_samples as
            select customer_id, age_band, 'measured' as blood_pressure, has_diagnosis, true as is_test, feature_date::date as feature_date
            from rows;
            create table care.patient_risk_scores as
            select customer_id, risk, feature_date::date as feature_date from rows
            """
        )
    build(database, select="int_risk_ranks patient_risk_quality", tests=False)
    return {
        segment: row
        for segment, *row in query(
            database,
            """select segment, n_mature, n_diagnosed, expected_diagnosed, auc, auc_low, auc_high
            from care.patient_risk_quality where segment_type = 'age_band'""",
        )
    }


def placements(frame: pd.DataFrame) -> tuple[float, float]:
    """The AUC and its standard error by Obuchowski (1997), from every pair of rows, patients as clusters."""
    ill, well = frame[frame.has_diagnosis], frame[~frame.has_diagnosis]
    higher = ill.risk.to_numpy()[:, None] - well.risk.to_numpy()[None, :]
    wins = np.where(higher > 0, 1.0, np.where(higher < 0, 0.0, 0.5))
    auc = wins.mean()
    patients = frame.customer_id.unique()
    as_ill = (wins.mean(axis=1) - auc) / len(ill)
    as_well = (wins.mean(axis=0) - auc) / len(well)
    parts = (
        pd.Series(as_ill, ill.customer_id).groupby(level=0).sum().reindex(patients, fill_value=0)
    )
    parts += (
        pd.Series(as_well, well.customer_id).groupby(level=0).sum().reindex(patients, fill_value=0)
    )
    n = len(patients)
    return auc, math.sqrt((parts**2).sum() * n / (n - 1))


def test_auc_is_scikit_learns_and_its_interval_that_of_all_pairs(trials, quality):
    assert len(quality) == SETS
    for name, frame in trials.items():
        n, n_diagnosed, expected, auc, low, high = quality[name]
        assert (n, n_diagnosed) == (len(frame), frame.has_diagnosis.sum())
        assert expected == pytest.approx(frame.risk.sum(), rel=1e-9)
        by_pairs, error = placements(frame)
        assert auc == pytest.approx(roc_auc_score(frame.has_diagnosis, frame.risk), rel=1e-9)
        assert auc == pytest.approx(by_pairs, rel=1e-9)
        middle = math.log(auc / (1 - auc))
        reach = norm.ppf(0.975) * error / (auc * (1 - auc))
        assert low == pytest.approx(1 / (1 + math.exp(reach - middle)), rel=1e-9)
        assert high == pytest.approx(1 / (1 + math.exp(-reach - middle)), rel=1e-9)


def test_intervals_hold_the_true_auc_where_those_that_forget_the_patient_do_not(trials, quality):
    held = sum(low <= TRUE_AUC <= high for *_, low, high in quality.values()) / SETS
    assert held >= 0.91
    naive = 0
    for name, frame in trials.items():
        alone = frame.assign(customer_id=[str(number) for number in range(len(frame))])
        _, error = placements(alone)
        naive += abs(quality[name][3] - TRUE_AUC) <= norm.ppf(0.975) * error
    assert naive / SETS < 0.80


def random_samples(random, n: int) -> pd.DataFrame:
    """Patients of whom some terms are missing; the log odds of a diagnosis grow with two of them."""
    frame = pd.DataFrame({term: random.normal(50, 10, n) for term in TERMS})
    odds = -3 + 0.08 * (frame.age_years - 50) + 0.05 * (frame.systolic_usual_mmhg - 50)
    frame["has_diagnosis"] = random.random(n) < 1 / (1 + np.exp(-odds))
    for term in TERMS[1:4]:
        frame.loc[random.random(n) < 0.4, term] = np.nan
    return frame


def test_weights_are_where_the_penalised_likelihood_is_flat():
    """Nothing of how the fit is done: at its maximum the score equations hold."""
    frame = random_samples(np.random.default_rng(5), 4000)
    rows = risk_score.weights(pa.Table.from_pandas(frame), TERMS, "has_diagnosis").to_pylist()
    assert [row["term"] for row in rows] == ["intercept", *TERMS]
    assert {(row["n_training"], row["n_training_diagnosed"]) for row in rows} == {
        (4000, int(frame.has_diagnosis.sum()))
    }
    columns, slopes = [], []
    log_odds = np.full(len(frame), rows[0]["weight"])
    for row in rows[1:]:
        values, missing = frame[row["term"]], frame[row["term"]].isna().astype(float)
        assert row["mean"] == pytest.approx(values.mean(), rel=1e-9)
        filled = values.fillna(row["mean"])
        assert row["deviation"] == pytest.approx(filled.std(ddof=0), rel=1e-9)
        log_odds += row["weight"] * filled + row["weight_when_missing"] * missing
        for column, slope in ((filled, row["weight"]), (missing, row["weight_when_missing"])):
            spread = column.std(ddof=0)
            columns.append((column - column.mean()) / (spread or 1))
            slopes.append(slope * (spread or 1))
    left = frame.has_diagnosis - 1 / (1 + np.exp(-log_odds))
    assert left.sum() == pytest.approx(0, abs=1e-3)
    for column, slope in zip(columns, slopes, strict=True):
        assert (left * column).sum() == pytest.approx(slope, abs=1e-3)


def test_chances_are_scikit_learns(tmp_path):
    """What SQL makes of the weights, for rows with and without values, is what the library predicts."""
    frame = random_samples(np.random.default_rng(6), 3000)
    frame["is_training"] = np.arange(len(frame)) < 2000
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", frame.assign(number=range(len(frame))))
        connection.execute(
            """
            create schema care;
            create table care.int_risk_samples as
            select
                'p' || number as customer_id, 'all' as age_band, date '2026-01-01' + is_training::int * -99 as feature_date,
                date '2026-01-01' as test_start, columns(* exclude (number))
            from rows
            """
        )
    build(database, select="int_risk_weights patient_risk_weights patient_risk_scores", tests=False)
    risks = dict(query(database, "select customer_id, risk from care.patient_risk_scores"))
    means = frame[frame.is_training][TERMS].mean()
    wide = pd.concat(
        [frame[TERMS].fillna(means), frame[TERMS].isna().astype(float)], axis=1
    ).to_numpy()
    known = frame.is_training.to_numpy()
    spread = wide[known].std(axis=0)
    scaled = (wide - wide[known].mean(axis=0)) / np.where(spread > 0, spread, 1)
    model = LogisticRegression(max_iter=1000, tol=1e-8).fit(
        scaled[known], frame.has_diagnosis[known]
    )
    expected = model.predict_proba(scaled)[:, 1]
    assert len(risks) == 1000
    for number in np.flatnonzero(~known):
        assert risks[f"p{number}"] == pytest.approx(expected[number], rel=1e-5)


@pytest.mark.parametrize("diagnosed", [0, 9, 2000])
def test_too_little_to_learn_from_gives_no_score(diagnosed):
    frame = random_samples(np.random.default_rng(7), 2000)
    frame["has_diagnosis"] = np.arange(2000) < diagnosed
    found = risk_score.weights(pa.Table.from_pandas(frame), TERMS, "has_diagnosis")
    assert (found.num_rows, found.schema) == (0, risk_score.SCHEMA)


def test_the_demo_is_too_small_for_a_score_and_says_how_small(demo):
    assert query(demo, "select count(*) from care.patient_risk_weights") == [(0,)]
    assert query(demo, "select count(*) from care.patient_risk_scores") == [(0,)]
    [(n, diagnosed, auc)] = query(
        demo,
        "select n_mature, n_diagnosed, auc from care.patient_risk_quality where segment_type = 'all'",
    )
    assert n > 100 and diagnosed > 0 and auc is None


def test_the_score_finds_the_planted_risk(large_company):
    """Half of the patients have no device for blood pressure: of the others the AUC is that of the true risk."""
    planted = large_company.truth["care"]["diagnosis"]
    auc = {
        segment: row
        for segment, *row in query(
            large_company.database,
            "select segment, auc, auc_low, auc_high, n_diagnosed, expected_diagnosed from care.patient_risk_quality",
        )
    }
    _, low, high, *_ = auc["measured"]
    assert low <= planted["auc_of_true_monthly_chance"] <= high
    assert auc["never measured"][0] < auc["all"][0] < auc["measured"][0]
    found, expected = auc["all"][3:]
    assert abs(found - expected) < 2.5 * math.sqrt(expected)
    weights = dict(
        query(large_company.database, "select term, weight from care.patient_risk_weights")
    )
    logit = planted["monthly_logit"]
    assert weights["systolic_usual_mmhg"] * 13 == pytest.approx(
        logit["per_13_mmHg_of_usual_systolic_above_129"], abs=0.5
    )
    assert weights["age_years"] * 8 == pytest.approx(logit["per_8_years_of_age_above_76"], abs=0.4)


def test_silence_and_gain_before_a_diagnosis_are_found_and_the_naive_share_is_not(large_company):
    planted = large_company.truth["care"]["diagnosis"]
    days = query(
        large_company.database,
        """select days_before, silent_share, silent_share_low, silent_share_high, weight_gain_kg, weight_gain_low_kg
        from care.days_before_diagnosis order by days_before""",
    )
    assert [day for day, *_ in days] == list(range(1, 31))
    held = [
        low <= (planted["silent_before_share"] if day <= planted["silent_days"] else 0) <= high
        for day, _, low, high, *_ in days
    ]
    assert sum(held) >= 26
    silent, later = days[: planted["silent_days"]], days[planted["silent_days"] :]
    assert sum(row[1] for row in silent) / len(silent) == pytest.approx(
        planted["silent_before_share"], abs=0.12
    )
    assert abs(sum(row[1] for row in later) / len(later)) < 0.12
    assert days[0][4] > 0.5
    assert days[0][4] > max(row[4] for row in days[planted["gain_days"] :])
    # who counts patients without a reading in the ten days takes those who seldom measure for a sign
    [(naive,)] = query(
        large_company.database,
        """
        select avg((not exists (
            select 1 from care.patient_days
            where patient_days.customer_id = diagnoses.customer_id and usable_reading_count > 0
                and measured_date between diagnosed_date - 10 and diagnosed_date - 1
        ))::int)
        from care.int_followed_diagnoses as diagnoses
        """,
    )
    assert naive > planted["silent_before_share"] + 0.1
