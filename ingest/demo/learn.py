"""learn: courses, card fraud with a biased and decaying score, and recommendations.

The fraud score adds the evidence of a payment's features. Two things are wrong with it: a fixed
bias against one country, and from DRIFT_AT on an update of the app resets the age of the device,
so the feature moves and says nothing any more.
"""

import numpy as np

from demo import tables
from demo.catalogue import COUNTRIES, PRODUCT_BRAND, product
from demo.clock import DAY, HISTORY_END, HOUR, MONTH, seconds
from demo.life import (
    NEVER,
    app_events,
    cycles,
    first_sales,
    login_events,
    nps,
    random_moments,
    subscription_life,
)
from demo.orders import sales_frame, survey_frame, tickets_frame
from demo.visits import Chunk, Frame

FRAUD_RATE = np.array([0.012, 0.035, 0.022, 0.016, 0.010, 0.022, 0.085, 0.038])  # by COUNTRIES
EXEMPT_PROBABILITY = 0.1
BIASED_COUNTRY, BIAS = "VN", 1.6  # added to the logit of the score
DRIFT_AT = seconds("2026-02-16")
THRESHOLD = 0.5
MISMATCH_SHARE = (0.07, 0.45)  # card and address in different countries: honest, fraud
EXTRA_CARDS = (0.05, 0.7)
DEVICE_AGE_LOG = ((5.2, 0.8), (3.4, 1.0))
DEVICE_AGE_LOG_AFTER = (3.7, 0.6)  # both, after the update
SCORE_WEIGHTS = {
    "intercept": -4.3,
    "mismatch": 2.4,
    "extra_card": 1.5,
    "log_device_age": -1.0,
    "noise": 0.5,
}
COURSES = [
    i for i, brand in enumerate(PRODUCT_BRAND) if brand == "learn" and i != product("Learn Plus")
]
COURSE_WEIGHT = np.array([0.25, 0.16, 0.18, 0.10, 0.14, 0.10, 0.07])
PLUS_SHARE = 0.22
CLICK_SHARE = (0.16, 0.09, 0.05)  # by rank
RANKS = 3
QUERIES = ["sql", "python", "english", "수채화", "통계", "machine learning", "excel", "한국어"]


def live(chunk: Chunk, customers: Frame) -> dict:
    """Everything learn's customers do after they sign up, before any experiment."""
    rng = chunk.rng(70)
    n = len(customers["number"])
    start = customers["created_at"]
    end = start + (20 * DAY + rng.gamma(1.6, 110, n) * DAY).astype(np.int64)
    appetite = rng.gamma(0.8, 0.30, n)  # courses a month, a long tail
    courses = np.array(COURSES)

    def course(m: int) -> np.ndarray:
        return courses[rng.choice(len(courses), m, p=COURSE_WEIGHT)]

    second = np.where(rng.random(n) < 0.1, course(n), -1)
    sales = [first_sales(customers, course(n), second_product=second)]
    owner, at = random_moments(rng, start + DAY, end, appetite)
    sales.append(sales_frame(owner, at, course(len(at))))
    plus = np.flatnonzero(rng.random(n) < PLUS_SHARE)
    plan = np.full(len(plus), product("Learn Plus"))
    changes = subscription_life(rng, customers, plus, plan, start[plus] + 600, end[plus])
    life, step = cycles(start[plus], end[plus], MONTH)
    owner = np.concatenate([plus, plus[life]])
    at = np.concatenate([start[plus] + 660, start[plus][life] + step * MONTH])
    sales.append(
        sales_frame(
            owner,
            at,
            np.full(len(at), product("Learn Plus")),
            is_renewal=np.ones(len(at), bool),
            has_subscription=np.ones(len(at), bool),
        )
    )

    owner, at = random_moments(rng, start + HOUR, end, np.full(n, 0.55))
    lesson = app_events(
        chunk,
        rng,
        "lesson_viewed",
        customers,
        owner,
        at,
        0.4,
        properties=tables.json_object(
            lesson=(
                tables.words(rng.integers(0, 12, len(at)), [f"L{k:02d}" for k in range(1, 13)]),
                True,
            ),
            minutes=(tables.integers(3 + rng.gamma(2, 6, len(at))), False),
        ),
    )
    owner, at = random_moments(rng, start + HOUR, end, np.full(n, 0.15))
    search = app_events(
        chunk,
        rng,
        "search_performed",
        customers,
        owner,
        at,
        0.2,
        page_path=tables.constant("/search", len(at)),
        properties=tables.json_object(
            query=(tables.words(rng.integers(0, len(QUERIES), len(at)), QUERIES), True),
            results=(tables.integers(rng.poisson(6, len(at))), False),
        ),
    )
    owner, at = random_moments(rng, start + HOUR, end, np.full(n, 0.03))
    return {
        "sales": sales,
        "changes": changes,
        "tickets": [tickets_frame(rng, owner, at)],
        "surveys": [leavers_survey(rng, end), nps(rng, start, end, 0.15)],
        "events": [lesson, search, login_events(chunk, customers)],
        "alive_from": start,
        "alive_to": np.where(end < HISTORY_END, end, NEVER),
        "truth": {"learn": {"customers": n}},
        "counts": [],
    }


