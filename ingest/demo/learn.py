"""learn: courses, card fraud with a biased and decaying score, and recommendations.

The fraud score adds the evidence of a payment's features. Two things are wrong with it: a fixed
bias against one country, and from DRIFT_DATE on an update of the app resets the age of the device,
so the feature moves and says nothing any more.

Who shares what: households share an address, now and then a device or a card; anybody may pay from
a public address. A fraud comes from a ring's device (numbers from 800,000 on in a chunk) or, with a
stolen card (from 700,000 on), from the customer's own.
"""

import numpy as np

from demo import tables
from demo.catalogue import COUNTRIES, PRODUCT_BRAND, product
from demo.clock import DAY, HISTORY_END, HOUR, MONTH, MONTH_STARTS, seconds
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
# By month, 2025-01 .. 2026-07: most while the score is new, fewest before Christmas.
EXEMPT_PROBABILITY = np.array([
    0.30, 0.30, 0.30, 0.30, 0.30, 0.15,
    0.15, 0.15, 0.15, 0.12, 0.08, 0.08,
    0.10, 0.12, 0.15, 0.15, 0.12, 0.12, 0.12,
])  # fmt: skip
BIASED_COUNTRY, BIAS = "VN", 1.6  # added to the logit of the score
DRIFT_DATE = "2025-06-02"  # early enough for labels of the time after it, and of what came later
THRESHOLD = 0.5
MISMATCH_SHARE = (0.07, 0.45)  # card and address in different countries: honest, fraud
EXTRA_CARDS = (0.05, 0.7)
DEVICE_AGE_LOG = ((5.2, 0.8), (3.4, 1.0))
DEVICE_AGE_LOG_AFTER = (3.7, 1.4)  # both, after the update
SCORE_WEIGHTS = {
    "intercept": -4.3,
    "mismatch": 2.4,
    "extra_card": 1.5,
    "log_device_age": -1.0,
    "noise": 0.5,
}
HOUSEHOLD_SIZE, HOUSEHOLD_SHARE = 3, 0.2  # of customers of one country
SHARED = {"ip": 0.8, "device": 0.35, "card": 0.2}  # of a household's payments: its head's
PUBLIC_SHARE, PUBLIC_ADDRESSES = 0.03, 20  # of payments at home; addresses of a country and chunk
OWN_DEVICE_SHARE = 0.25  # of frauds with a stolen card come from the customer's own device
CARD_AGAIN_SHARE = (0.25, 0.10)  # of stolen cards: that of the fraud before, one of long before
LONG_BEFORE = (20, 120)  # frauds
COURSES = [
    i for i, brand in enumerate(PRODUCT_BRAND) if brand == "learn" and i != product("Learn Plus")
]
COURSE_WEIGHT = np.array([0.25, 0.16, 0.18, 0.10, 0.14, 0.10, 0.07])
PLUS_SHARE = 0.22
CLICK_SHARE = (0.16, 0.09, 0.05)  # by rank, of recommender v1
CLICK_LIFT = 0.4  # of v2
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
    drifted = sales["at"] >= seconds(DRIFT_DATE)
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
    chance = EXEMPT_PROBABILITY[np.searchsorted(MONTH_STARTS, sales["at"], "right") - 1]
    exempt = (rng.random(n) < chance) & scored
    flagged = (score >= THRESHOLD) & scored
    elsewhere = (country + 1 + rng.integers(0, 7, n)) % len(COUNTRIES)
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
        "ip_country": np.where(mismatch, elsewhere, country),
        "card_country": country,
        "exempt_probability": np.where(scored, chance, np.nan),
        **draw_tools(chunk, customers, sales, fraud, np.where(mismatch, elsewhere, country)),
    }


def households(chunk: Chunk, country: np.ndarray) -> np.ndarray:
    """Position of the head of each customer's household, its own for those who live alone."""
    rng = chunk.rng(77)
    order = np.argsort(country, kind="stable")
    ordered = country[order]
    place = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    head = np.arange(len(order)) - place % HOUSEHOLD_SIZE
    together = rng.random(len(order)) < HOUSEHOLD_SHARE
    heads = np.empty(len(order), int)
    heads[order] = np.where(together[head], order[head], order)
    return heads


