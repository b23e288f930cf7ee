"""farewell: cremations booked online and tracked until the ashes can be collected."""

import numpy as np

from demo import tables
from demo.catalogue import product
from demo.clock import DAY, HISTORY_END, HOUR
from demo.life import NEVER, first_sales, random_moments
from demo.orders import tickets_frame
from demo.visits import Chunk, Frame, event_frame

STEPS = ["placed", "picked_up", "cremated", "ready_for_collection", "collected"]
PROMISE_DAYS = 4
STALL_SHARE = 0.20  # of orders wait long before cremation; in winter more
WINTER_STALL_SHARE = 0.34
STALL_DAYS = 2.6  # mean of the extra wait
MOVED_PROMISE_SHARE = 0.08  # promises moved by a day once the order stalls


def tracked_times(chunk: Chunk, booked_at: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Seconds of each step (orders x 5), the promise, and who stalled."""
    rng = chunk.rng(60)
    n = len(booked_at)
    month = (np.datetime64("2025-01-01") + (booked_at // DAY).astype("timedelta64[D]")).astype(
        "datetime64[M]"
    )
    is_winter = np.isin(month.astype(int) % 12, [11, 0, 1])
    stalls = rng.random(n) < np.where(is_winter, WINTER_STALL_SHARE, STALL_SHARE)
    hours = np.stack(
        [
            np.zeros(n),
            4 + rng.gamma(3.0, 4.0, n),
            12 + rng.gamma(3.0, 9.0, n) + stalls * rng.exponential(STALL_DAYS * 24, n),
            6 + rng.gamma(2.0, 5.0, n),
            6 + rng.exponential(60, n),
        ],
        axis=1,
    )
    times = booked_at[:, None] + (hours.cumsum(axis=1) * HOUR).astype(np.int64)
    return times, booked_at + PROMISE_DAYS * DAY, {"stalls": stalls, "winter": is_winter}


def write_tracking(
    chunk: Chunk,
    numbers: np.ndarray,
    times: np.ndarray,
    promised: np.ndarray,
    paid: np.ndarray,
    stalls: np.ndarray,
    first_loaded: np.ndarray,
) -> tuple[dict, dict]:
    """Write app.order_status_events of paid orders; returns counts and the planted facts."""
    rng = chunk.rng(61)
    order, step = np.nonzero(paid[:, None] & np.ones(len(STEPS), bool))
    moved = stalls & (rng.random(len(stalls)) < MOVED_PROMISE_SHARE)
    said = promised[order] + np.where(moved[order] & (step >= 2), DAY, 0)
    at = times[order, step]
    columns = {
        "order_id": tables.ids("ord", numbers[order]),
        "status": tables.words(step, STEPS),
        "occurred_at": tables.moments(at),
        "promised_at": tables.moments(said),
    }
    loaded = np.maximum(at + rng.integers(60, 1_800, len(at)), first_loaded[order] + 5)
    ready = times[:, 3]
    due = paid & (promised < HISTORY_END)
    done = due & (ready < HISTORY_END)
    hours = np.diff(times, axis=1)[done] / HOUR
    facts = {
        "due_orders": int(due.sum()),
        "ready_on_time": int((due & (ready <= promised)).sum()),
        "ready_late": int((done & (ready > promised)).sum()),
        "late_and_open": int((due & (ready >= HISTORY_END)).sum()),
        "stalled_before_cremation": int((paid & stalls).sum()),
        "promises_moved": int((paid & moved).sum()),
        "sum_hours_by_step": hours.sum(axis=0) if len(hours) else np.zeros(4),
        "measured_orders": int(done.sum()),
    }
    return chunk.write(62, "app__order_status_events", columns, loaded), facts


def live(chunk: Chunk, customers: Frame) -> dict:
    """Bookings, tracking and tickets; a family comes once."""
    rng = chunk.rng(63)
    n = len(customers["number"])
    booked = np.where(rng.random(n) < 0.62, product("Simple cremation"), product("with ceremony"))
    urn = np.where(rng.random(n) < 0.6, product("Oak urn"), product("Porcelain urn"))
    start = customers["created_at"]
    sale = first_sales(customers, booked, second_product=np.where(rng.random(n) < 0.35, urn, -1))
    times, promised, why = tracked_times(chunk, sale["at"])
    sale["promised_at"], sale["fulfilled_at"] = promised, times[:, 3]
    owner, at = random_moments(rng, start + HOUR, start + 12 * DAY, np.full(n, 0.35))
    return {
        "sales": [sale],
        "changes": [],
        "tickets": [tickets_frame(rng, owner, at)],
        "surveys": [],
        "events": [],
        "alive_from": start,
        "alive_to": np.full(n, NEVER),
        "truth": {"farewell": {"customers": n}},
        "counts": [],
        "times": times,
        "promised": promised,
        "stalls": why["stalls"],
    }


def after_orders(chunk: Chunk, customers: Frame, life: dict, sales: Frame, result: Frame) -> dict:
    """Tracking, which needs to know what was paid: its counts, facts and page views."""
    rng = chunk.rng(64)
    who = sales["customer"]  # sales are one a customer, sorted by time
    counts, facts = write_tracking(
        chunk,
        result["number"],
        life["times"][who],
        life["promised"][who],
        result["paid"],
        life["stalls"][who],
        result["first_loaded"],
    )
    looks = np.flatnonzero(result["paid"] & (rng.random(len(who)) < 0.6))
    at = sales["at"][looks] + rng.integers(5 * HOUR, 60 * HOUR, len(looks))
    owner = who[looks]
    frame = event_frame(
        chunk,
        "tracking_viewed",
        at,
        customers["web_anonymous"][owner],
        np.full(len(at), -1),
        customers["device"][owner],
        page_path=tables.constant("/tracking", len(at)),
        properties=tables.json_object(order_id=(tables.ids("ord", result["number"][looks]), True)),
    )
    return {"counts": [counts], "events": [frame], "truth": {"farewell": facts}}
