"""Parts of a customer's life that brands share: becoming one, staying, leaving, answering."""

import numpy as np

from demo.catalogue import UTC_OFFSET
from demo.clock import DAY, HISTORY_END, HOUR, MONTH, seconds_of_day
from demo.orders import (
    REACTIVATED,
    STARTED,
    SUB_CANCELLED,
    changes_frame,
    sales_frame,
    survey_frame,
)
from demo.people import birth_days
from demo.visits import ORDER_AFTER_SIGN_UP, Chunk, Frame, event_frame, kiosks

NEVER = np.int64(1) << 60


def become_customers(
    chunk: Chunk, visitors: Frame, sessions: Frame, pages: Frame, converted: np.ndarray
) -> tuple[Frame, np.ndarray, np.ndarray]:
    """Customers of the converted visitors, created at the end of their last session.

    Returns the customers, each visitor's anonymous number (negative: kiosk) and the customer
    position of each visitor (-1: none).
    """
    rng = chunk.rng(30)
    last_page = np.zeros(chunk.visitors, np.int64)
    np.maximum.at(last_page, sessions["visitor"][pages["session"]], pages["at"])
    who = np.flatnonzero(converted)
    n = len(who)
    created_at = last_page[who] + rng.integers(15, 60, n)
    position = np.full(chunk.visitors, -1)
    position[who] = np.arange(n)
    kiosk = kiosks(chunk, converted)
    anonymous = np.where(kiosk >= 0, -1 - kiosk, chunk.offset + np.arange(chunk.visitors))
    has_own_app = (rng.random(n) < 0.6) | (kiosk[who] >= 0)
    country = visitors["country"][who]
    customers = {
        "number": chunk.numbers(n),
        "country": country,
        "created_at": created_at,
        "device": visitors["device"][who],
        "app_device": np.where(has_own_app, rng.integers(0, 2, n), visitors["device"][who]),
        "web_anonymous": anonymous[who],
        "app_anonymous": np.where(
            has_own_app, chunk.offset + 500_000 + np.arange(n), anonymous[who]
        ),
        "birth_day": birth_days(rng, chunk.brand, created_at),
        "method": np.where(rng.random(n) < 0.75, 0, np.where(country == 0, 1, 2)),
        "utc_offset": UTC_OFFSET[country],
    }
    return customers, anonymous, position


