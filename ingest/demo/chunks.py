"""One chunk of one brand, from its visitors to all of its raw rows."""

import numpy as np
import pyarrow as pa

from demo import care, farewell, learn, scoot, tables, trials, visits
from demo.catalogue import BRANDS, CAMPAIGNS, CHANNELS, LIST_PRICE, TRIALS
from demo.clock import DAY, HISTORY_END, HOUR, MONTH_STARTS, N_DAYS
from demo.life import NEVER, become_customers
from demo.orders import (
    stack,
    take,
    write_orders,
    write_subscription_changes,
    write_surveys,
    write_tickets,
)
from demo.people import customer_rows
from demo.visits import Chunk, Frame, event_frame

LIVES = {"scoot": scoot.live, "care": care.live, "farewell": farewell.live, "learn": learn.live}
EMAIL_SHARE = 0.12  # of repeat purchases start from a newsletter
LATE_IDENTIFICATION_DAYS = 10
SPEND_BINS = 2_000
UNPLANNED = ["btn_click_v2", "debug_ping", "ride_paused"]
UNPLANNED_SHARE = 0.004
ASKED_SHARE = 0.003  # of the customers, that many more had been there and asked to be forgotten
FORGOTTEN = 900_000  # their numbers: nobody else has these
LATE_ERASURE_DAYS = 41


