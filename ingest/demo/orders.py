"""From sales to orders, items, payments, refunds and disputes: the same for all four brands.

A sale is a row of a frame with: customer (position), at (seconds), product, quantity,
second_product (-1 none), is_renewal, has_subscription, is_first, and for tracked brands
promised_at and fulfilled_at (-1 none).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import tables
from demo.catalogue import COUNTRIES, COUNTRY_CURRENCY, CURRENCIES, PRODUCT_BRAND, unit_price_cents
from demo.clock import DAY, HISTORY_END, HOUR
from demo.visits import Chunk, Frame

STATUSES = ["placed", "paid", "fulfilled", "cancelled", "refunded"]
PLACED, PAID, FULFILLED, CANCELLED, REFUNDED = range(5)
OUTCOMES = ["succeeded", "declined", "blocked"]
SUCCEEDED, DECLINED, BLOCKED = range(3)
METHODS = ["card", "kakao_pay", "bank_transfer"]
DECLINE_REASONS = ["insufficient_funds", "expired_card", "do_not_honor", "suspected_fraud"]
FULL_REFUND_SHARE = 0.02
PARTIAL_REFUND_SHARE = 0.02
DECLINE_SHARE = 0.045
RETRY_SHARE = 0.75  # of declined first attempts; a retry succeeds
QUALITY_DISPUTE_SHARE = 0.004
_TWO_UNITS = {"KRW", "JPY"}  # currencies without a minor unit


def sales_frame(customer: np.ndarray, at: np.ndarray, product: np.ndarray, **more) -> Frame:
    """Sales with the defaults filled in."""
    n = len(at)
    frame = {
        "customer": customer,
        "at": at.astype(np.int64),
        "product": product,
        "quantity": np.ones(n, int),
        "second_product": np.full(n, -1),
        "is_renewal": np.zeros(n, bool),
        "has_subscription": np.zeros(n, bool),
        "is_first": np.zeros(n, bool),
        "promised_at": np.full(n, -1),
        "fulfilled_at": np.full(n, -1),
        "in_trial": np.zeros(n, bool),
    }
    return frame | more


def stack(frames: list[Frame], sort_by: str | None = None) -> Frame:
    """One frame of several with the same columns, sorted when asked."""
    whole = {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}
    return take(whole, np.argsort(whole[sort_by], kind="stable")) if sort_by else whole


def take(frame: Frame, rows: np.ndarray) -> Frame:
    """The rows of a frame by positions or mask."""
    return {name: values[rows] for name, values in frame.items()}


def price_sales(chunk: Chunk, customers: Frame, sales: Frame) -> Frame:
    """Amounts of sales, in hundredths of the customer's currency, and revenue in dollars."""
    rng = chunk.rng(10)
    n = len(sales["at"])
    currency = COUNTRY_CURRENCY[customers["country"][sales["customer"]]]
    step = np.where(np.isin(currency, [CURRENCIES.index(c) for c in _TWO_UNITS]), 100, 1)
    first = unit_price_cents(sales["product"], currency, sales["at"])
    second = np.where(
        sales["second_product"] >= 0,
        unit_price_cents(np.maximum(sales["second_product"], 0), currency, sales["at"]),
        0,
    )
    gross = first * sales["quantity"] + second
    has_discount = (rng.random(n) < 0.15) & ~sales["is_renewal"]
    discount = np.where(has_discount, (gross // 10) // step * step, 0)
    net = gross - discount
    tax = (net // 10) // step * step
    is_kit = sales["product"] == tables_product("Home kit")
    shipping = np.where(is_kit, unit_price_cents(sales["product"], currency, sales["at"]) // 12, 0)
    shipping = shipping // step * step
    day = np.minimum(sales["at"] // DAY, chunk.usd_rates.shape[1] - 1)
    return {
        "currency": currency,
        "first_price": first,
        "second_price": second,
        "discount": discount,
        "tax": tax,
        "shipping": shipping,
        "amount": net + tax + shipping,
        "revenue_usd": net / 100 * chunk.usd_rates[currency, day],
        "is_kit": is_kit,
    }


def tables_product(name: str) -> int:
    """Position of a product by the end of its name."""
    from demo.catalogue import product

    return product(name)


def settle(chunk: Chunk, sales: Frame, risk: Frame | None) -> Frame:
    """Payment attempts and what became of each order.

    risk (learn only) says per sale: is_blocked, is_exempt, is_fraud. Returns per order:
    first_outcome, retried, paid, paid_at, refund share, refunded_at, dispute_reason and
    disputed_at (-1 none).
    """
    rng = chunk.rng(11)
    n = len(sales["at"])
    blocked = risk["is_blocked"] if risk else np.zeros(n, bool)
    fraud = risk["is_fraud"] if risk else np.zeros(n, bool)
    declined = (rng.random(n) < DECLINE_SHARE) & ~blocked & ~fraud
    retried = declined & (rng.random(n) < RETRY_SHARE)
    outcome = np.where(blocked, BLOCKED, np.where(declined, DECLINED, SUCCEEDED))
    paid = (outcome == SUCCEEDED) | retried
    attempted_at = sales["at"] + rng.integers(4, 15, n)
    retry_at = attempted_at + rng.integers(40, 600, n)
    paid_at = np.where(paid, np.where(retried, retry_at, attempted_at) + 2, -1)

    draw = rng.random(n)
    refund = np.where(
        draw < FULL_REFUND_SHARE,
        1.0,
        np.where(draw < FULL_REFUND_SHARE + PARTIAL_REFUND_SHARE, rng.uniform(0.2, 0.6, n), 0.0),
    )
    refund[fraud | ~paid] = 0
    refunded_at = np.where(
        refund > 0, paid_at + HOUR + rng.exponential(7 * DAY, n).astype(np.int64), -1
    )
    draw = rng.random(n)
    dispute = np.where(
        draw < QUALITY_DISPUTE_SHARE / 2, 1, np.where(draw < QUALITY_DISPUTE_SHARE, 2, -1)
    )
    dispute[(refund > 0) | ~paid] = -1
    dispute[fraud & paid] = 0
    # a stolen card is noticed after a median of 32 days, never later than 110
    wait = np.clip(rng.lognormal(np.log(32), 0.6, n), 2, 110) * DAY
    return {
        "outcome": outcome,
        "retried": retried,
        "paid": paid,
        "paid_at": paid_at,
        "attempted_at": attempted_at,
        "retry_at": retry_at,
        "refund": refund,
        "refunded_at": refunded_at,
        "dispute": dispute,
        "disputed_at": np.where(dispute >= 0, paid_at + wait.astype(np.int64), -1),
    }


def order_versions(
    chunk: Chunk, customers: Frame, sales: Frame, prices: Frame, fate: Frame
) -> tuple[dict, np.ndarray]:
    """Write app.orders: a row per change that was captured; returns counts and first arrivals."""
    rng = chunk.rng(12)
    n = len(sales["at"])
    rows = np.arange(n)
    lag = rng.integers(8, 60, n)
    at, paid, paid_at = sales["at"], fate["paid"], fate["paid_at"]
    full = fate["refund"] == 1.0
    versions = [  # (which orders, status, updated_at)
        (~paid | (rng.random(n) < 0.12), PLACED, at),
        (paid, PAID, paid_at),
        (~paid, CANCELLED, at + HOUR),
        (paid & (sales["fulfilled_at"] >= 0), FULFILLED, sales["fulfilled_at"]),
        (full, REFUNDED, np.maximum(fate["refunded_at"], sales["fulfilled_at"] + 60)),
    ]
    order = np.concatenate([rows[which] for which, _, _ in versions])
    status = np.concatenate([np.full(which.sum(), code) for which, code, _ in versions])
    updated = np.concatenate([moment[which] for which, _, moment in versions])
    loaded = updated + lag[order]
    first_loaded = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(first_loaded, order, loaded)

    customer = customers["number"][sales["customer"]]
    has_shipping = prices["is_kit"]
    of_sale: tables.Columns = {
        "order_id": tables.ids("ord", chunk.numbers(n)),
        "customer_id": tables.ids("cus", customer),
        "order_type": tables.words(sales["is_renewal"].astype(int), ["purchase", "renewal"]),
        "ordered_at": tables.moments(at),
        "currency": tables.words(prices["currency"], CURRENCIES),
        "discount_amount": tables.money(prices["discount"]),
        "tax_amount": tables.money(prices["tax"]),
        "shipping_amount": tables.only(tables.money(prices["shipping"]), has_shipping),
        "subscription_id": tables.ids("sub", np.where(sales["has_subscription"], customer, -1)),
        "promised_at": tables.moments(sales["promised_at"]),
    }
    columns = {name: column.take(pa.array(order)) for name, column in of_sale.items()}
    columns["paid_at"] = tables.moments(np.where(status == PLACED, -1, paid_at[order]))
    columns["status"] = tables.words(status, STATUSES)
    columns["updated_at"] = tables.moments(updated)
    return chunk.write(13, "app__orders", columns, loaded), first_loaded


def write_items(chunk: Chunk, sales: Frame, prices: Frame, first_loaded: np.ndarray) -> dict:
    """Write app.order_items: one or two lines an order."""
    two = np.flatnonzero(sales["second_product"] >= 0)
    one = np.arange(len(sales["at"]))
    numbers = chunk.numbers(len(one))
    order = np.concatenate([one, two])
    product = np.concatenate([sales["product"], sales["second_product"][two]])
    columns = {
        "order_id": tables.ids("ord", numbers[order]),
        "line_number": tables.integers(np.repeat([1, 2], [len(one), len(two)])),
        "product_id": tables.words(
            product, [f"prd_{i + 1:02d}" for i in range(len(PRODUCT_BRAND))]
        ),
        "quantity": tables.integers(np.concatenate([sales["quantity"], np.ones(len(two), int)])),
        "unit_price": tables.money(
            np.concatenate([prices["first_price"], prices["second_price"][two]])
        ),
    }
    loaded = first_loaded[order] + 2
    return chunk.write(14, "app__order_items", columns, loaded, sales["at"][order])


def write_payments(
    chunk: Chunk,
    customers: Frame,
    sales: Frame,
    prices: Frame,
    fate: Frame,
    first_loaded: np.ndarray,
    risk: Frame | None,
) -> tuple[dict, np.ndarray, np.ndarray]:
    """Write payments.payments; returns counts, the number of each order's last payment and its
    arrival, and the number of its first attempt as `first`."""
    rng = chunk.rng(15)
    n = len(sales["at"])
    rows = np.arange(n)
    again = np.flatnonzero(fate["retried"])
    order = np.concatenate([rows, again])
    is_retry = np.repeat([False, True], [n, len(again)])
    at = np.where(is_retry, fate["retry_at"][order], fate["attempted_at"][order])
    outcome = np.where(is_retry, SUCCEEDED, fate["outcome"][order])
    customer = sales["customer"][order]
    country = customers["country"][customer]
    number = chunk.numbers(len(order))
    method = customers["method"][customer]
    is_card = method == 0
    reason = np.where(
        outcome == DECLINED, rng.integers(0, 3, len(order)), np.where(outcome == BLOCKED, 3, -1)
    )
    columns: tables.Columns = {
        "payment_id": tables.ids("pay", number),
        "order_id": tables.ids("ord", chunk.numbers(n)[order]),
        "customer_id": tables.ids("cus", customers["number"][customer]),
        "attempted_at": tables.moments(at),
        "amount": tables.money(prices["amount"][order]),
        "currency": tables.words(prices["currency"][order], CURRENCIES),
        "method": tables.words(method, METHODS),
        "outcome": tables.words(outcome, OUTCOMES),
        "decline_reason": tables.words(reason, DECLINE_REASONS),
        "is_review_exempt": tables.constant("false", len(order)),
        "card_country_code": tables.only(tables.words(country, COUNTRIES), is_card),
        "ip_country_code": tables.words(country, COUNTRIES),
    }
    if risk:
        card = np.where(is_card, risk["card"][order], -1)
        columns |= {
            "card_fingerprint": tables.ids("k", card),
            "device_id": tables.ids("d", risk["device"][order]),
            "ip_hash": tables.ids("ip", risk["ip"][order]),
            "ip_country_code": tables.words(risk["ip_country"][order], COUNTRIES),
            "card_country_code": tables.only(
                tables.words(risk["card_country"][order], COUNTRIES), is_card
            ),
            "billing_country_code": tables.words(country, COUNTRIES),
            "is_review_exempt": tables.booleans(risk["is_exempt"][order]),
            "review_exempt_probability": tables.only(
                tables.decimals(np.nan_to_num(risk["exempt_probability"][order]), 2),
                np.isfinite(risk["exempt_probability"][order]),
            ),
        }
    else:
        columns["card_fingerprint"] = tables.ids(
            "k", np.where(is_card, customers["number"][customer], -1)
        )
    loaded = np.maximum(at + rng.integers(30, 400, len(order)), first_loaded[order] + 3)
    counts = chunk.write(16, "payments__payments", columns, loaded)
    last = number[:n].copy()
    last[again] = number[n:]
    last_loaded = loaded[:n].copy()
    last_loaded[again] = loaded[n:]
    return counts, last, last_loaded


def write_refunds_and_disputes(
    chunk: Chunk,
    sales: Frame,
    prices: Frame,
    fate: Frame,
    payment: np.ndarray,
    payment_loaded: np.ndarray,
) -> list[dict]:
    """Write payments.refunds (whole and partial, some in two parts) and payments.disputes."""
    rng = chunk.rng(17)
    orders = chunk.numbers(len(sales["at"]))
    back = np.flatnonzero(fate["refund"] > 0)
    cents = np.rint(prices["amount"][back] * fate["refund"][back] / 100).astype(int) * 100
    cents = np.where(fate["refund"][back] == 1.0, prices["amount"][back], cents)
    refunds: tables.Columns = {
        "refund_id": tables.ids("ref", chunk.numbers(len(back))),
        "payment_id": tables.ids("pay", payment[back]),
        "order_id": tables.ids("ord", orders[back]),
        "amount": tables.money(np.maximum(cents, 100)),
        "currency": tables.words(prices["currency"][back], CURRENCIES),
        "reason": tables.words(
            rng.integers(-1, 4, len(back)), ["changed_mind", "late", "quality", "mistake"]
        ),
        "refunded_at": tables.moments(fate["refunded_at"][back]),
    }
    loaded = np.maximum(fate["refunded_at"][back] + 120, payment_loaded[back] + 5)
    counts = [chunk.write(18, "payments__refunds", refunds, loaded)]

    hit = np.flatnonzero(fate["dispute"] >= 0)
    opened = fate["disputed_at"][hit]
    closed = opened + rng.integers(10 * DAY, 45 * DAY, len(hit))
    won = (rng.random(len(hit)) < 0.3) & (fate["dispute"][hit] > 0)
    both = np.concatenate([np.arange(len(hit))] * 2)
    is_closed = np.repeat([False, True], len(hit))
    disputes = {
        "dispute_id": tables.ids("dis", chunk.numbers(len(hit))[both]),
        "payment_id": tables.ids("pay", payment[hit][both]),
        "reason": tables.words(fate["dispute"][hit][both], ["fraud", "not_received", "quality"]),
        "amount": tables.money(prices["amount"][hit][both]),
        "currency": tables.words(prices["currency"][hit][both], CURRENCIES),
        "outcome": tables.words(np.where(is_closed, won[both], -1), ["lost", "won"]),
        "opened_at": tables.moments(opened[both]),
        "closed_at": tables.moments(np.where(is_closed, closed[both], -1)),
    }
    moment = np.where(is_closed, closed[both], opened[both])
    loaded = np.maximum(moment + 900, payment_loaded[hit][both] + 5)
    counts.append(chunk.write(19, "payments__disputes", disputes, loaded))
    return counts


def write_orders(
    chunk: Chunk, customers: Frame, sales: Frame, risk: Frame | None = None
) -> tuple[list[dict], Frame]:
    """Write everything about the orders of a chunk.

    Sales must be sorted by time. Returns the counts and per order: number, paid, revenue_usd,
    payment (number of the first attempt), first_loaded.
    """
    prices = price_sales(chunk, customers, sales)
    fate = settle(chunk, sales, risk)
    counts, first_loaded = order_versions(chunk, customers, sales, prices, fate)
    payments, last_payment, last_loaded = write_payments(
        chunk, customers, sales, prices, fate, first_loaded, risk
    )
    all_counts = [counts, payments, write_items(chunk, sales, prices, first_loaded)]
    all_counts += write_refunds_and_disputes(chunk, sales, prices, fate, last_payment, last_loaded)
    arrived = fate["paid"] & (fate["paid_at"] < HISTORY_END)
    by_kind = {
        "orders": len(sales["at"]),
        "paid_orders": int(arrived.sum()),
        "revenue_usd": float(prices["revenue_usd"][arrived].sum()),
        "full_refunds": int(((fate["refund"] == 1) & (fate["refunded_at"] < HISTORY_END)).sum()),
        "partial_refunds": int(
            (
                (fate["refund"] > 0) & (fate["refund"] < 1) & (fate["refunded_at"] < HISTORY_END)
            ).sum()
        ),
    }
    all_counts.append({"money": {chunk.brand: by_kind}})
    result = {
        "number": chunk.numbers(len(sales["at"])),
        "paid": fate["paid"],
        "paid_at": fate["paid_at"],
        "revenue_usd": prices["revenue_usd"],
        "payment": chunk.numbers(len(sales["at"])),
        "payment_at": fate["attempted_at"],
        "first_loaded": first_loaded,
        "outcome": fate["outcome"],
        "amount": prices["amount"],
        "currency": prices["currency"],
        "disputed_at": fate["disputed_at"],
    }
    return all_counts, result


def write_subscription_changes(chunk: Chunk, customers: Frame, changes: Frame) -> dict:
    """Write app.subscription_changes from a frame with customer, product, type, kind, at,
    effective_at, amount (hundredths, in the customer's currency)."""
    types = ["started", "upgraded", "downgraded", "price_changed", "cancelled", "reactivated"]
    n = len(changes["at"])
    number = customers["number"][changes["customer"]]
    currency = COUNTRY_CURRENCY[customers["country"][changes["customer"]]]
    columns = {
        "change_id": tables.ids("chg", chunk.numbers(n)),
        "subscription_id": tables.ids("sub", number),
        "customer_id": tables.ids("cus", number),
        "product_id": tables.words(
            changes["product"], [f"prd_{i + 1:02d}" for i in range(len(PRODUCT_BRAND))]
        ),
        "change_type": tables.words(changes["type"], types),
        "cancel_kind": tables.words(changes["kind"], ["voluntary", "payment_failed"]),
        "changed_at": tables.moments(changes["at"]),
        "effective_at": tables.moments(changes["effective_at"]),
        "monthly_amount": tables.money(changes["amount"]),
        "currency": tables.words(currency, CURRENCIES),
    }
    return chunk.write(20, "app__subscription_changes", columns, changes["at"] + 45)


STARTED, UPGRADED, DOWNGRADED, PRICE_CHANGED, SUB_CANCELLED, REACTIVATED = range(6)


def changes_frame(
    customers: Frame,
    customer: np.ndarray,
    product: np.ndarray,
    kind_of_change: int,
    at: np.ndarray,
    effective_at: np.ndarray | None = None,
    cancel_kind: np.ndarray | None = None,
) -> Frame:
    """Subscription changes of one type. The monthly amount is the plan's price at that moment."""
    n = len(at)
    currency = COUNTRY_CURRENCY[customers["country"][customer]]
    at = at.astype(np.int64)
    return {
        "customer": customer,
        "product": product,
        "type": np.full(n, kind_of_change),
        "at": at,
        "effective_at": np.full(n, -1) if effective_at is None else effective_at,
        "kind": np.full(n, -1) if cancel_kind is None else cancel_kind,
        "amount": unit_price_cents(product, currency, at),
    }


def write_tickets(chunk: Chunk, customers: Frame, tickets: Frame) -> dict:
    """Write support.tickets from a frame with customer, at, topic, channel."""
    rng = chunk.rng(21)
    order = np.argsort(tickets["at"], kind="stable")
    tickets = take(tickets, order)
    n = len(order)
    resolved = tickets["at"] + 600 + rng.exponential(9 * HOUR, n).astype(np.int64)
    is_open = rng.random(n) < 0.03
    score = np.where(rng.random(n) < 0.35, 5 - np.minimum(rng.poisson(0.9, n), 4), -1)
    columns = {
        "ticket_id": tables.ids("tic", chunk.numbers(n)),
        "customer_id": tables.ids("cus", customers["number"][tickets["customer"]]),
        "channel": tables.words(tickets["channel"], ["phone", "chat", "email"]),
        "topic": tables.words(
            tickets["topic"], ["troubleshooting", "billing", "cancellation", "other"]
        ),
        "opened_at": tables.moments(tickets["at"]),
    }
    both = np.concatenate([np.arange(n), np.flatnonzero(~is_open)])
    is_closed = np.repeat([False, True], [n, len(both) - n])
    quick = (resolved - tickets["at"]) < 4 * HOUR  # captured once, already resolved
    keep = is_closed | ~quick[both] | is_open[both]
    both, is_closed = both[keep], is_closed[keep]
    columns = {name: column.take(pa.array(both)) for name, column in columns.items()}
    columns["resolved_at"] = tables.moments(np.where(is_closed, resolved[both], -1))
    columns["satisfaction_score"] = tables.only(
        tables.integers(np.maximum(score[both], 1)), is_closed & (score[both] > 0)
    )
    loaded = np.where(is_closed, resolved[both], tickets["at"][both]) + 240
    return chunk.write(22, "support__tickets", columns, loaded)


def tickets_frame(
    rng: np.random.Generator,
    customer: np.ndarray,
    at: np.ndarray,
    topic: int | None = None,
    channel: int | None = None,
) -> Frame:
    """Tickets of one topic (or of a usual mix) and channel (or a usual mix)."""
    n = len(at)
    topics = rng.choice(4, n, p=[0.35, 0.35, 0.1, 0.2]) if topic is None else np.full(n, topic)
    channels = rng.choice(3, n, p=[0.4, 0.35, 0.25]) if channel is None else np.full(n, channel)
    return {"customer": customer, "at": at.astype(np.int64), "topic": topics, "channel": channels}


def write_surveys(chunk: Chunk, customers: Frame, invitations: Frame) -> dict:
    """Write surveys.invitations and responses from a frame with customer, at, survey (0 exit, 1
    nps), reason (-1 none), score (-1 none), responded_at (-1 silent)."""
    order = np.argsort(invitations["at"], kind="stable")
    invitations = take(invitations, order)
    n = len(order)
    rng = chunk.rng(23)
    loaded = invitations["at"] + 120
    sent = {
        "invitation_id": tables.ids("inv", chunk.numbers(n)),
        "survey": tables.words(invitations["survey"], ["exit", "nps"]),
        "customer_id": tables.ids("cus", customers["number"][invitations["customer"]]),
        "sent_at": tables.moments(invitations["at"]),
    }
    counts = chunk.write(24, "surveys__invitations", sent, loaded)
    back = np.flatnonzero(invitations["responded_at"] >= 0)
    comment = np.where(rng.random(len(back)) < 0.12, rng.integers(0, len(COMMENTS), len(back)), -1)
    if chunk.is_first and len(comment):
        comment[0] = len(COMMENTS)
    answers = {
        "invitation_id": sent["invitation_id"].take(pa.array(back)),
        "responded_at": tables.moments(invitations["responded_at"][back]),
        "reason_code": tables.words(invitations["reason"][back], REASONS),
        "score": tables.only(
            tables.integers(np.maximum(invitations["score"][back], 0)),
            invitations["score"][back] >= 0,
        ),
        "comment": tables.words(comment, [*COMMENTS, CANARY_COMMENT]),
    }
    more = chunk.write(25, "surveys__responses", answers, invitations["responded_at"][back] + 180)
    return {key: counts[key] | more[key] for key in counts}


REASONS = [
    "bought_own_scooter",
    "price",
    "moved_away",
    "availability",
    "safety",
    "other",
    "device_trouble",
    "health",
    "no_time",
]
COMMENTS = [
    "그동안 잘 썼습니다",
    "Too expensive for what it is",
    "I moved to another city",
    "지하철역에 킥보드가 없어요",
    "Nice service, I just do not need it now",
]
CANARY_COMMENT = "Please call Canary Yellowfinch at +82-0000-YELLOWFINCH"


def survey_frame(
    customer: np.ndarray,
    at: np.ndarray,
    survey: int,
    reason: np.ndarray,
    score: np.ndarray,
    responded_at: np.ndarray,
) -> Frame:
    """Invitations and what came back."""
    return {
        "customer": customer,
        "at": at.astype(np.int64),
        "survey": np.full(len(at), survey),
        "reason": reason,
        "score": score,
        "responded_at": responded_at.astype(np.int64),
    }


def shuffle_text(rng: np.random.Generator, values: list[str], n: int) -> pa.Array:
    """n values drawn from the list."""
    return pc.take(pa.array(values), pa.array(rng.integers(0, len(values), n)))
