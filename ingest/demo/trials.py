"""Experiments on customers: who saw what, and what it did to their purchases and tickets.

A lift of +8 % repeats each purchase in the outcome window with probability 0.08; a lift of -6 %
drops each with probability 0.06. So the true effect on orders and on revenue is the lift times
what the base would have bought.
"""

import numpy as np

from demo import tables
from demo.catalogue import DEVICES, LIST_PRICE, TRIALS
from demo.clock import DAY, HISTORY_END, HOUR, arrival, seconds
from demo.orders import stack, take, tickets_frame
from demo.visits import Chunk, Frame, trial_id

LOST_SHARE = 0.45  # of treated exposures on the device of a broken split
BOTH_SHARE = 0.004  # of units are seen in both variants
OUTSIDE_SHARE = 0.003  # of exposures are logged after the experiment's end
AGAIN_SHARE = 0.04  # of units are logged once more in the same variant
SHIPPED_AFTER = 7 * DAY  # the end of an experiment whose treatment ships


def trial_end(trial: dict) -> int:
    """Last second of an experiment; running ones end with the history."""
    return seconds(trial["end"]) if trial["end"] else HISTORY_END + 6 * HOUR


def expose(chunk: Chunk, customers: Frame, life: dict) -> list[Frame]:
    """One frame of first exposures per customer experiment of the brand."""
    frames = []
    for position, trial in enumerate(TRIALS):
        if trial["brand"] != chunk.brand or trial["unit"] != "customer":
            continue
        rng = chunk.rng(2_000 + position)
        n = len(customers["number"])
        low = np.maximum(life["alive_from"] + 2 * HOUR, seconds(trial["start"]))
        high = np.minimum(life["alive_to"], trial_end(trial))
        at = low + rng.exponential(6 * DAY, n).astype(np.int64)
        unit = np.flatnonzero((rng.random(n) < trial["eligible"]) & (at < high))
        treated = rng.random(len(unit)) < trial["share"]
        if trial["broken_device"]:
            device = customers["app_device"][unit] == DEVICES.index(trial["broken_device"])
            logged = ~(device & treated & (rng.random(len(unit)) < LOST_SHARE))
            unit, treated = unit[logged], treated[logged]
        frames.append(
            {
                "trial": np.full(len(unit), position),
                "unit": unit,
                "treated": treated,
                "at": at[unit],
            }
        )
    return frames


def in_window(sales: Frame, exposure_at: np.ndarray, outcome_days: int) -> np.ndarray:
    """Purchases (not the first one, no renewals) of units within their outcome window.

    exposure_at: seconds per customer, -1 for those not exposed.
    """
    since = sales["at"] - exposure_at[sales["customer"]]
    exposed = exposure_at[sales["customer"]] >= 0
    bought = ~sales["is_renewal"] & ~sales["is_first"]
    return exposed & bought & (since >= 0) & (since < outcome_days * DAY)


def apply_effects(
    chunk: Chunk, customers: Frame, frames: list[Frame], sales: Frame
) -> tuple[Frame, list[Frame], dict]:
    """Sales after all experiments, extra tickets, and per experiment the sums of the base."""
    n = len(customers["number"])
    dropped = np.zeros(len(sales["at"]), bool)
    extra, tickets, facts = [], [], {}
    for frame in frames:
        if not len(frame["unit"]):
            continue
        position = int(frame["trial"][0])
        trial = TRIALS[position]
        rng = chunk.rng(3_000 + position)
        exposure_at, arm = np.full(n, -1), np.full(n, -1)
        exposure_at[frame["unit"]], arm[frame["unit"]] = frame["at"], frame["treated"]
        window = in_window(sales, exposure_at, trial["outcome_days"])
        treated = window & (arm[sales["customer"]] == 1)
        chance = rng.random(len(window))
        if trial["lift"] > 0:
            more = take(sales, np.flatnonzero(treated & (chance < trial["lift"])))
            until = exposure_at[more["customer"]] + trial["outcome_days"] * DAY
            more["at"] = (
                more["at"] + 60 + (until - more["at"] - 90).clip(0) * rng.random(len(until))
            ).astype(np.int64)
            extra.append(more)
        else:
            dropped |= treated & (chance < -trial["lift"])
        hit = frame["unit"][frame["treated"]]
        hit = hit[rng.random(len(hit)) < trial["ticket_effect"]]
        at = exposure_at[hit] + rng.integers(HOUR, trial["outcome_days"] * DAY, len(hit))
        tickets.append(tickets_frame(rng, hit, at))
        value = LIST_PRICE[sales["product"]] * sales["quantity"]
        facts[trial_id(position)] = {
            "units": len(frame["unit"]),
            "treated_units": int(frame["treated"].sum()),
            "base_purchases": int(window.sum()),
            "base_list_revenue": float(value[window].sum()),
        }
    kept = take(sales, ~dropped)
    return stack([kept, *extra], "at"), tickets, facts