def draw_tools(
    chunk: Chunk, customers: Frame, sales: Frame, fraud: np.ndarray, ip_country: np.ndarray
) -> Frame:
    """Numbers of the card, device and address of each sale."""
    rng = chunk.rng(78)
    n = len(fraud)
    who, numbers = sales["customer"], customers["number"]
    own, head = numbers[who], numbers[households(chunk, customers["country"])[who]]
    tools = {name: np.where(rng.random(n) < share, head, own) for name, share in SHARED.items()}
    is_public = (rng.random(n) < PUBLIC_SHARE) | (ip_country != customers["country"][who])
    public = chunk.offset + 900_000 + ip_country * PUBLIC_ADDRESSES
    public += rng.integers(0, PUBLIC_ADDRESSES, n)
    ring = chunk.offset + 800_000 + np.cumsum(fraud) // 4
    is_own = (rng.random(n) < OWN_DEVICE_SHARE) & (customers["method"][who] == 0)
    stolen = np.full(n, -1)
    stolen[fraud] = chunk.offset + 700_000 + stolen_cards(rng, int(fraud.sum()))
    return {
        "card": np.where(fraud, stolen, tools["card"]),
        "device": np.where(fraud & ~is_own, ring, tools["device"]),
        "ip": np.where(fraud, ring, np.where(is_public, public, tools["ip"])),
    }


def stolen_cards(rng: np.random.Generator, n: int) -> np.ndarray:
    """The card of each fraud in order of time: a new one, the last one, or one of long before."""
    draw, back = rng.random(n), rng.integers(*LONG_BEFORE, n)
    card = np.arange(n)
    soon, late = CARD_AGAIN_SHARE
    for j in np.flatnonzero(draw < soon + late):
        source = j - 1 if draw[j] < soon else j - back[j]
        if source >= 0:
            card[j] = card[source]
    return card


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
    facts: dict = {"by_country": {}, "by_month": {}, "score_histogram": {}}
    amount = np.zeros(len(risk["score"]))
    amount[rows] = amount_usd
    for name, period in periods(at).items():
        part = period & arrived
        bins = np.minimum((risk["score"][rows[part]] * 400).astype(int), 399)
        fraud = risk["is_fraud"][rows[part]]
        facts["score_histogram"][name] = np.stack(
            [np.bincount(bins[fraud == flag], minlength=400) for flag in (False, True)]
        )
        log_age = np.log(np.maximum(risk["device_age"][rows[part]], 1e-3))
        facts[name] = confusion(risk, rows[part], amount) | {
            "sum_log_device_age": float(log_age.sum()),
            "by_country": by_country(risk, rows[part], amount),
        }
    facts["by_country"] = by_country(risk, rows[arrived], amount)
    month = np.searchsorted(MONTH_STARTS, at, "right") - 1
    for position in np.unique(month[arrived]):
        mine = rows[arrived & (month == position)]
        key = f"{2025 + position // 12}-{position % 12 + 1:02d}"
        facts["by_month"][key] = confusion(risk, mine, amount) | {
            "by_country": by_country(risk, mine, amount)
        }
    facts["review_exempt"] = confusion(risk, rows[arrived & risk["is_exempt"][rows]], amount)
    return columns, at, facts


def periods(at: np.ndarray) -> dict[str, np.ndarray]:
    """Which moments are before and after the drift, and in which half-year."""
    half_years = {
        f"{2025 + k // 2}H{k % 2 + 1}": (at >= MONTH_STARTS[6 * k]) & (at < MONTH_STARTS[6 * k + 6])
        for k in range(3)
    }
    drifted = at >= seconds(DRIFT_DATE)
    return {"before_drift": ~drifted, "after_drift": drifted, **half_years}


def by_country(risk: Frame, rows: np.ndarray, amount: np.ndarray) -> dict:
    """The counts of each country that paid."""
    country = risk["country"][rows]
    return {
        code: confusion(risk, rows[country == position], amount)
        for position, code in enumerate(COUNTRIES)
        if (country == position).any()
    }


