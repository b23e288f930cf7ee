"""How good scores are by labels that come late or never: by hand, against scikit-learn, and verdicts on known worlds."""

import math

import duckdb
import numpy as np
import pandas as pd
import pytest
from scored_worlds import CHANGE, MODELS, World, payments_of, write
from sklearn.metrics import roc_auc_score
from warehouse import build

MANY = {"payments": 25_000, "fraud_rate": 0.08, "exempt": 0.5}
WORLDS = [
    World("decays with drift", strength_after=1.0, drifts=True, **MANY),
    World("drifts without harm", drifts=True, payments=30_000, exempt=0.5),
    World("decays without drift", strength_after=1.0, **MANY),
    World("healthy", payments=40_000, fraud_rate=0.08, exempt=0.5),
    World("too little after", days=160, strength_after=0.6, drifts=True),
    World("too few", payments=600),
    World("no fraud", payments=3_000, fraud_rate=0),
    World("all fraud", payments=3_000, fraud_rate=1),
]


def rows_of(database, table: str) -> pd.DataFrame:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(f"select * from ml.{table}").df()


@pytest.fixture(scope="module")
def payments():
    random = np.random.default_rng(16)
    return pd.concat([payments_of(world, random) for world in WORLDS], ignore_index=True)


@pytest.fixture(scope="module")
def built(payments, tmp_path_factory):
    database = tmp_path_factory.mktemp("performance") / "warehouse.duckdb"
    write(database, WORLDS, payments)
    build(database, command="run", select=MODELS, variables={"as_of": "2026-06-30"})
    return database


@pytest.fixture(scope="module")
def months(built):
    found = rows_of(built, "model_performance")
    return found[found["grain"] == "month"]


@pytest.fixture(scope="module")
def alerts(built):
    return rows_of(built, "model_alerts").set_index(["model_name", "model_version"])


def weights(rows: pd.DataFrame, label: pd.Series) -> pd.Series:
    """Labels of what was flagged, and of the rest, speak for all of it."""
    weight = rows["label_weight"].where(label.notna())
    return (
        weight
        * rows.groupby("is_flagged")["score"].transform("size")
        / weight.groupby(rows["is_flagged"]).transform("sum")
    )


def test_mature_months_by_hand(payments, months):
    final = months[(months["model_name"] == "score") & months["is_final"]]
    sufficient = final[final["evidence"] == "sufficient"]
    assert len(sufficient) >= 10
    measured = 0
    for month in sufficient.itertuples():
        rows = payments[
            (payments["model_version"] == month.model_version)
            & (payments["attempted_date"].values.astype("datetime64[M]") == month.period_start)
        ]
        known = rows["label"].isin(["confirmed", "clean"])
        label = (rows["label"] == "confirmed").where(known)
        weight = weights(rows, label)
        outcome, score = label[known].astype(int), rows.loc[known, "score"]
        weight = weight[known]
        assert month.auc == pytest.approx(
            roc_auc_score(outcome, score, sample_weight=weight), abs=1e-9
        )
        expected = {
            "brier": (score - outcome) ** 2,
            "log_loss": -np.log(np.where(outcome == 1, score, 1 - score)),
            "positive_rate": outcome,
        }
        if math.isnan(month.brier):  # too few positives among what was flagged
            continue
        measured += 1
        for name, values in expected.items():
            assert getattr(month, name) == pytest.approx(
                np.average(values, weights=weight), abs=1e-9
            )
            assert (
                getattr(month, f"{name}_low")
                < getattr(month, name)
                < getattr(month, f"{name}_high")
            )
        assert month.mean_score == pytest.approx(rows["score"].mean(), abs=1e-9)
        assert month.calibration_ratio == pytest.approx(month.positive_rate / month.mean_score)
    assert measured >= 5