def outcome_sums(frames: list[Frame], sales: Frame, result: Frame, n: int) -> dict:
    """Per experiment and arm: units, orders and revenue in the window as they came out."""
    facts = {}
    for frame in frames:
        if not len(frame["unit"]):
            continue
        trial = TRIALS[int(frame["trial"][0])]
        exposure_at = np.full(n, -1)
        exposure_at[frame["unit"]] = frame["at"]
        since = result["paid_at"] - exposure_at[sales["customer"]]
        inside = (exposure_at[sales["customer"]] >= 0) & (since >= 0) & result["paid"]
        inside &= since < trial["outcome_days"] * DAY
        arm = np.full(n, -1)
        arm[frame["unit"]] = frame["treated"]
        facts[trial_id(int(frame["trial"][0]))] = {
            name: {
                "units": int((frame["treated"] == flag).sum()),
                "orders": int((inside & (arm[sales["customer"]] == flag)).sum()),
                "revenue_usd": float(
                    result["revenue_usd"][inside & (arm[sales["customer"]] == flag)].sum()
                ),
            }
            for name, flag in (("control", 0), ("treatment", 1))
        }
    return facts


def write_exposures(
    chunk: Chunk,
    customer_frames: list[Frame],
    visitor_frames: list[Frame],
    customers: Frame,
    visitors: Frame,
    visitor_anonymous: np.ndarray,
) -> tuple[dict, dict]:
    """Write experiments.exposures: repeated ones, some in both variants, some after the end."""
    rng = chunk.rng(80)
    parts = []
    for frame in [*customer_frames, *visitor_frames]:
        is_customer = len(frame["unit"]) and TRIALS[int(frame["trial"][0])]["unit"] == "customer"
        unit = frame["unit"]
        if not len(unit):
            continue
        part = {
            "trial": frame["trial"],
            "treated": frame["treated"].astype(int),
            "at": frame["at"],
            "customer": customers["number"][unit] if is_customer else np.full(len(unit), -1),
            "anonymous": np.full(len(unit), -1) if is_customer else visitor_anonymous[unit],
            "device": (customers["app_device"] if is_customer else visitors["device"])[unit],
        }
        end = trial_end(TRIALS[int(frame["trial"][0])])
        draw = rng.random(len(unit))
        both = take(part, np.flatnonzero(draw < BOTH_SHARE))
        both["treated"] = 1 - both["treated"]
        again = take(part, np.flatnonzero((draw > 0.5) & (draw < 0.5 + AGAIN_SHARE)))
        for more in (both, again):
            more["at"] = np.minimum(
                more["at"] + rng.integers(HOUR, 3 * DAY, len(more["at"])), end - 1
            )
        outside = (draw > 0.9) & (draw < 0.9 + OUTSIDE_SHARE)
        part["at"] = np.where(
            outside & (end < HISTORY_END - 5 * DAY),
            end + rng.integers(HOUR, 3 * DAY, len(unit)),
            part["at"],
        )
        parts += [part, both, again]
    if not parts:
        return {}, {}
    whole = stack(parts, "at")
    n = len(whole["at"])
    columns = {
        "exposure_id": tables.ids("xp", chunk.numbers(n)),
        "experiment_id": tables.words(whole["trial"], [trial_id(i) for i in range(len(TRIALS))]),
        "variant": tables.words(whole["treated"], ["control", "treatment"]),
        "customer_id": tables.ids("cus", whole["customer"]),
        "anonymous_id": tables.ids("an", whole["anonymous"]),
        "device_type": tables.words(whole["device"], DEVICES),
        "exposed_at": tables.moments(whole["at"]),
    }
    counts = chunk.write(81, "experiments__exposures", columns, arrival(rng, whole["at"], 200))
    return counts, {"exposures": {chunk.brand: n}}
