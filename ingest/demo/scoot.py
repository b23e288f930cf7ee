"""scoot: rides, packs and passes. Heavy riders, when they leave, and why."""

import numpy as np

from demo import tables
from demo.catalogue import product
from demo.clock import DAY, HISTORY_END, HOUR, MONTH
from demo.life import (
    NEVER,
    age_years,
    app_events,
    at_local_hour,
    cycles,
    first_sales,
    lifetimes,
    login_events,
    nps,
    random_moments,
    regular_moments,
    subscription_life,
)
from demo.orders import (
    DOWNGRADED,
    REASONS,
    UPGRADED,
    changes_frame,
    sales_frame,
    survey_frame,
    tickets_frame,
)
from demo.visits import Chunk, Frame

# A little above a tenth, so that the top decile by spend of the first 30 days is all heavy.
HEAVY_SHARE = 0.12
# Chance to leave in each 30-day month of life, by light (0) and heavy (1).
HAZARDS = np.array([[0.09, 0.10, 0.10, 0.09, 0.09], [0.04, 0.23, 0.21, 0.05, 0.05]])
SUBSCRIBED_SHARE = np.array([0.28, 0.85])
PACKS_PER_MONTH = 0.6
BOOSTS_PER_MONTH = 2.0
EXTRA_RIDES_PER_MONTH = np.array([0.1, 4.0])
RETURN_SHARE = 0.07
SUBWAY_SHARE = np.array([0.22, 0.63])
COMMUTE_SHARE = np.array([0.20, 0.75])
STATIONS = ["subway", "campus", "park", "residential"]
# By (heavy, under 35): the leavers' reasons, in the order of REASONS, and who answers.
REASON_SHARE = {
    (0, 0): (0.26, 0.24, 0.14, 0.16, 0.12, 0.08),
    (0, 1): (0.55, 0.18, 0.10, 0.08, 0.04, 0.05),
    (1, 0): (0.66, 0.10, 0.10, 0.06, 0.04, 0.04),
    (1, 1): (0.78, 0.06, 0.08, 0.04, 0.02, 0.02),
}
ANSWER_SHARE = {(0, 0): 0.62, (0, 1): 0.22, (1, 0): 0.34, (1, 1): 0.14}
DAILY_AGE = {0: (18, 56), 1: (22, 40)}  # heavy riders are commuters in their twenties and thirties


def ride_frames(
    chunk: Chunk,
    customers: Frame,
    heavy: np.ndarray,
    owner_of_life: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    stream: int,
) -> tuple[list[dict], dict]:
    """Ride events of lives: at least one every 30 days, one at the very end, more for the heavy."""
    rng = chunk.rng(stream)
    kind = heavy[owner_of_life].astype(int)
    regular = regular_moments(rng, start + 2 * HOUR, end, 15 * DAY)
    extra = random_moments(rng, start + 2 * HOUR, end, EXTRA_RIDES_PER_MONTH[kind])
    life = np.concatenate([regular[0], extra[0]])
    at = np.concatenate([regular[1], extra[1]])
    customer = owner_of_life[life]
    commutes = rng.random(len(at)) < COMMUTE_SHARE[kind[life]]
    stop = np.minimum(end, HISTORY_END + 6 * HOUR)
    offset = customers["utc_offset"][customer]
    low, high = start[life] + HOUR, np.maximum(stop[life] - 2 * HOUR, start[life] + HOUR)
    moved = np.where(
        commutes,
        at_local_hour(rng, at, "commute", offset, low, high),
        at_local_hour(rng, at, "leisure", offset, low, high),
    )
    # the last ride is the moment of leaving
    last = np.flatnonzero(end < HISTORY_END)
    customer = np.concatenate([customer, owner_of_life[last]])
    ended_at = np.concatenate([moved, end[last]])
    minutes = 2 + np.minimum(rng.gamma(2.2, 4.0, len(ended_at)), 70).astype(int)
    started_at = np.maximum(ended_at - minutes * 60, customers["created_at"][customer] + 30)
    is_subway = rng.random(len(ended_at)) < SUBWAY_SHARE[heavy[customer].astype(int)]
    station = np.where(is_subway, 0, rng.integers(1, 4, len(ended_at)))
    seen_start = rng.random(len(ended_at)) < 0.25  # the unlock is often reported with the end
    frames = [
        app_events(
            chunk,
            rng,
            "ride_started",
            customers,
            customer[seen_start],
            started_at[seen_start],
            0.4,
            properties=tables.json_object(
                station_kind=(tables.words(station[seen_start], STATIONS), True)
            ),
        ),
        app_events(
            chunk,
            rng,
            "ride_ended",
            customers,
            customer,
            ended_at,
            0.4,
            properties=tables.json_object(
                minutes=(tables.integers(minutes), False),
                station_kind=(tables.words(station, STATIONS), True),
            ),
        ),
    ]
    of_heavy = heavy[customer]
    facts = {
        "rides": len(ended_at),
        "rides_of_heavy": int(of_heavy.sum()),
        "subway_rides_of_heavy": int((of_heavy & is_subway).sum()),
        "subway_rides_of_light": int((~of_heavy & is_subway).sum()),
    }
    return frames, facts


