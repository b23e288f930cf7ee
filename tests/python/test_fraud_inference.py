"""Rates, areas, calibration and ratios of random sets of payments are those of scikit-learn and pandas; 200 of them when slow."""

import numpy as np
import pandas as pd
import pytest
from fraud_worlds import labels, payments
from sklearn.metrics import confusion_matrix, roc_auc_score
from warehouse import query

COUNTRIES = ("KR", "US", "BR")


def random_sets(count):
    random = np.random.default_rng(1)
    for version in range(count):
        chance = [(1.0,), (0.5,), (0.1, 0.2), (0.05, 0.5)][version % 4]
        for country, share in zip(COUNTRIES, (0.5, 0.3, 0.2), strict=True):
            n = int(share * random.integers(200, 500))
            frame = payments(random, n, version, country, 0.1, 1.5, 0.3, chance)
            if version % 3 == 0:  # ties
                frame["score"] = np.round(frame["score"], 1)
                frame["is_flagged"] = frame["score"] >= 0.3
                flagged_again = frame["is_flagged"] & (frame["label_weight"] == 1.0)
                frame.loc[flagged_again, "label_weight"] = 4.0
            yield frame


@pytest.fixture(scope="module", params=[20, pytest.param(200, marks=pytest.mark.slow)])
def sets(request, tmp_path_factory):
    """The database, and the payments."""
    database = tmp_path_factory.mktemp("sets") / "warehouse.duckdb"
    frame = pd.concat(random_sets(request.param), ignore_index=True)
    labels(database, frame, threshold=0.3)
    return database, frame


def scaled(part):
    """The labelled rows, weights scaled to the known size of the flagged and of the passed payments."""
    rows = part[part["label_weight"].notna()].copy()
    for is_flagged, stratum in part.groupby("is_flagged"):
        mine = rows["is_flagged"] == is_flagged
        rows.loc[mine, "label_weight"] *= len(stratum) / rows.loc[mine, "label_weight"].sum()
    return rows


def is_known(part):
    rows = part[part["label_weight"].notna()]
    return set(rows["is_flagged"]) == {True, False} and rows["label"].nunique() == 2


def by_hand(part):
    rows = scaled(part)
    truth, weight = rows["label"] == "confirmed", rows["label_weight"]
    (clean_passed, clean_flagged), (fraud_passed, fraud_flagged) = confusion_matrix(
        truth, rows["is_flagged"], labels=[False, True], sample_weight=weight
    )
    bins = np.minimum(np.floor(np.round(rows["score"] * 10, 9)), 9)
    gaps = (weight * (rows["score"] - truth)).groupby(bins).sum().abs().sum() / weight.sum()
    return {
        "flagged_share": part["is_flagged"].mean(),
        "precision": fraud_flagged / (fraud_flagged + clean_flagged),
        "recall": fraud_flagged / (fraud_flagged + fraud_passed),
        "false_positive_rate": clean_flagged / (clean_flagged + clean_passed),
        "auc": roc_auc_score(truth, rows["score"], sample_weight=weight),
        "calibration_error": gaps,
    }


def naive(part, blocked_is_fraud):
    rows = part[part["label_weight"].notna() | (part["unlabelled_reason"] == "blocked")]
    truth = rows["label"] == "confirmed"
    if blocked_is_fraud:
        truth |= rows["label"] == "unlabelled"
    (clean_passed, clean_flagged), (fraud_passed, fraud_flagged) = confusion_matrix(
        truth, rows["is_flagged"], labels=[False, True]
    )
    name = "if_blocked_fraud" if blocked_is_fraud else "if_blocked_clean"
    return {
        f"precision_{name}": fraud_flagged / (fraud_flagged + clean_flagged),
        f"recall_{name}": fraud_flagged / (fraud_flagged + fraud_passed),
        f"false_positive_rate_{name}": clean_flagged / (clean_flagged + clean_passed),
        f"auc_{name}": roc_auc_score(truth, rows["score"]),
    }


def rows_of(database, table, where, columns):
    rows = query(
        database,
        f"select model_version, group_name, {', '.join(columns)} from trust.{table} where {where}",
    )
    return {(int(version), group): values for version, group, *values in rows}


