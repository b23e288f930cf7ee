"""Labels, weights and verdicts of odd payments, scores and groups: each a row with its reason, or an honest 'insufficient'."""

import duckdb
import numpy as np
import pytest
from fraud_cases import AS_OF, company
from fraud_worlds import FAIRNESS, QUALITY, THRESHOLDS, labels, payments
from warehouse import build, query, write_raw

TABLES = ("payment_labels", "label_progress", "fraud_quality", "fraud_thresholds", "fairness_audit")


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    raw = write_raw(folder / "raw", company())
    build(
        folder / "warehouse.duckdb",
        raw,
        select=[f"+{table}" for table in TABLES],
        tests=False,
        variables={"as_of": AS_OF},
    )
    return folder / "warehouse.duckdb"


# label, why it has none, why it has no weight, weight
LABELS = {
    "clean": ("clean", None, None, 1),
    "young": ("immature", None, None, 1),
    "last_mature": ("clean", None, None, 1),
    "first_young": ("immature", None, None, 1),
    "fraud": ("confirmed", None, None, 1),
    "young_fraud": ("confirmed", None, None, 1),
    "quality": ("clean", None, None, 1),
    "early": ("unlabelled", "disputed_before_payment", None, None),
    "early_and_late": ("confirmed", None, None, 1),
    "declined": ("unlabelled", "declined", None, None),
    "blocked_by_a_rule": ("unlabelled", "blocked", None, None),
    "blocked": ("unlabelled", "blocked", None, None),
    "exempt": ("clean", None, None, 10),
    "exempt_surely": ("clean", None, None, 1),
    "exempt_never": ("clean", None, "exempt_chance_unknown", None),
    "exempt_unknown": ("clean", None, "exempt_chance_unknown", None),
    "exempt_hardly": ("clean", None, "exempt_chance_unknown", None),
    "exempt_and_blocked": ("unlabelled", "blocked", None, None),
    "against_the_score": ("clean", None, "let_through_unexplained", None),
    "unscored": ("clean", None, "not_scored", None),
    "above_one": ("clean", None, "not_scored", None),
    "unregistered": ("clean", None, "not_scored", None),
    "too_late": ("clean", None, "not_scored", None),
    "scored_twice": ("clean", None, None, 1),
    "worth_nothing": ("clean", None, None, 1),
    "worth_much": ("clean", None, None, 1),
}


def test_every_payment_has_its_label_and_its_weight_or_says_why_not(odd):
    rows = query(
        odd,
        "select payment_id, label, unlabelled_reason, no_weight_reason, label_weight from trust.payment_labels",
    )
    found = {name: tuple(values) for name, *values in rows}
    for name, right in LABELS.items():
        assert found[name] == pytest.approx(right), name
    [(payment_count,)] = query(odd, "select count(*) from core.payments")
    assert len(rows) == len(found) == payment_count


def test_a_label_is_known_when_the_dispute_was_opened_or_the_days_have_passed(odd):
    known = dict(query(odd, "select payment_id, label_known_at::varchar from trust.payment_labels"))
    assert known["fraud"] == "2026-02-01 00:00:00"
    assert known["early_and_late"] == "2026-02-01 00:00:00"
    assert known["clean"] == "2026-05-10 10:00:00"
    assert known["young"] is None and known["blocked"] is None


def test_features_that_are_missing_are_seen_whatever_the_json_holds(odd):
    found = dict(query(odd, "select payment_id, has_missing_feature from trust.payment_labels"))
    right = {
        "clean": False,
        "nested": False,
        "huge": False,
        "new_feature": False,
        "missing_feature": True,
        "no_features": True,
        "listed": True,
        "unscored": None,
    }
    assert {name: found[name] for name in right} == right


def test_a_payment_that_two_models_score_counts_for_the_one_that_scores_more(odd):
    rows = dict(query(odd, "select payment_id, score from trust.payment_labels"))
    assert rows["of_two"] == 0.3 and rows["scored_twice"] == 0.2


def test_who_has_no_country_is_in_a_group_of_the_unknown(odd):
    groups = dict(query(odd, "select payment_id, country_code from trust.payment_labels"))
    assert (groups["guest"], groups["nowhere"]) == ("BR", "unknown")