def spending(
    chunk: Chunk,
    customers: Frame,
    heavy: np.ndarray,
    subscribed: np.ndarray,
    owner: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    stream: int,
) -> list[Frame]:
    """Renewals, packs and boosts of lives after their first order."""
    rng = chunk.rng(stream)
    light_pass, commuter = product("Light pass"), product("Commuter pass")
    life, step = cycles(start, end, MONTH)
    at = start[life] + step * MONTH - rng.integers(60, DAY, len(life))
    customer = owner[life]
    renews = subscribed[customer]
    renewals = sales_frame(
        customer[renews],
        at[renews],
        np.where(heavy[customer[renews]], commuter, light_pass),
        is_renewal=np.ones(renews.sum(), bool),
        has_subscription=np.ones(renews.sum(), bool),
    )
    buys = ~renews & (heavy[customer] | (rng.random(len(life)) < PACKS_PER_MONTH))
    customer = customer[buys]
    pack = np.where(
        heavy[customer],
        commuter,
        np.where(rng.random(len(customer)) < 0.7, product("Ride pack 5"), product("Ride pack 10")),
    )
    packs = sales_frame(customer, at[buys], pack)

    taste = np.where(heavy, rng.gamma(4.0, BOOSTS_PER_MONTH / 4.0, len(heavy)), 0.03)
    life, at = random_moments(rng, start + 3 * HOUR, end - HOUR, taste[owner])
    customer = owner[life]
    boost = np.where(rng.random(len(life)) < 0.65, product("Boost pack"), product("Boost pack XL"))
    at = at_local_hour(
        rng,
        at,
        "commute",
        customers["utc_offset"][customer],
        start[life] + 2 * HOUR,
        np.maximum(end[life] - 60, start[life]),
    )
    keep = at < np.minimum(end[life], HISTORY_END + 6 * HOUR)
    boosts = sales_frame(customer[keep], at[keep], boost[keep])
    return [renewals, packs, boosts]


def exit_survey(
    chunk: Chunk, customers: Frame, heavy: np.ndarray, end: np.ndarray
) -> tuple[Frame, dict]:
    """Every leaver is asked; who answers, and why they left, depend on spend and age."""
    rng = chunk.rng(42)
    who = np.flatnonzero(end + 5 * DAY < HISTORY_END)
    young = age_years(customers)[who] + (end[who] - customers["created_at"][who]) / DAY / 365.25
    young = young < 35
    group = heavy[who] * 2 + young
    keys = [(0, 0), (0, 1), (1, 0), (1, 1)]
    cdf = np.cumsum([REASON_SHARE[key] for key in keys], axis=1)
    reason = (rng.random(len(who))[:, None] >= cdf[group]).sum(axis=1).clip(max=5)
    answers = rng.random(len(who)) < np.array([ANSWER_SHARE[key] for key in keys])[group]
    sent = end[who] + rng.integers(DAY, 4 * DAY, len(who))
    back = np.where(answers, sent + HOUR + rng.exponential(0.8 * DAY, len(who)), -1)
    back = np.where(back > HISTORY_END, -1, back)
    frame = survey_frame(who, sent, 0, np.where(back > 0, reason, -1), np.full(len(who), -1), back)
    counted = sent < HISTORY_END
    names = REASONS[:6]
    facts = {
        "leavers": int(counted.sum()),
        "answers": int((back[counted] > 0).sum()),
        "true_reasons": dict(
            zip(names, np.bincount(reason[counted], minlength=6).tolist(), strict=True)
        ),
        "answered_reasons": dict(
            zip(names, np.bincount(reason[counted & (back > 0)], minlength=6).tolist(), strict=True)
        ),
    }
    return frame, facts


def hazard_counts(heavy: np.ndarray, start: np.ndarray, end: np.ndarray) -> dict:
    """At risk and left by 30-day month of life, heavy and light, lives censored 30 days before
    the end of the history."""
    cut = HISTORY_END - 30 * DAY
    facts = {}
    for name, mask in (("heavy", heavy), ("light", ~heavy)):
        at_risk, left = np.zeros(12, int), np.zeros(12, int)
        for month in range(12):
            low, high = start + month * MONTH, start + (month + 1) * MONTH
            alive = mask & (end >= low) & (high <= cut)
            at_risk[month] = alive.sum()
            left[month] = (alive & (end < high)).sum()
        facts[name] = {"at_risk": at_risk, "left": left}
    return facts


