"""Scored payments whose truth is known, in place of payment_labels, and the marts' own SQL over them: a world a model version."""

import duckdb
import numpy as np
import pandas as pd
from warehouse import build

AS_OF = "2026-06-30"
QUALITY = (
    "int_fraud_counts int_fraud_cells int_fraud_parts int_fraud_measures int_group_labels int_fraud_areas "
    "int_fraud_calibration int_naive_rates int_fraud_money fraud_quality"
)
THRESHOLDS = "int_threshold_steps int_threshold_strata int_threshold_rates int_threshold_costs fraud_thresholds"
FAIRNESS = (
    "fairness_measures fairness_sentences int_fairness_pairs int_fairness_ratios int_fairness_verdicts "
    "int_fairness_sentences int_fairness_what_ifs fairness_audit int_label_counts int_label_cases label_progress"
)
COUNTS = [
    "n",
    "n_mature",
    "n_flagged",
    "n_labelled",
    "n_confirmed",
    "n_flagged_labelled",
    "n_flagged_confirmed",
    "n_flagged_blocked",
    "n_blocked",
    "n_unlabelled",
    "n_missing_feature",
    "n_with_features",
    "n_passed_weighed",
    "n_passed_confirmed",
    "n_stopped_weighed",
    "n_stopped_confirmed",
]
SUMS = [
    "stopped_weight",
    "stopped_weight_squares",
    "stopped_confirmed_weight",
    "score_total",
    "amount_weight",
    "amount_weight_squares",
    "confirmed_amount_weight",
    "blocked_amount",
    "passed_fraud_amount",
]


def payments(random, n, version, country="KR", fraud_rate=0.03, shift=2.0, cut=0.5, chance=(0.1,)):
    """`n` mature payments of a score that is higher for frauds by `shift` in logit; each flagged one gets a label with one of the chances."""
    fraud = random.random(n) < fraud_rate
    score = 1 / (1 + np.exp(-(random.normal(-2.5, 1, n) + shift * fraud)))
    flagged = score >= cut
    drawn = random.choice(chance, n)
    exempt = random.random(n) < drawn
    blocked = flagged & ~exempt
    declined = ~blocked & (random.random(n) < 0.04)
    label = np.where(blocked | declined, "unlabelled", np.where(fraud, "confirmed", "clean"))
    return pd.DataFrame(
        {
            "model_version": version,
            "country_code": country,
            "label": label,
            "unlabelled_reason": np.where(blocked, "blocked", np.where(declined, "declined", None)),
            "amount": np.round(random.gamma(2, 25, n), 2),
            "score": score,
            "is_flagged": flagged,
            "label_weight": np.where(
                label == "unlabelled", np.nan, np.where(flagged, 1 / drawn, 1.0)
            ),
        }
    )


def labels(database, frame, threshold=0.5, models=f"{QUALITY} {THRESHOLDS} {FAIRNESS}"):
    """Writes `frame` as payment_labels of a single month, and runs the models over it."""
    frame = frame.assign(number=np.arange(len(frame)))
    for name, value in {"age_band": "25-34", "brand": "learn", "is_mature": True}.items():
        if name not in frame:
            frame[name] = value
    with _opened(database) as connection:
        connection.register("frame", frame)
        connection.execute(
            """create table trust.payment_labels as
            select
                'p' || number as payment_id, 'fraud' as model_name, model_version::varchar as model_version,
                brand::varchar as brand, country_code::varchar as country_code, age_band::varchar as age_band,
                label::varchar as label, unlabelled_reason::varchar as unlabelled_reason,
                amount::decimal(24, 6) as amount,
                score::double as score, if(isnan(label_weight), null, label_weight)::double as label_weight,
                is_flagged::boolean as is_flagged, false as has_missing_feature, is_mature::boolean as is_mature, date '2025-03-10' as attempted_date
            from frame"""
        )
        connection.execute(
            f"""create table staging.stg_ml__models as
            select distinct model_name, model_version, {threshold}::double as threshold from trust.payment_labels"""
        )
    _run(database, models)