def merge(first: dict, second: dict) -> dict:
    """Add two nested dicts of numbers, arrays and lists."""
    merged = dict(first)
    for key, value in second.items():
        if key not in merged:
            merged[key] = value
        elif isinstance(value, dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = merged[key] + value
    return merged


def acquisition_events(
    chunk: Chunk,
    customers: Frame,
    visitors: Frame,
    sessions: Frame,
    pages: Frame,
    anonymous: np.ndarray,
) -> tuple[list[dict], dict]:
    """page_viewed of all sessions and signed_up of the converted; one sign-up of the first chunk
    of scoot arrives ten days late, and nothing else ties that device to its customer."""
    rng = chunk.rng(90)
    visitor = sessions["visitor"][pages["session"]]
    viewed = event_frame(
        chunk,
        "page_viewed",
        pages["at"],
        anonymous[visitor],
        np.full(len(visitor), -1),
        visitors["device"][visitor],
        page_path=tables.words(pages["page"], visits.PAGES[chunk.brand]),
        **visits.landing_columns(pages["landing"]),
    )
    n = len(customers["number"])
    late_by = np.zeros(n, np.int64)
    facts: dict = {}
    if chunk.number == BRANDS.index("scoot") and n:
        settled = customers["created_at"] < HISTORY_END - 30 * DAY
        chosen = np.flatnonzero(
            settled
            & (customers["web_anonymous"] >= 0)
            & (customers["web_anonymous"] != customers["app_anonymous"])
        )
        late = chosen[-1:]
        late_by[late] = LATE_IDENTIFICATION_DAYS * DAY
        customers["late_identified"] = np.isin(np.arange(n), late)
        facts["late_identifications"] = [
            {
                "customer_id": tables.ids("cus", customers["number"][late])[0].as_py(),
                "anonymous_id": tables.ids("an", customers["web_anonymous"][late])[0].as_py(),
                "event_name": "signed_up",
                "days_late": LATE_IDENTIFICATION_DAYS,
            }
        ]
    signed = event_frame(
        chunk,
        "signed_up",
        customers["created_at"],
        customers["web_anonymous"],
        customers["number"],
        customers["device"],
        late_by=late_by,
        page_path=tables.constant("/signup", n),
        properties=tables.json_object(
            method=(
                tables.words(rng.integers(0, 4, n), ["email", "google", "kakao", "apple"]),
                True,
            )
        ),
    )
    odd = rng.choice(n, int(np.ceil(n * UNPLANNED_SHARE * 4)), replace=False)
    unplanned = [
        event_frame(
            chunk,
            name,
            customers["created_at"][odd[k::3]] + 30 + 5 * k,
            customers["web_anonymous"][odd[k::3]],
            np.full(len(odd[k::3]), -1),
            customers["device"][odd[k::3]],
        )
        for k, name in enumerate(UNPLANNED)
    ]
    facts["unplanned_events"] = {
        name: int((frame["at"] < HISTORY_END - 6 * HOUR).sum())
        for name, frame in zip(UNPLANNED, unplanned, strict=True)
    }
    return [viewed, signed, *unplanned], facts


def order_events(chunk: Chunk, customers: Frame, sales: Frame, result: Frame) -> list[dict]:
    """order_placed of purchases, and the newsletter visits that led to some of the repeats."""
    rng = chunk.rng(91)
    bought = np.flatnonzero(~sales["is_renewal"])
    who = sales["customer"][bought]
    is_first = sales["is_first"][bought]
    items = 1 + (sales["second_product"][bought] >= 0)
    anonymous = np.where(is_first, customers["web_anonymous"][who], customers["app_anonymous"][who])
    known = (rng.random(len(who)) < 0.8) | ~is_first
    if "late_identified" in customers:
        known &= ~(customers["late_identified"][who] & is_first)
    placed = event_frame(
        chunk,
        "order_placed",
        sales["at"][bought] - 3,
        anonymous,
        np.where(known, customers["number"][who], -1),
        np.where(is_first, customers["device"][who], customers["app_device"][who]),
        not_before=result["first_loaded"][bought] + 10,
        properties=visits.order_placed_properties(result["number"][bought], items),
    )
    mailed = np.flatnonzero(
        ~is_first & (rng.random(len(who)) < EMAIL_SHARE) & (customers["app_anonymous"][who] >= 0)
    )
    email = visits.UNPAID_LANDINGS[CHANNELS.index("email")][0]
    viewed = event_frame(
        chunk,
        "page_viewed",
        sales["at"][bought[mailed]] - 150,
        anonymous[mailed],
        np.full(len(mailed), -1),
        customers["app_device"][who[mailed]],
        page_path=tables.constant("/", len(mailed)),
        **visits.landing_columns(np.full(len(mailed), email)),
    )
    return [placed, viewed]


def advertising_sums(
    sessions: Frame, position: np.ndarray, anonymous: np.ndarray, sales: Frame, result: Frame
) -> dict:
    """Campaign x day: visits, and conversions and revenue with any touch of the campaign.

    Only first orders that were paid, of visitors on a device of their own.
    """
    shape = (len(CAMPAIGNS), N_DAYS)
    clicks, conversions, revenue = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    mine = (sessions["campaign"] >= 0) & (sessions["at"] < HISTORY_END)
    np.add.at(clicks, (sessions["campaign"][mine], sessions["at"][mine] // DAY), 1)
    first = np.full(position.max(initial=0) + 1, -1)
    rows = np.flatnonzero(sales["is_first"] & result["paid"] & (result["paid_at"] < HISTORY_END))
    first[sales["customer"][rows]] = rows
    touch = mine & (position[sessions["visitor"]] >= 0) & (anonymous[sessions["visitor"]] >= 0)
    pairs = np.unique(
        np.stack([sessions["campaign"][touch], position[sessions["visitor"][touch]]]), axis=1
    )
    order = first[pairs[1]] if pairs.size else np.zeros(0, int)
    pairs, order = pairs[:, order >= 0], order[order >= 0]
    day = result["paid_at"][order] // DAY
    np.add.at(conversions, (pairs[0], day), 1)
    np.add.at(revenue, (pairs[0], day), result["revenue_usd"][order])
    return {"ads": {"clicks": clicks, "conversions": conversions, "revenue": revenue}}


def write_privacy(chunk: Chunk, customers: Frame) -> tuple[list[dict], dict]:
    """privacy.consents (given, refused, withdrawn) and privacy.erasure_requests."""
    rng = chunk.rng(92)
    n = len(customers["number"])
    purposes = ["marketing", "analytics", "research", "personalisation"]
    rows = [(np.arange(n), np.zeros(n, int), customers["created_at"] + 20, rng.random(n) < 0.62)]
    for purpose, asked in ((1, 0.15), (2, 0.10), (3, 0.10)):
        who = np.flatnonzero(rng.random(n) < asked)
        rows.append(
            (
                who,
                np.full(len(who), purpose),
                customers["created_at"][who] + 25,
                rng.random(len(who)) < 0.75,
            )
        )
    who = np.flatnonzero(rows[0][3] & (rng.random(n) < 0.06))
    rows.append(
        (
            who,
            np.zeros(len(who), int),
            customers["created_at"][who] + rng.integers(DAY, 200 * DAY, len(who)),
            np.zeros(len(who), bool),
        )
    )
    who, purpose, at, granted = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    on_device = rng.random(len(who)) < 0.1
    columns = {
        "consent_id": tables.ids("con", chunk.numbers(len(who))),
        "customer_id": tables.only(
            tables.ids("cus", customers["number"][who]),
            ~on_device | (customers["web_anonymous"][who] < 0),
        ),
        "anonymous_id": tables.only(
            visits.anonymous_ids(customers["web_anonymous"][who], chunk), on_device
        ),
        "purpose": tables.words(purpose, purposes),
        "is_granted": tables.booleans(granted),
        "recorded_at": tables.moments(at),
    }
    counts = [chunk.write(93, "privacy__consents", columns, at + 15)]
    requests, facts = write_erasure_requests(chunk, n)
    return [*counts, requests], facts


def write_erasure_requests(chunk: Chunk, customers: int) -> tuple[dict, dict]:
    """privacy.erasure_requests of people whom the other systems have forgotten since, and who have no rows any more: a
    version when they asked, and one when all was done. One of learn's waited for too long."""
    rng = chunk.rng(94)
    n = max(int(chunk.is_first), rng.poisson(customers * ASKED_SHARE))
    at = rng.integers(60 * DAY, HISTORY_END - DAY, n)
    days = rng.integers(2, 26, n)
    if chunk.is_first and chunk.brand == "learn":
        at[0], days[0] = 300 * DAY, LATE_ERASURE_DAYS
    done_at = at + days * DAY
    done = np.flatnonzero(done_at + 30 < HISTORY_END)
    asked = {
        "request_id": tables.ids("era", chunk.numbers(n)),
        "customer_id": tables.ids("cus", chunk.numbers(n) + FORGOTTEN),
        "requested_at": tables.moments(at),
        "completed_at": tables.moments(np.full(n, -1)),
    }
    closed = {name: column.take(pa.array(done)) for name, column in asked.items()}
    closed["completed_at"] = tables.moments(done_at[done])
    columns = {name: pa.concat_arrays([asked[name], closed[name]]) for name in asked}
    counts = chunk.write(
        94,
        "privacy__erasure_requests",
        columns,
        np.concatenate([at + 30, done_at[done] + 30]),
    )
    within = int((days[done] <= 30).sum())
    return counts, {
        "erasure_requests": {"asked": n, "completed": len(done), "completed_within_30_days": within}
    }


def monthly_spend(sales: Frame, result: Frame) -> np.ndarray:
    """Month x bin x (customers, dollars): what customers spent in a calendar month, in bins of
    half a per cent, so that the top decile's share follows whatever the number of chunks."""
    paid = result["paid"] & (result["paid_at"] < HISTORY_END) & (result["revenue_usd"] > 0)
    month = np.searchsorted(MONTH_STARTS, result["paid_at"][paid], "right") - 1
    keys, place = np.unique(sales["customer"][paid] * 32 + month, return_inverse=True)
    dollars = np.bincount(place, result["revenue_usd"][paid], len(keys))
    bins = np.clip(np.log(np.maximum(dollars, 1e-3)) / 0.005, 0, SPEND_BINS - 1).astype(int)
    spend = np.zeros((18, SPEND_BINS, 2))
    np.add.at(spend, (keys % 32, bins), np.stack([np.ones(len(keys)), dollars], axis=1))
    return spend


def recommender_served(customers: Frame, frames: list[Frame]) -> Frame:
    """When recommender v2 serves each customer: from the exposure to it in its experiment, which
    deployed it, else from the day it shipped; whoever is held out of it has v1 until the end."""
    n = len(customers["number"])
    trials_of = {trial["name"]: trial for trial in TRIALS}
    shipped_at = trials.trial_end(trials_of["Recommender v2"]) + trials.SHIPPED_AFTER
    served = {
        "v2_from": np.full(n, shipped_at),
        "v1_from": np.full(n, NEVER),
        "v1_to": np.full(n, trials.trial_end(trials_of["Recommender holdout"])),
    }
    for frame in frames:
        name = TRIALS[int(frame["trial"][0])]["name"] if len(frame["unit"]) else None
        if name == "Recommender v2":
            seen = frame["treated"]
            served["v2_from"][frame["unit"][seen]] = frame["at"][seen]
        if name == "Recommender holdout":
            held = ~frame["treated"]
            served["v1_from"][frame["unit"][held]] = frame["at"][held]
    return served


def make_chunk(chunk: Chunk) -> dict:
    """Write all pieces of a chunk; returns its counts and planted sums."""
    visitors, sessions = visits.draw_visits(chunk)
    converted, took_place, visitor_frames, truth = visits.convert(chunk, visitors, sessions)
    sessions = take(sessions, took_place & (sessions["at"] < HISTORY_END + 6 * HOUR))
    has_session = np.bincount(sessions["visitor"], minlength=chunk.visitors) > 0
    converted &= has_session
    last_at = np.zeros(chunk.visitors, np.int64)
    np.maximum.at(last_at, sessions["visitor"], sessions["at"])
    converted &= last_at < HISTORY_END + 5 * HOUR
    pages = visits.page_views(chunk, sessions)
    customers, anonymous, position = become_customers(chunk, visitors, sessions, pages, converted)

    life = LIVES[chunk.brand](chunk, customers)
    customer_frames = trials.expose(chunk, customers, life)
    sales = stack(life["sales"], "at")
    sales = take(sales, sales["at"] < HISTORY_END + 6 * HOUR)
    sales, tickets, trial_facts = trials.apply_effects(chunk, customers, customer_frames, sales)
    risk = learn.draw_risk(chunk, customers, sales) if chunk.brand == "learn" else None
    counts, result = write_orders(chunk, customers, sales, risk)

    people, loaded, facts = customer_rows(
        chunk.rng(95),
        chunk.brand,
        customers["number"],
        customers["country"],
        customers["birth_day"],
        customers["created_at"],
        chunk.is_first,
    )
    counts.append(chunk.write(96, "app__customers", people, loaded))
    events, event_facts = acquisition_events(chunk, customers, visitors, sessions, pages, anonymous)
    events += life["events"] + order_events(chunk, customers, sales, result)
    extras = []
    if chunk.brand == "farewell":
        extras.append(farewell.after_orders(chunk, customers, life, sales, result))
    if chunk.brand == "learn":
        served = recommender_served(customers, customer_frames)
        extras.append(learn.after_orders(chunk, customers, life, sales, result, risk, served))
    for extra in extras:
        counts += extra["counts"]
        events += extra["events"]
        facts = merge(facts, {"brand": extra["truth"]})
    counts += life["counts"]
    if life["changes"]:
        changes = stack(life["changes"], "at")
        counts.append(write_subscription_changes(chunk, customers, changes))
    all_tickets = [frame for frame in [*life["tickets"], *tickets] if len(frame["at"])]
    if all_tickets:
        counts.append(write_tickets(chunk, customers, stack(all_tickets)))
    if life["surveys"]:
        counts.append(write_surveys(chunk, customers, stack(life["surveys"])))
    exposure_counts, exposure_facts = trials.write_exposures(
        chunk, customer_frames, visitor_frames, customers, visitors, anonymous
    )
    privacy_counts, privacy_facts = write_privacy(chunk, customers)
    counts += [exposure_counts, *privacy_counts, visits.write_events(chunk, events)]

    is_paid = result["paid"]
    listed = (LIST_PRICE[sales["product"]] * sales["quantity"]).astype(float)
    bought = ~sales["is_renewal"] & ~sales["is_first"]
    level = {
        "paid": float(result["revenue_usd"][bought & is_paid].sum()),
        "listed": float(listed[bought].sum()),
    }
    sums = [
        {
            "brand": life["truth"],
            "price_sums": {chunk.brand: level},
            "monthly_spend": {chunk.brand: monthly_spend(sales, result)},
        },
        facts,
        event_facts,
        exposure_facts,
        privacy_facts,
        truth,
        {
            "customer_trials": trial_facts,
            "trial_outcomes": trials.outcome_sums(
                customer_frames, sales, result, len(customers["number"])
            ),
            "visitors": {chunk.brand: chunk.visitors},
            "sessions": {chunk.brand: len(sessions["at"])},
            "customers": {chunk.brand: len(customers["number"])},
        },
        advertising_sums(sessions, position, anonymous, sales, result),
    ]
    merged: dict = {}
    for part in [*counts, *sums]:
        merged = merge(merged, part)
    return merged
