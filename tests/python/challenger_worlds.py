"""Companies whose payments a score flags, drawn at once, as rows of trust.payment_labels and core.predictions.

The score adds up what is known of a payment, with noise. From DRIFT_AT on the age of the device says nothing
any more and is lower for everybody, as after an update of the app. Flagged payments are stopped but for a share
let through by chance. A world is a model.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

START, DAYS = np.datetime64("2025-01-01"), 545
AS_OF_END = np.datetime64("2026-07-01")
DRIFT_AT = np.datetime64("2025-06-02")
MATURITY = np.timedelta64(120, "D")
EXEMPT = 0.1


@dataclass(frozen=True)
class World:
    """Payments in 18 months, the share of fraud, whether the feature drifts, how much noise the champion's score has."""

    payments: int = 45_000
    fraud: float = 0.027
    drifts: bool = True
    noise: float = 0.5


def draw(random, name: str, world: World) -> pd.DataFrame:
    n = world.payments
    at = START + np.sort(random.random(n) * DAYS * 86_400).astype("timedelta64[s]")
    is_fraud = random.random(n) < world.fraud
    mismatch = random.random(n) < np.where(is_fraud, 0.45, 0.07)
    cards = 1 + random.poisson(np.where(is_fraud, 0.7, 0.05))
    log_age = random.normal(np.where(is_fraud, 3.4, 5.2), np.where(is_fraud, 1.0, 0.8))
    has_drifted = (at >= DRIFT_AT) & world.drifts
    log_age = np.where(has_drifted, random.normal(3.7, 1.4, n), log_age)
    logit = -4.3 + 2.4 * mismatch + 1.5 * (cards - 1) - (log_age - 5)
    score = 1 / (1 + np.exp(-(logit + world.noise * random.normal(size=n))))
    is_flagged = score >= 0.5
    is_exempt = random.random(n) < EXEMPT
    known_at = at + (random.gamma(2, 16, n).clip(1, 110) * 86_400).astype("timedelta64[s]")
    is_mature = at < AS_OF_END - MATURITY
    is_known = is_fraud & (known_at < AS_OF_END)
    label = np.where(is_known, "confirmed", np.where(is_mature, "clean", "immature"))
    label = np.where(is_flagged & ~is_exempt, "unlabelled", label)
    ids = [f"{name} {number}" for number in range(n)]
    age = np.rint(np.exp(np.minimum(log_age, 8))).astype(int)
    features = [
        f'{{"mismatch": {int(a)}, "cards": {b}, "age_days": {c}}}'
        for a, b, c in zip(mismatch, cards, age, strict=True)
    ]
    return pd.DataFrame(
        {
            "payment_id": ids,
            "prediction_id": ids,
            "model_name": name,
            "model_version": "v1",
            "brand": "b",
            "country_code": "KR",
            "label": label,
            "score": score,
            "label_weight": np.where(
                label == "unlabelled", np.nan, np.where(is_flagged, 1 / EXEMPT, 1)
            ),
            "is_flagged": is_flagged,
            "is_mature": is_mature,
            "features": features,
            "attempted_at": at,
            "label_known_at": np.where(is_known, known_at, at + MATURITY),
        }
    )


def write(database, payments: pd.DataFrame, drifting: list[str]) -> None:
    """The tables that challengers read; the models `drifting` have an alert dated DRIFT_AT."""
    with duckdb.connect(str(database)) as connection:
        connection.register("payments", payments)
        connection.register("drifting", pd.DataFrame({"model_name": drifting}, dtype=object))
        connection.execute(
            f"""
            create schema if not exists core; create schema if not exists trust; create schema if not exists ml;
            create schema if not exists experiments;
            create or replace table trust.payment_labels as
            select * exclude (features, label_weight),
                case when isnan(label_weight) then null else label_weight end as label_weight
            from payments;
            create or replace table core.predictions as
            select prediction_id, 'used' as use_status, features from payments;
            create or replace table core.dates as
            select day::date as date_day, date_trunc('month', day)::date as month_start
            from generate_series(timestamp '2025-01-01', timestamp '2026-06-30', interval 1 day) as days (day);
            create or replace table ml.int_model_drifts as
            select model_name::varchar as model_name, 'v1' as model_version, timestamp '{DRIFT_AT}' as drift_at
            from drifting;
            create or replace table experiments.experiment_sizes as
            select 'b' as brand, 'customer' as unit, 'conversion' as metric_name, 0.05 as relative_effect,
                5000::bigint as units_per_arm, 60::bigint as days_until_result
            """
        )