def counted(database, worlds, models):
    """Writes rows of int_fraud_counts, a month each, from columns of counts; runs the models over them."""
    for name in COUNTS + SUMS:
        if name not in worlds:
            worlds[name] = 0
    with _opened(database) as connection:
        connection.register("worlds", worlds)
        columns = [f"{name}::bigint as {name}" for name in COUNTS]
        columns += [f"{name}::double as {name}" for name in SUMS]
        connection.execute(
            f"""create table trust.int_fraud_counts as
            select 'fraud' as model_name, model_version::varchar as model_version, 'learn' as brand, country_code,
                '25-34' as age_band, date '2025-03-01' as month_start, {", ".join(columns)}
            from worlds"""
        )
    _run(database, models)


def draw_counts(random, worlds, n, fraud_rate, caught, stopped, chances):
    """Counts of so many worlds of `n` payments: `caught` of the frauds and `stopped` of the honest ones are flagged."""
    frauds = random.binomial(n, fraud_rate, worlds)
    flagged_frauds = random.binomial(frauds, caught)
    flagged_honest = random.binomial(n - frauds, stopped)
    passed_frauds = frauds - flagged_frauds
    passed_honest = n - frauds - flagged_honest
    declined_frauds, declined_honest = (
        random.binomial(passed_frauds, 0.04),
        random.binomial(passed_honest, 0.04),
    )
    weight, squares, confirmed_weight = np.zeros(worlds), np.zeros(worlds), np.zeros(worlds)
    labelled, confirmed = np.zeros(worlds, int), np.zeros(worlds, int)
    left_frauds, left_honest = flagged_frauds.copy(), flagged_honest.copy()
    for position, chance in enumerate(chances):
        part = 1 / (len(chances) - position)
        some_frauds, some_honest = (
            random.binomial(left_frauds, part),
            random.binomial(left_honest, part),
        )
        left_frauds, left_honest = left_frauds - some_frauds, left_honest - some_honest
        seen_frauds, seen_honest = (
            random.binomial(some_frauds, chance),
            random.binomial(some_honest, chance),
        )
        weight += (seen_frauds + seen_honest) / chance
        squares += (seen_frauds + seen_honest) / chance**2
        confirmed_weight += seen_frauds / chance
        labelled += seen_frauds + seen_honest
        confirmed += seen_frauds
    declined = declined_frauds + declined_honest
    passed = passed_frauds + passed_honest - declined
    passed_frauds = passed_frauds - declined_frauds
    return pd.DataFrame(
        {
            "n": n,
            "n_mature": n,
            "n_flagged": flagged_frauds + flagged_honest,
            "n_labelled": passed + labelled,
            "n_confirmed": passed_frauds + confirmed,
            "n_passed_weighed": passed,
            "n_passed_confirmed": passed_frauds,
            "n_stopped_weighed": labelled,
            "n_stopped_confirmed": confirmed,
            "n_flagged_labelled": labelled,
            "n_flagged_confirmed": confirmed,
            "n_flagged_blocked": flagged_frauds + flagged_honest - labelled,
            "n_blocked": flagged_frauds + flagged_honest - labelled,
            "n_unlabelled": flagged_frauds + flagged_honest - labelled + declined,
            "stopped_weight": weight,
            "stopped_weight_squares": squares,
            "stopped_confirmed_weight": confirmed_weight,
            "score_total": n * fraud_rate,
        }
    )


def _opened(database):
    database.parent.mkdir(exist_ok=True)
    connection = duckdb.connect(str(database))
    for schema in ("trust", "staging", "core"):
        connection.execute(f"create schema if not exists {schema}")
    connection.execute(
        """create table core.dates as
        select day::date as date_day, date_trunc('month', day)::date as month_start
        from generate_series(timestamp '2025-01-01', timestamp '2026-12-31', interval 1 day) as days (day)"""
    )
    return connection


def _run(database, models):
    build(database, select=models, variables={"as_of": AS_OF}, tests=False)