def test_intervals_hold_the_truth_and_the_naive_area_misses_it(payments, months):
    sufficient = months[(months["evidence"] == "sufficient") & (months["model_name"] == "score")]
    inside, naive_off, off = [], [], []
    for month in sufficient.itertuples():
        rows = payments[
            (payments["model_version"] == month.model_version)
            & (payments["attempted_date"].values.astype("datetime64[M]") == month.period_start)
            & payments["is_mature"]
        ]
        truth = roc_auc_score(rows["is_fraud"], rows["score"])
        inside.append(month.auc_low <= truth <= month.auc_high)
        labelled = rows[rows["label"] != "unlabelled"]
        naive = roc_auc_score(labelled["is_fraud"], labelled["score"])
        naive_off.append(naive - truth)
        off.append(month.auc - truth)
    assert np.mean(inside) > 0.9
    # Without weights the frauds that were blocked are missing: the area looks worse than it is.
    assert abs(np.mean(off)) < abs(np.mean(naive_off))


def test_early_labels_by_hand(payments, months):
    """One immature and one mature month: what was known on early_date, by age, cleared of what is to come."""
    found = months[
        (months["model_version"] == "decays without drift") & months["early_labels_auc"].notna()
    ]
    assert {"mature", "immature"} <= set(found["label_status"])
    own = payments[payments["model_version"] == "decays without drift"]
    day = own["attempted_date"].values.astype("datetime64[D]")
    known_day = np.floor(own["known_days"]) - (day - np.datetime64("2025-01-01")).astype(int)
    for month in found.itertuples():
        look = np.datetime64(month.early_date, "D")
        age = (look - day).astype(int)
        confirmed = own["label"] == "confirmed"
        delays = known_day[confirmed & own["is_mature"] & (day + 120 <= look)]
        rows = own[(day.astype("datetime64[M]") == month.period_start) & (age >= 20)]
        age = pd.Series(age, own.index)[rows.index]
        positive = confirmed[rows.index] & (known_day[rows.index] < age)
        weight = weights(rows, rows["label_weight"])
        share = age.map(lambda a, delays=delays: (delays < a).mean())
        full = (weight / share).where(positive, weight)
        can = weight.notna()
        area = roc_auc_score(positive[can], rows.loc[can, "score"], sample_weight=full[can])
        hidden = (full - weight)[positive].sum() / weight[can & ~positive].sum()
        assert month.early_labels_auc == pytest.approx((area - hidden / 2) / (1 - hidden), abs=1e-9)
        assert month.early_labels_positive_rate == pytest.approx(
            full[positive].sum() / weight[can].sum(), abs=1e-9
        )


def test_estimates_say_how_far_they_were_off(months):
    own = months[months["model_version"] == "decays with drift"]
    final = own[own["is_final"] & own["early_labels_error"].notna()]
    assert len(final) >= 3
    assert (
        final["early_labels_error"] - (final["early_labels_auc"] - final["auc"])
    ).abs().max() < 1e-12
    assert final["early_labels_usual_error"].iloc[0] == pytest.approx(
        final["early_labels_error"].abs().mean()
    )
    # Confidence does not know that scores mean less now: it promises more than is true.
    after = final[final["period_start"] >= "2025-07-01"]
    assert after["confidence_error"].mean() > 0.04
    assert after["early_labels_error"].abs().mean() < 0.05
    # Nothing is promised before the first labels were in.
    assert own[own["period_start"] < "2025-05-01"]["confidence_auc"].isna().all()


def test_models_without_labels_say_so(months, alerts):
    row = months[months["model_name"] == "recommender"].iloc[0]
    assert (row["label_status"], row["evidence"]) == ("no_labels", "insufficient")
    assert math.isnan(row["auc"]) and row["prediction_count"] == 800
    alert = alerts.loc["recommender", "v1"]
    assert (alert["verdict"], alert["performance_status"]) == ("too_early", "no_labels")


def test_diagnoses_are_labels_too(months):
    row = months[months["model_name"] == "diagnosis_risk"].iloc[0]
    # Of 800 scores 600 are of patients with a label, a quarter of them diagnosed.
    assert (row["label_status"], row["labelled_count"], row["positive_count"]) == (
        "mature",
        600,
        150,
    )
    score = np.array([(i % 100) / 100 for i in range(800) if i % 400 < 300])
    outcome = np.array([i % 400 % 4 == 0 for i in range(800) if i % 400 < 300])
    assert row["auc"] == pytest.approx(roc_auc_score(outcome, score), abs=1e-9)


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("decays with drift", "drift_and_decay"),
        ("drifts without harm", "drift_without_harm"),
        ("decays without drift", "decay_without_drift"),
        ("healthy", "healthy"),
        ("too little after", "too_early"),
        ("too few", "too_early"),
        ("no fraud", "too_early"),
        ("all fraud", "too_early"),
    ],
)
def test_verdicts(alerts, version, verdict):
    assert alerts.loc["score", version]["verdict"] == verdict


