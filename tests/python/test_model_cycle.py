"""The circle of a model: which experiment is a version's, how it stands, the step that follows, and the demo at both scales."""

import csv
import subprocess
import sys

import duckdb
import numpy as np
import pytest
from warehouse import PROJECT, build, query

SENTENCES = PROJECT / "seeds" / "reference" / "model_sentences.csv"
STEPS = {"collect labels", "test it", "ship it", "watch", "retrain", "retire"}

# What is known of a version of a score of payments that is live and has labels, unless a case says otherwise.
LIVE = {
    "status": "shipped",
    "trial": "none",
    "is_deployed": True,
    "entity_type": "payment",
    "recommends_items": False,
    "prediction_count": 1000,
    "has_labels": True,
    "drift_verdict": "healthy",
    "drift_at": None,
    "frauds_since_drift": 0,
    "challenger_verdict": None,
    "verdict": None,
    "measure": "auc",
    "quality_then_low": None,
    "quality_now_high": None,
    "last_predicted_at": "2026-06-30",
    "until_at": "2026-07-01",
}
DRIFTED = {"drift_verdict": "drift_and_decay", "drift_at": "2025-06-02"}
LISTS = {
    "entity_type": "customer",
    "recommends_items": True,
    "has_labels": False,
    "drift_verdict": "too_early",
    "measure": "click_rate",
}
# the case, what differs, the reason and the step
CASES = [
    ("nothing is wrong", {}, "healthy", "watch"),
    ("drift that harms, few frauds", DRIFTED | {"frauds_since_drift": 24}, "few_since_drift", "collect labels"),
    ("drift that harms", DRIFTED | {"frauds_since_drift": 25}, "drift_and_decay", "retrain"),
    ("a challenger wins meanwhile", DRIFTED | {"frauds_since_drift": 24, "challenger_verdict": "challenger_better"}, "few_since_drift", "collect labels"),
    ("decay alone", DRIFTED | {"drift_verdict": "decay_without_drift", "frauds_since_drift": 40}, "decay_without_drift", "retrain"),
    ("drift that does no harm", {"drift_verdict": "drift_without_harm", "drift_at": "2025-06-02"}, "drift_without_harm", "watch"),
    ("a better challenger", {"challenger_verdict": "challenger_better"}, "challenger_better", "retrain"),
    ("a better challenger after a drift", {"drift_verdict": "too_early", "drift_at": "2025-06-02", "frauds_since_drift": 40, "challenger_verdict": "challenger_better"}, "drifted_and_beaten", "retrain"),
    ("a worse challenger", {"challenger_verdict": "champion_better"}, "healthy", "watch"),
    ("too early", {"drift_verdict": "too_early"}, "too_early", "collect labels"),
    ("too early after a drift", {"drift_verdict": "too_early", "drift_at": "2026-06-01", "frauds_since_drift": 3}, "few_since_drift", "collect labels"),
    ("no alert", {"drift_verdict": None, "has_labels": None}, "no_labels", "collect labels"),
    ("nothing is logged", {"prediction_count": 0, "drift_verdict": None, "has_labels": None}, "no_predictions", "collect labels"),
    ("clicks hold", LISTS | {"quality_then_low": 0.1, "quality_now_high": 0.1}, "clicks_hold", "watch"),
    ("clicks fell", LISTS | {"quality_then_low": 0.1, "quality_now_high": 0.09}, "clicks_fell", "retrain"),
    ("few clicks at first", LISTS | {"quality_now_high": 0.09}, "few_clicks", "watch"),
    ("few clicks now", LISTS | {"quality_then_low": 0.1}, "few_clicks", "watch"),
    ("no clicks", LISTS | {"measure": None}, "few_clicks", "watch"),
    ("another score that decays", DRIFTED | {"entity_type": "customer"}, "decay", "retrain"),
    ("another score without outcomes", {"entity_type": "customer", "has_labels": False, "drift_verdict": "too_early"}, "not_measured", "collect labels"),
    ("another score", {"entity_type": "customer"}, "healthy", "watch"),
    ("no predictions, so nothing it scores", {"entity_type": None, "prediction_count": 0}, "no_predictions", "collect labels"),
    ("never tested", {"status": "not_shipped", "is_deployed": False}, "never_tested", "test it"),
    ("planned", {"status": "not_shipped", "is_deployed": False, "trial": "planned"}, "test_planned", "test it"),
    ("in its test", {"status": "in_test", "trial": "running"}, "test_running", "test it"),
    ("in its test while the data drifts", DRIFTED | {"status": "in_test", "trial": "running"}, "test_running", "test it"),
    ("won, undecided", {"status": "not_shipped", "trial": "ended", "verdict": "ship"}, "won_test", "ship it"),
    ("lost, undecided", {"status": "not_shipped", "trial": "ended", "verdict": "stop"}, "lost_test", "retire"),
    ("ended without evidence", {"status": "not_shipped", "trial": "ended", "verdict": "inconclusive"}, "test_inconclusive", "test it"),
    ("ended, nobody has judged", {"status": "not_shipped", "trial": "ended"}, "test_inconclusive", "test it"),
    ("decided, not live", {"status": "not_shipped", "is_deployed": False, "trial": "shipped"}, "decided_to_ship", "ship it"),
    ("stopped", {"status": "stopped", "trial": "stopped"}, "lost_test", "retire"),
    ("replaced", {"status": "replaced", "last_predicted_at": "2026-06-01"}, "replaced", "retire"),
    ("replaced and decaying", DRIFTED | {"status": "replaced", "last_predicted_at": None}, "replaced", "retire"),
    ("replaced and still asked", {"status": "replaced"}, "replaced_still_serving", "retire"),
    ("superseded", {"status": "superseded", "is_deployed": False}, "superseded", "retire"),
]  # fmt: skip