def test_rates_areas_and_calibration_are_those_of_scikit_learn(sets):
    database, frame = sets
    names = [
        "flagged_share",
        "precision",
        "recall",
        "false_positive_rate",
        "auc",
        "calibration_error",
    ]
    least = {"auc": 5}
    of_all = rows_of(
        database, "fraud_quality", "group_kind = 'all'", [*names, "n_flagged_labelled"]
    )
    of_countries = rows_of(
        database, "fraud_quality", "group_kind = 'country'", [*names, "n_flagged_labelled"]
    )
    compared = 0
    for found, groups in (
        (of_all, [((version, "all"), part) for version, part in frame.groupby("model_version")]),
        (of_countries, list(frame.groupby(["model_version", "country_code"]))),
    ):
        for key, part in groups:
            if not is_known(part):
                continue
            *values, n_flagged_labelled = found[key]
            right = by_hand(part)
            for name, value in zip(names, values, strict=True):
                if n_flagged_labelled >= least.get(name, 0):
                    assert value == pytest.approx(right[name], abs=1e-9), (key, name)
            compared += 1
    assert compared > 2 * frame["model_version"].nunique()


def test_naive_values_are_those_that_come_out_when_blocked_payments_get_a_label(sets):
    database, frame = sets
    for blocked_is_fraud in (False, True):
        names = list(naive(frame, blocked_is_fraud))
        found = rows_of(database, "fraud_quality", "group_kind = 'all'", names)
        for version, part in frame.groupby("model_version"):
            right = naive(part, blocked_is_fraud)
            assert found[version, "all"] == pytest.approx(list(right.values()), abs=1e-9)


def test_ratios_are_those_of_the_rates_of_two_groups(sets):
    """As fairlearn's MetricFrame has them: a metric a group, over that of the largest one."""
    database, frame = sets
    measures = {
        "selection_rate": lambda rates: rates["flagged_share"],
        "false_positive_rate": lambda rates: rates["false_positive_rate"],
        "false_negative_rate": lambda rates: 1 - rates["recall"],
        "precision": lambda rates: rates["precision"],
    }
    found = {}
    for measure in measures:
        found[measure] = rows_of(
            database,
            "fairness_audit",
            f"window_name = 'all' and group_kind = 'country' and measure = '{measure}'",
            ["reference_group", "estimate", "ratio"],
        )
    compared = 0
    for version, whole in frame.groupby("model_version"):
        reference = whole["country_code"].value_counts().index[0]
        parts = {country: part for country, part in whole.groupby("country_code")}
        if not all(map(is_known, parts.values())):
            continue
        rates = {country: by_hand(part) for country, part in parts.items()}
        for measure, of in measures.items():
            for country in set(COUNTRIES) - {reference}:
                group, estimate, ratio = found[measure][version, country]
                assert group == reference
                assert estimate == pytest.approx(of(rates[country]), abs=1e-9)
                if of(rates[reference]) > 0:
                    right = of(rates[country]) / of(rates[reference])
                    assert ratio == pytest.approx(right, abs=1e-9)
                    compared += 1
    assert compared > 2 * frame["model_version"].nunique()


def test_thresholds_are_those_of_the_same_labels(sets):
    """At each threshold the strata are those above and below it, flagged and passed."""
    database, frame = sets
    names = ["threshold", "precision", "recall", "false_positive_rate"]
    rows = query(
        database,
        f"select model_version, n_flagged, {', '.join(names)} from trust.fraud_thresholds where is_current",
    )
    assert len(rows) == frame["model_version"].nunique()
    for version, n_flagged, threshold, *values in rows:
        part = frame[frame["model_version"] == int(version)]
        assert threshold == 0.3 and n_flagged == part["is_flagged"].sum()
        right = by_hand(part)
        assert values == pytest.approx([right[name] for name in names[1:]], abs=1e-9)


def test_every_interval_holds_its_estimate_and_nothing_is_nan(sets):
    database, _ = sets
    for name in ("flagged_share", "precision", "recall", "false_positive_rate", "auc"):
        [(wrong,)] = query(
            database,
            f"""select count(*) from trust.fraud_quality
            where not {name} between {name}_low - 1e-9 and {name}_high + 1e-9
                or isnan({name}) or isnan({name}_low) or isnan({name}_high)
                or {name}_low < 0 or {name}_high > 1""",
        )
        assert wrong == 0, name
    [(wrong,)] = query(
        database,
        """select count(*) from trust.fairness_audit
        where not ratio between ratio_low - 1e-9 and ratio_high + 1e-9
            or not estimate between estimate_low - 1e-9 and estimate_high + 1e-9
            or isnan(ratio) or isnan(ratio_low) or isnan(ratio_high) or isnan(p_value)
            or p_value_adjusted < p_value
            or (ratio_verdict = 'fail') <> coalesce(p_value_adjusted <= 0.05, false)
            or (ratio_verdict = 'pass' and not (ratio_low > 0.8 and ratio_high < 1.25))""",
    )
    assert wrong == 0