def leavers_survey(rng: np.random.Generator, end: np.ndarray) -> Frame:
    """Exit survey of a quarter of those who stopped."""
    who = np.flatnonzero((end + 9 * DAY < HISTORY_END) & (rng.random(len(end)) < 0.25))
    sent = end[who] + 7 * DAY
    answers = rng.random(len(who)) < 0.2
    back = np.where(answers, sent + HOUR + rng.exponential(DAY, len(who)), -1)
    reason = np.array([1, 5, 8])[rng.choice(3, len(who), p=[0.3, 0.2, 0.5])]
    return survey_frame(who, sent, 0, np.where(answers, reason, -1), np.full(len(who), -1), back)


def draw_risk(chunk: Chunk, customers: Frame, sales: Frame) -> Frame:
    """Fraud, features, score and block per sale. Renewals are neither fraud nor scored."""
    rng = chunk.rng(71)
    n = len(sales["at"])
    country = customers["country"][sales["customer"]]
    scored = ~sales["is_renewal"]
    fraud = (rng.random(n) < FRAUD_RATE[country]) & scored
    kind = fraud.astype(int)
    mismatch = rng.random(n) < np.array(MISMATCH_SHARE)[kind]
    extra = rng.poisson(np.array(EXTRA_CARDS)[kind])
    mean, spread = np.array(DEVICE_AGE_LOG)[kind].T
    drifted = sales["at"] >= DRIFT_AT
    mean = np.where(drifted, DEVICE_AGE_LOG_AFTER[0], mean)
    spread = np.where(drifted, DEVICE_AGE_LOG_AFTER[1], spread)
    log_age = rng.normal(mean, spread)
    weights = SCORE_WEIGHTS
    logit = (
        weights["intercept"]
        + weights["mismatch"] * mismatch
        + weights["extra_card"] * extra
        + weights["log_device_age"] * (log_age - 5)
        + weights["noise"] * rng.normal(0, 1, n)
        + BIAS * (country == COUNTRIES.index(BIASED_COUNTRY))
    )
    score = np.round(1 / (1 + np.exp(-logit)), 4)
    exempt = (rng.random(n) < EXEMPT_PROBABILITY) & scored
    flagged = (score >= THRESHOLD) & scored
    elsewhere = (country + 1 + rng.integers(0, 7, n)) % len(COUNTRIES)
    own = customers["number"][sales["customer"]]
    ring = chunk.offset + 800_000 + np.cumsum(fraud) // 4
    return {
        "is_fraud": fraud,
        "is_exempt": exempt,
        "is_blocked": flagged & ~exempt,
        "is_flagged": flagged,
        "is_scored": scored,
        "score": score,
        "mismatch": mismatch,
        "extra_cards": extra,
        "device_age": np.exp(np.minimum(log_age, 8)),
        "country": country,
        "card": np.where(fraud, chunk.offset + 700_000 + np.arange(n), own),
        "device": np.where(fraud, ring, own),
        "ip": np.where(fraud, ring, own),
        "ip_country": np.where(mismatch, elsewhere, country),
        "card_country": country,
        "exempt_probability": EXEMPT_PROBABILITY,
    }