def test_alerts_are_dated_and_cost(payments, alerts):
    row = alerts.loc["score", "decays with drift"]
    assert str(row["onset_date"].date()) == str(CHANGE) and row["drifted_features"] == "feature 1"
    assert row["is_early_warning"]
    own = payments[(payments["model_version"] == "decays with drift") & payments["is_mature"]]
    for side, rows in own.groupby(np.where(own["attempted_date"] < CHANGE, "before", "after")):
        truth = roc_auc_score(rows["is_fraud"], rows["score"])
        assert row[f"auc_{side}_low"] < truth < row[f"auc_{side}_high"]
    # The true cost: frauds that passed, and the margin (0.3) of good payments that the score flags.
    passed = own["amount"] * (own["is_fraud"] & ~own["is_flagged"])
    refused = own["amount"] * (~own["is_fraud"] & own["is_flagged"]) * 0.3
    late = own["attempted_date"] >= CHANGE
    shares = {
        flag: (passed + refused)[late == flag].sum() / own["amount"][late == flag].sum()
        for flag in (True, False)
    }
    days = (own["attempted_date"].max() - pd.Timestamp(CHANGE)).days + 1
    truth = (shares[True] - shares[False]) * own["amount"][late].sum() * 30.4375 / days
    assert row["extra_cost_per_month_low"] < truth < row["extra_cost_per_month_high"]
    assert row["extra_cost_per_month"] > 0
    dated = alerts.loc["score", "decays without drift"]["onset_date"]
    assert abs((dated - pd.Timestamp(CHANGE)).days) <= 31
    assert alerts.loc["score", "healthy"]["onset_date"] is pd.NaT


def test_no_number_is_nan_or_infinite(built):
    for table in ("model_performance", "model_alerts"):
        with duckdb.connect(str(built), read_only=True) as connection:
            rows = connection.execute(f"select * from ml.{table}").fetchall()
        wrong = [
            row for row in rows if any(isinstance(v, float) and not math.isfinite(v) for v in row)
        ]
        assert rows and not wrong, wrong[:2]


@pytest.mark.slow
@pytest.mark.parametrize(("payments_a_month", "exempt"), [(4_000, 0.5), (20_000, 0.1)])
def test_coverage_of_months(tmp_path, payments_a_month, exempt):
    """400 simulated months: of 95 % intervals 92 to 98 in 100 hold what is true of all payments of their kind."""
    random = np.random.default_rng(5)
    worlds = [
        World(f"w{number}", payments=payments_a_month, fraud_rate=0.04, exempt=exempt, days=31)
        for number in range(400 if payments_a_month < 10_000 else 100)
    ]
    payments = pd.concat([payments_of(world, random) for world in worlds], ignore_index=True)
    write(tmp_path / "warehouse.duckdb", worlds, payments)
    build(
        tmp_path / "warehouse.duckdb",
        command="run",
        select=MODELS,
        variables={"as_of": "2026-06-30"},
    )
    found = rows_of(tmp_path / "warehouse.duckdb", "model_performance")
    found = found[
        (found["grain"] == "month")
        & (found["evidence"] == "sufficient")
        & (found["model_name"] == "score")
    ]
    assert len(found) > 0.5 * len(worlds)
    truth = {
        "auc": roc_auc_score(payments["is_fraud"], payments["score"]),
        "brier": ((payments["score"] - payments["is_fraud"]) ** 2).mean(),
        "log_loss": -np.log(
            np.where(payments["is_fraud"], payments["score"], 1 - payments["score"])
        ).mean(),
        "positive_rate": payments["is_fraud"].mean(),
    }
    for name, value in truth.items():
        covered = ((found[f"{name}_low"] <= value) & (value <= found[f"{name}_high"])).mean()
        allowed = 3 * math.sqrt(0.95 * 0.05 / len(found))
        assert 0.92 - allowed / 2 < covered < 0.98 + allowed, (name, covered)
