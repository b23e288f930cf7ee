"""Simulated scores with labels that come late or never, each world a model version, as tables that performance reads."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

FIRST_DAY, AS_OF = np.datetime64("2025-01-01"), np.datetime64("2026-06-30")
CHANGE = np.datetime64("2025-06-02")
MATURITY_DAYS = 120
MODELS = (
    "int_model_outcomes int_outcome_periods int_label_delays int_score_meanings int_performance_counts "
    "int_performance_rows int_performance_aucs int_performance_losses int_performance_estimates "
    "model_performance int_drift_onsets int_alert_splits int_alert_sides "
    "int_alert_changes model_alerts"
)


@dataclass(frozen=True)
class World:
    """One model version: how many payments, how many of them fraud, and what changes on CHANGE."""

    version: str
    payments: int = 15_000
    fraud_rate: float = 0.05
    strength: float = 1.9
    strength_after: float = 1.9
    drifts: bool = False
    exempt: float = 0.2
    days: int = 546


def payments_of(world: World, random: np.random.Generator) -> pd.DataFrame:
    """A row per payment: what payment_labels says of it, and the truth (is_fraud)."""
    n = world.payments
    moment = np.sort(random.uniform(0, world.days - 1e-6, n))
    day = FIRST_DAY + moment.astype("timedelta64[D]")
    fraud = random.random(n) < world.fraud_rate
    strength = np.where(day >= CHANGE, world.strength_after, world.strength)
    evidence = random.normal(0, 1, n) + np.where(fraud, strength, 0)
    score = 1 / (1 + np.exp(2.9 - 1.9 * evidence))
    flagged = score >= 0.5
    exempt = random.random(n) < world.exempt
    blocked = flagged & ~exempt
    declined = ~blocked & (random.random(n) < 0.03)
    known = moment + np.minimum(random.gamma(2, 20, n) + 3, MATURITY_DAYS - 1)
    today = (AS_OF - FIRST_DAY).astype(int) + 1
    mature = day + MATURITY_DAYS <= AS_OF
    confirmed = fraud & (known < today)
    label = np.select(
        [blocked | declined, confirmed, mature], ["unlabelled", "confirmed", "clean"], "immature"
    )
    known = np.select(
        [label == "confirmed", label == "clean"], [known, moment + MATURITY_DAYS], np.nan
    )
    return pd.DataFrame(
        {
            "prediction_id": [f"{world.version} {number}" for number in range(n)],
            "model_name": "score",
            "model_version": world.version,
            "score": score,
            "is_flagged": flagged,
            "label": label,
            "label_weight": np.where(
                label == "unlabelled", np.nan, np.where(flagged, 1 / world.exempt, 1)
            ),
            "is_mature": mature,
            "amount": np.round(random.gamma(2, 20, n), 2),
            "attempted_date": day,
            "known_days": known,
            "is_fraud": fraud,
            "is_blocked": blocked,
        }
    )


def write(database, worlds: list[World], payments: pd.DataFrame) -> None:
    """The tables that the models of performance read, with drift where a world has it."""
    drifts = pd.DataFrame(
        {
            "version": [world.version for world in worlds],
            "drifts": [world.drifts for world in worlds],
        }
    )
    with duckdb.connect(str(database)) as connection:
        connection.register("payments", payments)
        connection.register("worlds", drifts)
        for statement in (
            "create schema trust",
            "create schema core",
            "create schema ml",
            "create schema staging",
            "create schema reference",
            "create schema care",
            f"""create table trust.payment_labels as
            select * exclude (known_days, is_fraud, is_blocked, label_weight, attempted_date),
                prediction_id as payment_id, attempted_date::date as attempted_date,
                if(isnan(label_weight), null, label_weight) as label_weight,
                case when not isnan(known_days) then timestamp '{FIRST_DAY}'
                    + to_microseconds((known_days * 86400e6)::bigint) end as label_known_at
            from payments""",
            """create table core.predictions as
            select 'r' || i as prediction_id, name as model_name, 'v1' as model_version,
                'c' || (i % 400) as entity_id, 'customer' as entity_type, (i % 100) / 100.0 as score,
                false as is_flagged, timestamp '2025-03-01 10:00:00' as predicted_at, 'used' as use_status
            from range(800) as r (i), (values ('diagnosis_risk'), ('recommender')) as n (name)
            union all
            select prediction_id, model_name, model_version, prediction_id, 'payment', score, is_flagged,
                attempted_date, 'used' from payments""",
            """create table care.patient_risk_labels as
            select 'c' || i as customer_id, i % 4 = 0 as has_diagnosis, true as is_final,
                date '2025-03-01' as feature_date,
                if(i % 4 = 0, timestamp '2025-03-20', null) as known_at
            from range(300) as r (i)""",
            "create table reference.model_outcomes as select 'diagnosis_risk' as model_name, 'diagnosis' as outcome",
            """create table staging.stg_ml__models as
            select 'score' as model_name, version as model_version from worlds
            union all select 'recommender', 'v1' union all select 'diagnosis_risk', 'v1'""",
            f"""create table ml.int_drift as
            select 'score' as model_name, version as model_version, 'feature ' || f as feature_name,
                'number' as feature_kind, true as is_final, day as week_start,
                if(drifts and f = 1 and day >= date '{CHANGE}', 'drifted', 'stable') as verdict
            from worlds, range(2) as names (f),
                (select (date '2025-02-03' + 7 * week::int)::date as day from range(72) as w (week))""",
        ):
            connection.execute(statement)
