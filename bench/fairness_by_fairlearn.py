# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==1.5.6", "fairlearn==0.13.0"]
# ///
"""Rates of a score by group with their intervals, by fairlearn, over what bench/fairness.py made.

    uv run --script bench/fairness_by_fairlearn.py <groundwork.duckdb>

fairlearn holds numpy and scipy below what the project uses, so it has an environment of its own.
Prints the seconds of one MetricFrame with 100 bootstrap samples; reading is off the clock.
"""

import json
import sys
import time

import duckdb
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate

with duckdb.connect(sys.argv[1], read_only=True) as connection:
    frame = connection.execute(
        "select country_code, label = 'confirmed' as is_fraud, is_flagged from trust.payment_labels"
    ).df()
began_at = time.monotonic()
rates = MetricFrame(
    metrics={
        "selection_rate": selection_rate,
        "false_positive_rate": false_positive_rate,
        "false_negative_rate": false_negative_rate,
    },
    y_true=frame.is_fraud,
    y_pred=frame.is_flagged,
    sensitive_features=frame.country_code,
    n_boot=100,
    ci_quantiles=[0.025, 0.975],
    random_state=1,
)
rates.by_group_ci  # noqa: B018
print(json.dumps({"seconds": time.monotonic() - began_at, "groups": len(rates.by_group)}))