def confusion(risk: Frame, rows: np.ndarray, amount: np.ndarray) -> dict:
    """Counts of scored payments, fraud and flags, and dollars of what passed and was stopped."""
    fraud, flagged = risk["is_fraud"][rows], risk["is_flagged"][rows]
    blocked, dollars = risk["is_blocked"][rows], amount[rows]
    return {
        "scored": len(rows),
        "fraud": int(fraud.sum()),
        "flagged": int(flagged.sum()),
        "flagged_fraud": int((fraud & flagged).sum()),
        "blocked": int(blocked.sum()),
        "blocked_fraud": int((blocked & fraud).sum()),
        "amount_usd": float(dollars.sum()),
        "fraud_passed_usd": float(dollars[fraud & ~blocked].sum()),
        "fraud_stopped_usd": float(dollars[fraud & blocked].sum()),
        "good_refused_usd": float(dollars[~fraud & blocked].sum()),
    }


def recommendations(
    chunk: Chunk, customers: Frame, life: dict, served: Frame
) -> tuple[dict, np.ndarray, list[dict], dict]:
    """Recommendation requests: predictions (one per item and rank), their moments, events, and the
    planted facts.

    served: per customer the moment from which v2 serves (v2_from), and the moments between which
    v1 does again (v1_from, v1_to).
    """
    rng = chunk.rng(72)
    owner, at = random_moments(
        rng, life["alive_from"] + HOUR, life["alive_to"], np.full(len(life["alive_from"]), 0.13)
    )
    order = np.argsort(at, kind="stable")
    owner, at = owner[order], at[order]
    n = len(at)
    is_held = (at >= served["v1_from"][owner]) & (at < served["v1_to"][owner])
    version = ((at >= served["v2_from"][owner]) & ~is_held).astype(int)
    request = chunk.numbers(n)
    row = np.repeat(np.arange(n), RANKS)
    rank = np.tile(np.arange(RANKS), n)
    first = rng.integers(0, len(COURSES), n)
    item = np.array(COURSES)[(first[row] + rank * 2) % len(COURSES)]
    score = np.round(np.clip(0.8 - 0.2 * rank + rng.normal(0, 0.05, len(row)), 0.01, 0.99), 3)
    columns = {
        "model_name": tables.constant("recommender", len(row)),
        "model_version": tables.words(version[row], ["v1", "v2"]),
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
    clicks = rng.random(len(row)) < np.array(CLICK_SHARE)[rank] * (1 + CLICK_LIFT * version[row])
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
    arrived = at[row] < HISTORY_END - HOUR
    facts = {
        name: {
            f"rank_{k + 1}": {
                "shown": int((arrived & (version[row] == v) & (rank == k)).sum()),
                "clicked": int((arrived & (version[row] == v) & (rank == k) & clicks).sum()),
            }
            for k in range(RANKS)
        }
        for v, name in enumerate(("v1", "v2"))
    }
    return columns, at[row], [shown, clicked], facts


def after_orders(
    chunk: Chunk,
    customers: Frame,
    life: dict,
    sales: Frame,
    result: Frame,
    risk: Frame,
    served: Frame,
) -> dict:
    """Predictions of both models, written in one table."""
    fraud, fraud_at, facts = fraud_predictions(chunk, sales, risk, result)
    shown, shown_at, events, clicks = recommendations(chunk, customers, life, served)
    at = np.concatenate([fraud_at, shown_at])
    columns = {
        name: tables.pa.concat_arrays([_whole(fraud[name]), _whole(shown[name])]) for name in fraud
    }
    order = np.argsort(at, kind="stable")
    columns = {name: column.take(tables.pa.array(order)) for name, column in columns.items()}
    columns["prediction_id"] = tables.ids("pr", chunk.numbers(len(at)))
    loaded = at[order] + 30 + chunk.rng(73).integers(0, 300, len(at))
    counts = chunk.write(74, "ml__predictions", columns, loaded)
    truth = {"learn": {"fraud": facts, "recommender": clicks}}
    return {"counts": [counts], "events": events, "truth": truth}


def _whole(column: tables.pa.Array) -> tables.pa.Array:
    """A column as one plain array."""
    return column.combine_chunks() if isinstance(column, tables.pa.ChunkedArray) else column