def live(chunk: Chunk, customers: Frame) -> dict:
    """Everything scoot's customers do after they sign up."""
    rng = chunk.rng(40)
    n = len(customers["number"])
    heavy = rng.random(n) < HEAVY_SHARE
    low, high = DAILY_AGE[1]
    commuter_age = customers["created_at"] // DAY - rng.uniform(low, high, n) * 365.25
    customers["birth_day"] = np.where(heavy, commuter_age, customers["birth_day"]).astype(np.int64)
    subscribed = rng.random(n) < SUBSCRIBED_SHARE[heavy.astype(int)]
    start = customers["created_at"] + 120
    end = start + lifetimes(rng, HAZARDS, heavy.astype(int))
    end = np.maximum(end, start + 6 * HOUR)
    plan = np.where(heavy, product("Commuter pass"), product("Light pass"))

    pack = np.where(rng.random(n) < 0.8, product("Ride pack 5"), product("Ride pack 10"))
    first = first_sales(
        customers, np.where(subscribed | heavy, plan, pack), has_subscription=subscribed
    )
    everyone = np.arange(n)
    rides, ride_facts = ride_frames(chunk, customers, heavy, everyone, start, end, 41)
    sales = [first, *spending(chunk, customers, heavy, subscribed, everyone, start, end, 43)]
    subs = np.flatnonzero(subscribed)
    changes = subscription_life(rng, customers, subs, plan[subs], start[subs], end[subs])

    # some come back for a second life
    back = np.flatnonzero((end < HISTORY_END) & (rng.random(n) < RETURN_SHARE))
    again = end[back] + rng.integers(45 * DAY, 130 * DAY, len(back))
    arrives = again < HISTORY_END - DAY
    back, again = back[arrives], again[arrives]
    end_again = again + DAY + rng.exponential(4 * MONTH, len(back)).astype(np.int64)
    more_rides, _ = ride_frames(chunk, customers, heavy, back, again, end_again, 44)
    bought = np.where(subscribed[back], plan[back], pack[back])
    sales.append(sales_frame(back, again + 60, bought, has_subscription=subscribed[back]))
    sales += spending(chunk, customers, heavy, subscribed, back, again, end_again, 45)
    returned = subscribed[back]
    changes += subscription_life(
        rng,
        customers,
        back[returned],
        plan[back[returned]],
        again[returned],
        end_again[returned],
        is_return=True,
    )
    changes += plan_switches(rng, customers, subs, plan, start, end)

    survey, reasons = exit_survey(chunk, customers, heavy, end)
    owner, at = random_moments(rng, start + HOUR, end, np.full(n, 0.03))
    tickets = [tickets_frame(rng, owner, at)]
    return {
        "sales": sales,
        "changes": changes,
        "tickets": tickets,
        "surveys": [survey, nps(rng, start, end, 0.2)],
        "events": [*rides, *more_rides, login_events(chunk, customers)],
        "alive_from": start,
        "alive_to": np.where(end < HISTORY_END, end, NEVER),
        "truth": {
            "scoot": {
                "customers": n,
                "heavy_customers": int(heavy.sum()),
                **ride_facts,
                "hazard_counts": hazard_counts(heavy, start, end),
                "exit_survey": reasons,
                "returned_customers": len(back),
            }
        },
        "counts": [],
        "heavy": heavy,
    }


def plan_switches(
    rng: np.random.Generator,
    customers: Frame,
    subs: np.ndarray,
    plan: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
) -> list[Frame]:
    """A few subscribers try the other pass for ten weeks: up (or down) and back again."""
    light, commuter = product("Light pass"), product("Commuter pass")
    at = start[subs] + rng.integers(35 * DAY, 200 * DAY, len(subs))
    back_at = at + 70 * DAY
    stop = np.minimum(end[subs], HISTORY_END)
    tries = (rng.random(len(subs)) < 0.08) & (back_at < stop)
    who, at, back_at = subs[tries], at[tries], back_at[tries]
    frames = []
    for is_up in (True, False):
        mine = (plan[who] == light) == is_up
        there, here = (commuter, light) if is_up else (light, commuter)
        out, home = (UPGRADED, DOWNGRADED) if is_up else (DOWNGRADED, UPGRADED)
        m = int(mine.sum())
        frames.append(changes_frame(customers, who[mine], np.full(m, there), out, at[mine]))
        frames.append(changes_frame(customers, who[mine], np.full(m, here), home, back_at[mine]))
    return frames