def insert(connection, table: str, rows: list[dict]) -> None:
    """Rows of a table that is there; columns that a row does not name are empty."""
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def test_the_first_rule_that_holds_names_the_step(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """
            create schema ml;
            create table ml.int_model_findings (
                model_name varchar, model_version varchar, status varchar, trial varchar, is_deployed boolean, entity_type varchar,
                recommends_items boolean, prediction_count bigint, has_labels boolean, drift_verdict varchar,
                drift_at timestamp, frauds_since_drift bigint, challenger_verdict varchar, verdict varchar,
                measure varchar, quality_then_low double, quality_now_high double, last_predicted_at timestamp,
                until_at timestamp
            )
            """
        )
        insert(
            connection,
            "ml.int_model_findings",
            [{"model_name": name} | LIVE | differs for name, differs, *_ in CASES],
        )
    build(database, command="run", select="int_model_steps")
    found = dict(query(database, "select model_name, reason_code from ml.int_model_steps"))
    assert found == {name: reason for name, _, reason, _ in CASES}


def test_each_reason_has_its_step_and_its_sentences():
    with open(SENTENCES, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    steps = {row["reason_code"]: row["next_step"] for row in rows if row["subject"] == "cycle"}
    for name, _, reason, step in CASES:
        assert steps[reason] == step, name
    assert set(steps.values()) <= STEPS | {""}
    # a rule that no case tries would be one that nobody has thought about
    parts = {"shipped_by_test", "shipped_by_test_of_clicks"}
    assert set(steps) - parts == {reason for _, _, reason, _ in CASES}


# model, version, trained, deployed
VERSIONS = [
    ("shop", "v1", "2024-12-15", "2024-12-28"),
    ("shop", "v2", "2025-07-20", "2025-08-04"),
    ("shop", "v3", "2026-05-02", None),
    ("risk", "v1", "2024-12-20", "2024-12-28"),
    ("risk", "v1b", "2025-02-01", None),
    ("risk", "v4", "2025-03-01", "2025-04-01"),
    ("news", "v6", "2025-01-01", "2025-02-01"),
    ("news", "v7", "2025-05-01", "2025-06-01"),
    ("news", "v8", "2025-09-01", None),
    ("mail", "v9", "2025-01-01", "2025-02-01"),
    ("mail", "v10", "2026-01-01", "2027-01-01"),
]
# experiment, type, its own model_version, start, end, decision, shipped variant
EXPERIMENTS = [
    ("e1", "ab", "v2", "2025-08-04", "2025-10-27", "ship", "treatment"),
    ("e2", "holdout", "v2", "2025-11-10", "2026-04-27", "keep_running", None),
    ("e3", "ab", "v3", "2026-05-18", None, "keep_running", None),
    ("e4", "aa", "v1b", "2025-02-10", "2025-03-01", None, None),
    ("e5", "ab", "v1", "2025-02-10", "2025-03-01", "ship", "treatment"),  # whose v1?
    ("e6", "ab", None, "2025-04-01", "2025-05-01", "ship", "treatment"),  # the seed says
    ("e7", "ab", "v7", "2025-06-01", "2025-08-01", "ship", "control"),  # the other arm shipped
    ("e8", "ab", "v8", "2025-10-01", "2025-12-01", None, None),
    ("e9", "ab", "v10", "2026-12-01", None, None, None),
    ("e10", "ab", "v77", "2026-01-01", None, None, None),  # a version that nobody registered
]


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    database = tmp_path_factory.mktemp("versions") / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """
            create schema staging; create schema reference; create schema ml; create schema experiments;
            create table staging.stg_experiments__experiments (
                experiment_id varchar, experiment_name varchar, experiment_type varchar, model_version varchar,
                started_at timestamp, ended_at timestamp
            );
            create table staging.stg_experiments__variants as
            select 'e' || number as experiment_id, unnest(['control', 'treatment']) as variant,
                unnest([true, false]) as is_control
            from range(1, 11) as numbers (number);
            create table staging.stg_experiments__decisions (
                experiment_id varchar, decision varchar, shipped_variant varchar, decided_at timestamp
            );
            create table reference.model_experiments as
            select 'e6' as experiment_id, 'risk' as model_name, 'v4' as model_version, null::varchar as variant;
            create table ml.model_registry (
                model_name varchar, model_version varchar, owner varchar, entity_type varchar, features varchar,
                training_predictions bigint, prediction_count bigint, recommends_items boolean, train_from date,
                train_to date, trained_at timestamp, deployed_at timestamp, last_predicted_at timestamp
            );
            create table experiments.experiment_verdicts as select * from (values
                ('e1', 'treatment', 'ship', true), ('e3', 'treatment', 'keep_running', false),
                ('e6', 'treatment', 'ship', true), ('e7', 'treatment', 'stop', true),
                ('e8', 'treatment', 'inconclusive', true), ('e9', 'treatment', 'keep_running', false)
            ) as verdicts (experiment_id, variant, verdict, is_final);
            create table experiments.experiment_ledger as select * from (values
                ('e1', 'treatment', 100.5, 50.0, 200.0), ('e1', 'treatment', 10.5, 5.0, 20.0),
                ('e2', 'treatment', 900.0, 800.0, 1000.0)
            ) as credits (experiment_id, variant, credited_revenue, credited_revenue_low, credited_revenue_high)
            """
        )
        names = ("model_name", "model_version", "trained_at", "deployed_at")
        insert(
            connection,
            "ml.model_registry",
            [dict(zip(names, row, strict=True)) for row in VERSIONS],
        )
        for experiment, kind, version, start, end, decision, shipped in EXPERIMENTS:
            insert(
                connection,
                "staging.stg_experiments__experiments",
                [
                    {
                        "experiment_id": experiment,
                        "experiment_name": f"Test {experiment}",
                        "experiment_type": kind,
                        "model_version": version,
                        "started_at": start,
                        "ended_at": end,
                    }
                ],
            )
            if decision:
                insert(
                    connection,
                    "staging.stg_experiments__decisions",
                    [
                        {
                            "experiment_id": experiment,
                            "decision": decision,
                            "shipped_variant": shipped,
                            "decided_at": end or "2026-06-01",
                        }
                    ],
                )
    build(
        database,
        command="run",
        variables={"as_of": "2026-06-30"},
        select="int_model_experiments int_model_trials int_model_states",
    )
    return database


