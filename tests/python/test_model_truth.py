"""The drift and the decay that the demo plants, at scale 40: dated, measured, priced, and nothing else called drifted."""

import json
import subprocess
import sys

import pytest
from warehouse import PROJECT, build, query

pytestmark = pytest.mark.slow
TABLES = "+feature_drift +prediction_drift +model_performance +model_alerts"


@pytest.fixture(scope="module", params=[1, 2, 3])
def company(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    script = [sys.executable, PROJECT / "ingest" / "demo_company.py"]
    options = ["--seed", str(request.param), "--scale", "40", "--format", "parquet", "--quiet"]
    subprocess.run([*script, *options, "--out", folder / "raw"], check=True)
    build(
        folder / "warehouse.duckdb",
        folder / "raw",
        select=TABLES,
        tests=False,
        variables={"as_of": "2026-06-30"},
    )
    truth = json.loads(next((folder / "raw").rglob("truth.json")).read_text())
    return folder / "warehouse.duckdb", truth["learn"]["fraud"]


def test_the_drift_is_dated_and_alone(company):
    database, truth = company
    drift_at = truth["drift_at"][:10]
    weeks = query(
        database,
        f"""select feature_name, verdict, week_start >= date '{drift_at}' from ml.feature_drift
        where model_name = 'fraud_score' and is_final and verdict <> 'too_few'""",
    )
    assert len(weeks) > 250
    planted = truth["drifting_feature"]
    moved = [verdict for name, verdict, is_after in weeks if name == planted and is_after]
    assert len(moved) > 40 and set(moved) == {"drifted"}
    others = [verdict for name, verdict, is_after in weeks if name != planted or not is_after]
    assert others.count("drifted") <= 0.01 * len(others)
    ((onset, features),) = query(
        database,
        "select drift_onset_week, drifted_features from ml.model_alerts where model_name = 'fraud_score'",
    )
    assert (str(onset), features) == (drift_at, planted)


def test_the_usual_rule_would_cry_wolf(company):
    database, truth = company
    ((naive, total),) = query(
        database,
        f"""select count(*) filter (where psi >= 0.25), count(*) from ml.feature_drift
        where model_name = 'fraud_score' and verdict <> 'too_few'
            and (feature_name <> '{truth["drifting_feature"]}' or week_start < date '{truth["drift_at"][:10]}')""",
    )
    assert naive / total > 0.05


def test_the_area_before_and_after_lies_in_its_interval(company):
    database, truth = company
    ((verdict, *bounds, low, cost),) = query(
        database,
        """select verdict, auc_before_low, auc_before_high, auc_after_low, auc_after_high,
            extra_cost_per_month_low, extra_cost_per_month
        from ml.model_alerts where model_name = 'fraud_score'""",
    )
    assert bounds[0] <= truth["auc_before_drift"] <= bounds[1]
    assert bounds[2] <= truth["auc_after_drift"] <= bounds[3]
    assert verdict == "drift_and_decay"
    assert cost > low > 0


def test_the_recommender_has_no_labels(company):
    database, _ = company
    rows = query(
        database,
        """select distinct label_status, auc is null from ml.model_performance
        where model_name = 'recommender'""",
    )
    assert rows == [("no_labels", True)]
    assert query(
        database,
        "select distinct verdict from ml.model_alerts where model_name in ('recommender', 'diagnosis_risk')",
    ) == [("too_early",)]