def fraud_predictions(
    chunk: Chunk, sales: Frame, risk: Frame, result: Frame
) -> tuple[dict, np.ndarray, dict]:
    """Rows of ml.predictions for the scored payments, their moments, and the planted facts."""
    rows = np.flatnonzero(risk["is_scored"])
    n = len(rows)
    at = result["payment_at"][rows] - 1
    amount_usd = (
        result["amount"][rows]
        / 100
        * chunk.usd_rates[
            result["currency"][rows], np.minimum(at // DAY, chunk.usd_rates.shape[1] - 1)
        ]
    )
    columns = {
        "model_name": tables.constant("fraud_score", n),
        "model_version": tables.constant("v1", n),
        "entity_type": tables.constant("payment", n),
        "entity_id": tables.ids("pay", result["payment"][rows]),
        "item_id": tables.constant(None, n),
        "rank": tables.constant(None, n),
        "request_id": tables.constant(None, n),
        "score": tables.decimals(risk["score"][rows], 4),
        "decision": tables.words(risk["is_flagged"][rows].astype(int), ["approve", "block"]),
        "features": tables.json_object(
            ip_card_mismatch=(tables.integers(risk["mismatch"][rows]), False),
            cards_on_device=(tables.integers(1 + risk["extra_cards"][rows]), False),
            device_age_days=(tables.integers(np.rint(risk["device_age"][rows])), False),
            amount_usd=(tables.integers(np.rint(amount_usd)), False),
        ),
        "predicted_at": tables.moments(at),
    }
    arrived = at < HISTORY_END - HOUR
    facts: dict = {"by_country": {}, "score_histogram": {}}
    for position, code in enumerate(COUNTRIES):
        mine = (risk["country"][rows] == position) & arrived
        if mine.any():
            facts["by_country"][code] = confusion(risk, rows[mine])
    for name, period in (("before_drift", at < DRIFT_AT), ("after_drift", at >= DRIFT_AT)):
        part = rows[period & arrived]
        bins = np.minimum((risk["score"][part] * 400).astype(int), 399)
        fraud = risk["is_fraud"][part]
        facts["score_histogram"][name] = np.stack(
            [np.bincount(bins[fraud == flag], minlength=400) for flag in (False, True)]
        )
        facts[name] = confusion(risk, part) | {
            "sum_log_device_age": float(np.log(np.maximum(risk["device_age"][part], 1e-3)).sum())
        }
    exempt = rows[arrived & risk["is_exempt"][rows]]
    facts["review_exempt"] = confusion(risk, exempt)
    return columns, at, facts


def confusion(risk: Frame, rows: np.ndarray) -> dict:
    """Counts of scored payments, fraud and flags."""
    fraud, flagged = risk["is_fraud"][rows], risk["is_flagged"][rows]
    return {
        "scored": len(rows),
        "fraud": int(fraud.sum()),
        "flagged": int(flagged.sum()),
        "flagged_fraud": int((fraud & flagged).sum()),
        "blocked": int(risk["is_blocked"][rows].sum()),
        "blocked_fraud": int((risk["is_blocked"][rows] & fraud).sum()),
    }


def recommendations(
    chunk: Chunk, customers: Frame, life: dict, version: np.ndarray
) -> tuple[dict, np.ndarray, list[dict]]:
    """Recommendation requests: predictions (one per item and rank), their moments, and events.

    version: 0 or 1 per customer for v1 or v2 of the recommender.
    """
    rng = chunk.rng(72)
    owner, at = random_moments(
        rng, life["alive_from"] + HOUR, life["alive_to"], np.full(len(life["alive_from"]), 0.13)
    )
    order = np.argsort(at, kind="stable")
    owner, at = owner[order], at[order]
    n = len(at)
    request = chunk.numbers(n)
    row = np.repeat(np.arange(n), RANKS)
    rank = np.tile(np.arange(RANKS), n)
    first = rng.integers(0, len(COURSES), n)
    item = np.array(COURSES)[(first[row] + rank * 2) % len(COURSES)]
    score = np.round(np.clip(0.8 - 0.2 * rank + rng.normal(0, 0.05, len(row)), 0.01, 0.99), 3)
    columns = {
        "model_name": tables.constant("recommender", len(row)),
        "model_version": tables.words(version[owner[row]], ["v1", "v2"]),
        "entity_type": tables.constant("customer", len(row)),
        "entity_id": tables.ids("cus", customers["number"][owner[row]]),
        "item_id": tables.words(item, [f"prd_{i + 1:02d}" for i in range(len(PRODUCT_BRAND))]),
        "rank": tables.integers(rank + 1),
        "request_id": tables.ids("req", request[row]),
        "score": tables.decimals(score, 3),
        "decision": tables.constant(None, len(row)),
        "features": tables.constant(None, len(row)),
        "predicted_at": tables.moments(at[row]),
    }
    shown = app_events(
        chunk,
        rng,
        "recommendation_shown",
        customers,
        owner,
        at + 1,
        0.2,
        properties=tables.json_object(
            request_id=(tables.ids("req", request), True),
            items=(tables.constant(str(RANKS), n), False),
        ),
    )
    clicks = rng.random(len(row)) < np.array(CLICK_SHARE)[rank] * (1 + 0.4 * version[owner[row]])
    hit = np.flatnonzero(clicks)
    clicked = app_events(
        chunk,
        rng,
        "recommendation_clicked",
        customers,
        owner[row[hit]],
        at[row[hit]] + 20 + 15 * rank[hit],
        0.2,
        properties=tables.json_object(
            request_id=(tables.ids("req", request[row[hit]]), True),
            product_id=(
                tables.words(item[hit], [f"prd_{i + 1:02d}" for i in range(len(PRODUCT_BRAND))]),
                True,
            ),
            rank=(tables.integers(rank[hit] + 1), False),
        ),
    )
    return columns, at[row], [shown, clicked]


def after_orders(
    chunk: Chunk,
    customers: Frame,
    life: dict,
    sales: Frame,
    result: Frame,
    risk: Frame,
    version: np.ndarray,
) -> dict:
    """Predictions of both models, written in one table."""
    fraud, fraud_at, facts = fraud_predictions(chunk, sales, risk, result)
    shown, shown_at, events = recommendations(chunk, customers, life, version)
    at = np.concatenate([fraud_at, shown_at])
    columns = {
        name: tables.pa.concat_arrays([_whole(fraud[name]), _whole(shown[name])]) for name in fraud
    }
    order = np.argsort(at, kind="stable")
    columns = {name: column.take(tables.pa.array(order)) for name, column in columns.items()}
    columns["prediction_id"] = tables.ids("pr", chunk.numbers(len(at)))
    loaded = at[order] + 30 + chunk.rng(73).integers(0, 300, len(at))
    counts = chunk.write(74, "ml__predictions", columns, loaded)
    return {"counts": [counts], "events": events, "truth": {"learn": {"fraud": facts}}}


def _whole(column: tables.pa.Array) -> tables.pa.Array:
    """A column as one plain array."""
    return column.combine_chunks() if isinstance(column, tables.pa.ChunkedArray) else column