def test_an_experiment_belongs_to_the_one_model_that_has_its_version_or_to_none(versions):
    assert query(
        versions,
        """select experiment_id, model_name, model_version from ml.int_model_experiments
        where is_deciding order by 1""",
    ) == [
        ("e1", "shop", "v2"),
        ("e3", "shop", "v3"),
        ("e6", "risk", "v4"),
        ("e7", "news", "v7"),
        ("e8", "news", "v8"),
        ("e9", "mail", "v10"),
    ]


def test_how_each_version_stands(versions):
    found = {
        f"{model} {version}": row
        for model, version, *row in query(
            versions, "select model_name, model_version, status, trial from ml.int_model_states"
        )
    }
    assert {name: tuple(row) for name, row in found.items()} == {
        "shop v1": ("replaced", "none"),
        "shop v2": ("shipped", "shipped"),
        "shop v3": ("in_test", "running"),
        "risk v1": ("replaced", "none"),
        "risk v1b": ("superseded", "none"),
        "risk v4": ("shipped", "shipped"),
        # v7 was live for its test, which it lost
        "news v6": ("shipped", "none"),
        "news v7": ("stopped", "stopped"),
        "news v8": ("not_shipped", "ended"),
        # v10 is to go live after as_of
        "mail v9": ("shipped", "none"),
        "mail v10": ("not_shipped", "planned"),
    }