def age_years(customers: Frame) -> np.ndarray:
    """Age at becoming a customer."""
    return (customers["created_at"] // DAY - customers["birth_day"]) / 365.25


def lifetimes(rng: np.random.Generator, hazards: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Seconds lived when each 30-day month's chance to leave is hazards[kind, month].

    The last month's hazard goes on for ever; the moment is uniform within the month.
    """
    n, months = len(kind), 30
    padded = np.concatenate(
        [hazards, np.repeat(hazards[:, -1:], months - hazards.shape[1], axis=1)], axis=1
    )
    leaves = rng.random((n, months)) < padded[kind]
    month = np.where(leaves.any(axis=1), leaves.argmax(axis=1), 10_000)
    return ((month + rng.random(n)) * MONTH).astype(np.int64)


def regular_moments(
    rng: np.random.Generator, start: np.ndarray, end: np.ndarray, slot: int
) -> tuple[np.ndarray, np.ndarray]:
    """One moment in each slot of each life (so gaps stay under two slots); owner and seconds."""
    stop = np.minimum(end, HISTORY_END + 6 * HOUR)
    count = np.maximum(np.ceil((stop - start) / slot), 0).astype(int)
    owner = np.repeat(np.arange(len(start)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    at = (start[owner] + (step + rng.random(len(owner))) * slot).astype(np.int64)
    keep = at < stop[owner]
    return owner[keep], at[keep]


def random_moments(
    rng: np.random.Generator, start: np.ndarray, end: np.ndarray, per_month: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A Poisson process within each life; owner and seconds."""
    stop = np.minimum(end, HISTORY_END + 6 * HOUR)
    length = np.maximum(stop - start, 0)
    owner = np.repeat(np.arange(len(start)), rng.poisson(per_month * length / MONTH))
    return owner, (start[owner] + rng.random(len(owner)) * length[owner]).astype(np.int64)


def cycles(start: np.ndarray, end: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Every `length` seconds after the start of each life: owner and step (1, 2, …)."""
    stop = np.minimum(end, HISTORY_END + 6 * HOUR)
    count = np.maximum((stop - start - 1) // length, 0)
    owner = np.repeat(np.arange(len(start)), count)
    return owner, 1 + np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)


def at_local_hour(
    rng: np.random.Generator,
    at: np.ndarray,
    hours: str,
    utc_offset: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> np.ndarray:
    """Move moments within their day to the local hours of a profile, kept in [low, high]."""
    day = (at + utc_offset * HOUR) // DAY
    moved = day * DAY + seconds_of_day(rng, hours, len(at), utc_offset)
    return np.clip(moved, low, high).astype(np.int64)


def first_sales(customers: Frame, bought: np.ndarray, **more) -> Frame:
    """The order with which everyone starts."""
    n = len(bought)
    return sales_frame(
        np.arange(n),
        customers["created_at"] + ORDER_AFTER_SIGN_UP,
        bought,
        **({"is_first": np.ones(n, bool)} | more),
    )


def subscription_life(
    rng: np.random.Generator,
    customers: Frame,
    subscribers: np.ndarray,
    plan: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    is_return: bool = False,
    effective_delay: np.ndarray | None = None,
) -> list[Frame]:
    """started (or reactivated) and cancelled changes of subscribers; 15 % of the cancellations
    are failed payments. effective_delay: seconds from the decision to the end."""
    begin = changes_frame(
        customers, subscribers, plan, REACTIVATED if is_return else STARTED, start
    )
    gone = np.flatnonzero(end < HISTORY_END)
    delay = np.zeros(len(start), int) if effective_delay is None else effective_delay
    stop = changes_frame(
        customers,
        subscribers[gone],
        plan[gone],
        SUB_CANCELLED,
        end[gone],
        effective_at=(end + delay)[gone].astype(np.int64),
        cancel_kind=(rng.random(len(gone)) < 0.15).astype(int),
    )
    return [begin, stop]


def nps(rng: np.random.Generator, start: np.ndarray, end: np.ndarray, chance: float) -> Frame:
    """Net promoter invitations 60 days after the start to some of those still there."""
    sent = start + 60 * DAY
    who = np.flatnonzero((rng.random(len(start)) < chance) & (sent < np.minimum(end, HISTORY_END)))
    answers = rng.random(len(who)) < 0.35
    back = np.where(answers, sent[who] + HOUR + rng.exponential(DAY, len(who)), -1)
    score = np.clip(10 - rng.poisson(2.2, len(who)), 0, 10)
    return survey_frame(
        who, sent[who], 1, np.full(len(who), -1), np.where(answers, score, -1), back
    )


def app_events(
    chunk: Chunk,
    rng: np.random.Generator,
    name: str,
    customers: Frame,
    owner: np.ndarray,
    at: np.ndarray,
    known: float | np.ndarray,
    **more,
) -> dict:
    """Events on the customer's own app device; identified with probability `known`."""
    identified = rng.random(len(at)) < known
    identified |= customers["app_anonymous"][owner] < 0
    return event_frame(
        chunk,
        name,
        at,
        customers["app_anonymous"][owner],
        np.where(identified, customers["number"][owner], -1),
        customers["app_device"][owner],
        **more,
    )


def login_events(chunk: Chunk, customers: Frame) -> dict:
    """One logged_in on an app device of its own: it ties that device to the person."""
    who = np.flatnonzero(customers["app_anonymous"] != customers["web_anonymous"])
    at = customers["created_at"][who] + ORDER_AFTER_SIGN_UP + 240
    return app_events(chunk, chunk.rng(31), "logged_in", customers, who, at, 1.0)