def test_no_number_is_nan_or_infinite(odd):
    with duckdb.connect(str(odd), read_only=True) as connection:
        for table in TABLES:
            doubles = [
                name
                for name, kind, *_ in connection.execute(f"describe trust.{table}").fetchall()
                if kind == "DOUBLE"
            ]
            wrong = connection.execute(
                f"select count(*) from trust.{table} where "
                + " or ".join(f"not isfinite({name})" for name in doubles)
            ).fetchone()
            assert wrong == (0,), table


def audit(odd, version, columns="verdict, ratio_verdict, sentence"):
    return query(
        odd,
        f"""select group_name, measure, {columns} from trust.fairness_audit
        where model_version = '{version}' and window_name = 'all' and group_kind = 'country'""",
    )


@pytest.mark.parametrize(
    "version", ["honest", "thieves", "lone", "between", "never", "blind", "v1"]
)
def test_odd_versions_are_never_judged(odd, version):
    """No fraud at all, fraud only, one country, nothing let through: never pass or fail on an error rate."""
    rows = audit(odd, version)
    assert rows
    for group, measure, verdict, _, sentence in rows:
        if measure in ("false_positive_rate", "false_negative_rate"):
            assert verdict in (None, "insufficient_evidence"), (group, measure)
        assert sentence and "{" not in sentence


def test_a_lone_country_is_insufficient_and_says_that_there_is_no_other(odd):
    rows = {measure: values for _, measure, *values in audit(odd, "lone")}
    verdict, _, sentence = rows["false_positive_rate"]
    assert verdict == "insufficient_evidence" and "no other group" in sentence


def test_quality_of_one_class_is_empty_where_nobody_can_know(odd):
    columns = "precision, recall, false_positive_rate, auc"

    def of(version):
        return query(
            odd,
            f"""select {columns} from trust.fraud_quality
            where model_version = '{version}' and group_kind = 'all' and n_mature > 0""",
        )

    assert all(recall is None and auc is None for _, recall, _, auc in of("honest"))
    assert all(rate is None and auc is None for _, _, rate, auc in of("thieves"))
    assert all(recall in (None, 0) for _, recall, *_ in of("never"))


def test_the_threshold_in_use_is_there_wherever_it_lies(odd):
    rows = query(
        odd,
        "select model_version, threshold, n_flagged, is_best from trust.fraud_thresholds where is_current",
    )
    found = {version: values for version, *values in rows}
    assert found["between"][0] == 0.537 and found["never"][:2] == [1.5, 0]
    [(flagged,)] = query(
        odd,
        "select count(*) from trust.payment_labels where model_version = 'between' and is_flagged",
    )
    assert found["between"][1] == flagged > 0
    best = query(
        odd,
        "select model_version from trust.fraud_thresholds where is_best group by 1 having count(*) <> 1",
    )
    assert best == [] and len(found) == 7


def test_progress_counts_what_is_missing(odd):
    rows = query(
        odd,
        """select country_code, good_cases, immature_payments, good_flagged_cases, good_cases_missing, good_cases_needed
        from trust.label_progress where model_version = 'v1' and month_start = '2026-06-01'""",
    )
    found = {country: values for country, *values in rows}
    good, immature, flagged, missing, needed = found["KR"]
    [(clean, waiting)] = query(
        odd,
        """select count(*) filter (label = 'clean'), count(*) filter (label <> 'unlabelled' and not is_mature)
        from trust.payment_labels where model_version = 'v1' and country_code = 'KR'""",
    )
    assert (good, immature, flagged) == (clean, waiting, 2)
    assert needed == 72 and missing == 70


@pytest.mark.slow
def test_without_any_score_the_tables_are_empty(tmp_path):
    frame = payments(np.random.default_rng(1), 5, "v1").iloc[:0]
    labels(tmp_path / "warehouse.duckdb", frame, models=f"{QUALITY} {THRESHOLDS} {FAIRNESS}")
    for table in TABLES:
        assert query(tmp_path / "warehouse.duckdb", f"select count(*) from trust.{table}") == [(0,)]