def test_a_version_has_the_revenue_of_its_own_test(versions):
    """That of a group held out is another view of the same, and never added."""
    assert query(
        versions,
        """select credited_revenue::double, credited_revenue_low::double, credited_revenue_high::double
        from ml.int_model_trials where model_name = 'shop' and model_version = 'v2'""",
    ) == [(111.0, 55.0, 220.0)]


def test_the_demo_says_what_to_do_with_each_version(demo):
    found = {
        f"{model} {version}": row
        for model, version, *row in query(
            demo,
            """select model_name, model_version, status, next_step, reason, reason_ko from ml.model_cycle""",
        )
    }
    assert found["recommender v2"][0] == "shipped"
    assert found["recommender v3"][:2] == ["in_test", "test it"]
    assert found["recommender v1"][:2] == ["replaced", "retire"]
    # eighteen months of one small company have few frauds, and the table says how few
    assert found["fraud_score v1"][:2] == ["shipped", "collect labels"]
    for *_, reason, korean in found.values():
        assert "{" not in reason + korean


@pytest.fixture(scope="module", params=[101, 102, 103, 104, 105])
def large(request, tmp_path_factory):
    """Companies at scale 40 of seeds that no rule was chosen by: their folder and database."""
    folder = tmp_path_factory.mktemp(f"seed_{request.param}")
    script = PROJECT / "ingest" / "demo_company.py"
    options = ["--seed", str(request.param), "--scale", "40", "--format", "parquet", "--quiet"]
    subprocess.run([sys.executable, script, *options, "--out", folder / "raw"], check=True)
    build(
        folder / "warehouse.duckdb",
        folder / "raw",
        select="+model_cycle +recommendation_quality",
        tests=False,
        variables={"as_of": "2026-06-30"},
    )
    return folder / "warehouse.duckdb"


@pytest.mark.slow
def test_a_large_company_retrains_its_fraud_score_and_has_proved_its_recommender(large):
    cycle = {
        f"{model} {version}": row
        for model, version, *row in query(
            large,
            """select model_name, model_version, status, next_step, drifted_features, reason_code,
                credited_revenue, click_lift_low, click_lift_high, challenger_verdict from ml.model_cycle""",
        )
    }
    status, step, features, code, *_, challenger_verdict = cycle["fraud_score v1"]
    assert (status, step, features) == ("shipped", "retrain", "device_age_days")
    # by the alert itself, or by the challenger where the labels before the drift are too few for one
    assert code in ("drift_and_decay", "drifted_and_beaten")
    assert challenger_verdict == "challenger_better"
    status, _, _, _, revenue, low, high, _ = cycle["recommender v2"]
    assert status == "shipped" and revenue is not None
    # five seeds are asked at once: the interval of 99 %
    middle, reach = (1 + low) * (1 + high), np.log((1 + high) / (1 + low)) / 2
    assert abs(np.log(1.4) - np.log(middle) / 2) <= reach * 2.576 / 1.96
    assert cycle["recommender v3"][:2] == ["in_test", "test it"]


@pytest.mark.slow
def test_a_challenger_wins_at_scale_40_once_labels_suffice_and_is_insufficient_before(large):
    rows = query(
        large,
        """select cutoff_date::varchar, verdict, n_learnt_frauds_since_drift, is_final, auc_gain_low
        from ml.challenger_quality where group_kind = 'all' order by 1""",
    )
    assert any(is_final and since >= 25 for _, _, since, is_final, _ in rows)
    for cutoff, verdict, since, is_final, low in rows:
        if since < 25 or not is_final:
            assert verdict == "insufficient", cutoff
        else:
            assert verdict == "challenger_better" and low > 0, cutoff
