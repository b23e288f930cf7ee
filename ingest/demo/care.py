"""care: patients of 65 and more, their devices, calls, diagnoses and why the call table misleads.

A patient's engagement is the number of days with a reading in the 30 days before a month starts.
The engaged call more (they notice trouble) and leave less. A troubleshooting call itself raises
the chance to leave in the next month by CALL_EFFECT, whatever the engagement. So the raw table
says that callers stay, and the truth is that calls do not keep them.
"""

import numpy as np

from demo import tables
from demo.catalogue import product
from demo.clock import DAY, HISTORY_END, HOUR, MONTH, MONTH_STARTS, N_DAYS, arrival
from demo.life import (
    NEVER,
    app_events,
    cycles,
    first_sales,
    login_events,
    nps,
    subscription_life,
)
from demo.orders import (
    PRICE_CHANGED,
    REASONS,
    changes_frame,
    sales_frame,
    survey_frame,
    tickets_frame,
)
from demo.visits import Chunk, Frame

CALL_EFFECT = 0.012  # added chance to leave in the month after a month with a call
FULLY_ENGAGED_DAYS = 15  # more days with readings change neither calls nor leaving
CALL_LOW, CALL_SLOPE = 0.06, 0.46  # chance to call in a month = low + slope * engaged share
LEAVE_HIGH, LEAVE_SLOPE = 0.125, 0.105  # chance to leave = high - slope * root of that share
LATE_CALL_SHARE = 0.22  # of leavers who call for troubleshooting after they decided to leave
DENSE_SHARE = 0.12  # of patients measure almost daily; the rest a few times a month
GLUCOSE_SHARE, PRESSURE_SHARE, CONTINUOUS_SHARE = 0.30, 0.50, 0.01
BASE_RISK, PRESSURE_RISK, AGE_RISK = -4.2, 0.75, 0.35  # monthly logit of a diagnosis
SILENT_SHARE, GAIN_SHARE = 0.35, 0.30  # of diagnoses: no readings, or rapid gain, before it
SILENT_DAYS, GAIN_DAYS, GAIN_KG = 10, 6, 4.2
CLOCK_AHEAD_SHARE, IMPLAUSIBLE_SHARE, TWICE_SHARE = 0.01, 0.003, 0.003
MEASUREMENTS = ["weight", "glucose", "systolic", "diastolic", "heart_rate"]
WEIGHT, GLUCOSE, SYSTOLIC, DIASTOLIC, HEART_RATE = range(5)
UNITS = ["kg", "mg/dL", "mmHg", "mmHg", "bpm", "lb", "mmol/L"]
CONTEXTS = ["fasting", "after_meal", "continuous"]
CONDITIONS = [
    ("heart_failure", "I50.9"),
    ("hypertension", "I10"),
    ("diabetes", "E11.9"),
    ("stroke", "I63.9"),
]
GRID_DAYS = N_DAYS + 1


def diagnose(
    rng: np.random.Generator, start: np.ndarray, risk: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most one diagnosis a month and patient while the patient is with us (until the end of
    history; leaving cuts it later). Returns patient, day and the chance of every month and patient.
    """
    months = len(MONTH_STARTS) - 2
    chance = np.repeat(risk[:, None], months, axis=1)
    chance[MONTH_STARTS[:months] < start[:, None]] = 0.0
    hit = rng.random(chance.shape) < chance
    patient, month = np.nonzero(hit)
    length = (MONTH_STARTS[month + 1] - MONTH_STARTS[month]) // DAY
    day = MONTH_STARTS[month] // DAY + (rng.random(len(month)) * length).astype(int)
    return patient, day, chance


def months_of_calls_and_leaving(
    rng: np.random.Generator, measured: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray], dict]:
    """Walk through the months: engagement, then calls, then leaving.

    measured: patient x day, whether a day has readings (before leaving). Returns each patient's end
    (NEVER: still here), calls as [patient, seconds], and the sums behind the planted effect.
    """
    n = len(start)
    end = np.full(n, NEVER)
    called = np.zeros(n, bool)
    chance_to_leave = np.full(n, 0.03)
    callers, moments = [], []
    sums = {
        "at_risk_months": 0,
        "call_months": 0,
        "leave_after_call": 0,
        "leave_after_none": 0,
        "expected_naive": np.zeros(4),
    }
    was_at_risk = np.zeros(n, bool)
    for month in range(len(MONTH_STARTS) - 1):
        low, high = MONTH_STARTS[month], min(MONTH_STARTS[month + 1], HISTORY_END + 6 * HOUR)
        if low >= HISTORY_END:
            break
        day = low // DAY
        at_risk = (start < low) & (end > low)
        leaves = at_risk & (rng.random(n) < chance_to_leave)
        if month > 0:
            base = was_at_risk & at_risk
            for flag, key in ((called, "leave_after_call"), (~called, "leave_after_none")):
                sums[key] += int((base & flag & leaves).sum())
                at = 0 if key == "leave_after_call" else 2
                sums["expected_naive"][at] += float(chance_to_leave[base & flag].sum())
                sums["expected_naive"][at + 1] += int((base & flag).sum())
        # late in the month, so that the month was lived through
        gone_at = low + ((high - low) * rng.uniform(0.15, 0.95, n)).astype(np.int64)
        end = np.where(leaves, gone_at, end)

        engagement = measured[:, max(day - 30, 0) : day].sum(axis=1)
        share = np.minimum(engagement / FULLY_ENGAGED_DAYS, 1.0)
        calls = at_risk & (rng.random(n) < CALL_LOW + CALL_SLOPE * share)
        at = low + ((high - low) * rng.random(n)).astype(np.int64)
        heard = calls & (at < end)
        sums["at_risk_months"] += int(at_risk.sum())
        callers.append(np.flatnonzero(heard))
        moments.append(at[heard])
        twice = np.flatnonzero(heard & (rng.random(n) < 0.15))
        callers.append(twice)
        moments.append(np.minimum(at[twice] + 2 * DAY, np.minimum(high, end[twice]) - 60))
        sums["call_months"] += int(heard.sum())
        called = heard
        chance_to_leave = LEAVE_HIGH - LEAVE_SLOPE * np.sqrt(share) + CALL_EFFECT * called
        chance_to_leave[~at_risk] = 0.03
        was_at_risk = at_risk
    return end, callers, moments, sums


def reading_values(
    rng: np.random.Generator,
    patient: np.ndarray,
    day: np.ndarray,
    kind: np.ndarray,
    levels: Frame,
    gain_kg: np.ndarray,
    context: np.ndarray,
) -> np.ndarray:
    """Values in kg, mg/dL, mmHg or beats a minute."""
    noise = rng.normal(0, 1, len(patient))
    value = np.select(
        [kind == WEIGHT, kind == GLUCOSE, kind == SYSTOLIC, kind == DIASTOLIC],
        [
            levels["weight"][patient] + 0.4 * noise + gain_kg,
            levels["glucose"][patient] + 12 * noise + 35 * (context == 1),
            levels["systolic"][patient] + 7 * noise,
            levels["systolic"][patient] * 0.4 + 27 + 5 * noise,
        ],
        72 + 8 * noise,
    )
    return np.maximum(value, 35)


def write_readings(
    chunk: Chunk,
    customers: Frame,
    measured: np.ndarray,
    levels: Frame,
    gain: np.ndarray,
    end: np.ndarray,
) -> tuple[dict, dict, np.ndarray]:
    """Write devices.readings for the measured days; returns counts, facts and sync moments."""
    rng = chunk.rng(52)
    patient, day = np.nonzero(measured)
    offset = customers["utc_offset"][patient]
    local = np.clip(rng.normal(7.6, 1.6, len(patient)), 4, 21)
    at = (day * DAY + (local - offset) % 24 * HOUR).astype(np.int64)  # a UTC day stays one
    keep = (at > customers["created_at"][patient] + 3 * HOUR) & (at < end[patient])
    keep &= at < HISTORY_END + 5 * HOUR
    patient, day, at = patient[keep], day[keep], at[keep]
    # the day of leaving has a last reading
    gone = np.flatnonzero(end < HISTORY_END)
    patient = np.concatenate([patient, gone])
    at = np.concatenate([at, end[gone] - 120])
    day = at // DAY

    # which devices report on a day: always one, sometimes the others
    turn = rng.integers(0, 6, len(patient))
    has_pressure, has_glucose = levels["has_pressure"][patient], levels["has_glucose"][patient]
    plans = [
        (WEIGHT, (turn < 2) | ~(has_pressure | has_glucose)),
        (SYSTOLIC, has_pressure & ((turn >= 4) | ~has_glucose & (turn == 1))),
        (DIASTOLIC, has_pressure & ((turn >= 4) | ~has_glucose & (turn == 1))),
        (GLUCOSE, has_glucose & ((turn >= 4) | (~has_pressure & (turn >= 2)))),
        (HEART_RATE, has_pressure & (turn == 5) & (day % 3 == 0)),
    ]
    rows = [(np.flatnonzero(which), kind) for kind, which in plans]
    # every measured day has at least a weight
    covered = np.zeros(len(patient), bool)
    for where, _ in rows:
        covered[where] = True
    rows.append((np.flatnonzero(~covered), WEIGHT))
    more = np.flatnonzero(levels["is_continuous"][patient])
    rows += [(more, GLUCOSE)] * 3
    shift = np.concatenate(
        [
            np.zeros(sum(len(where) for where, _ in rows[:-3]), int),
            *[np.full(len(more), HOUR * 4 * (k + 1)) for k in range(3)],
        ]
    )
    pick = np.concatenate([where for where, _ in rows])
    kind = np.concatenate([np.full(len(where), kind) for where, kind in rows])
    patient, day, at = patient[pick], day[pick], at[pick] + shift
    stays = at <= end[patient]
    patient, day, at, kind, shift = (x[stays] for x in (patient, day, at, kind, shift))

    n = len(patient)
    context = np.where(
        kind == GLUCOSE, np.where(levels["is_continuous"][patient], 2, rng.integers(0, 2, n)), -1
    )
    value = reading_values(rng, patient, day, kind, levels, gain[patient, day], context)
    country = customers["country"][patient]
    in_pounds = (kind == WEIGHT) & (country == 1)
    in_mmol = (kind == GLUCOSE) & np.isin(country, [2, 3, 5])
    value = np.where(in_pounds, value / 0.45359237, np.where(in_mmol, value / 18.0156, value))
    unit = np.where(in_pounds, 5, np.where(in_mmol, 6, kind))
    broken = rng.random(n) < IMPLAUSIBLE_SHARE
    if chunk.is_first and n > 10:
        broken[5:7] = True
    value[broken] = np.where(rng.random(broken.sum()) < 0.5, 0.0, 9_999.0)
    if chunk.is_first and n > 10:
        value[5], value[6] = 0.0, 9_999.0

    received = at + 30 + rng.exponential(300, n).astype(np.int64)
    slow = rng.random(n) < 0.02
    received[slow] += rng.integers(HOUR, 20 * HOUR, slow.sum())
    ahead = levels["clock_ahead"][patient] & (kind == WEIGHT)
    shown = at + np.where(ahead, 365 * DAY, 0)
    twice = np.flatnonzero(rng.random(n) < TWICE_SHARE)
    if chunk.is_first and n > 10:
        twice = np.union1d(twice, [8])
    rows_out = np.concatenate([np.arange(n), twice])
    delay = np.concatenate([np.zeros(n, np.int64), np.full(len(twice), 90)])
    received = received[rows_out] + delay
    order = np.argsort(received, kind="stable")
    rows_out, received = rows_out[order], received[order]
    digits = np.where(np.isin(unit, [0, 5, 6]), 1, 0)[rows_out]
    text = tables.pc.if_else(
        tables.pa.array(digits == 1),
        tables.decimals(value[rows_out], 1),
        tables.integers(np.rint(value[rows_out])),
    )
    number = customers["number"][patient] * 3 + np.where(
        kind == WEIGHT, 0, np.where(kind == GLUCOSE, 1, 2)
    )
    columns = {
        "reading_id": tables.ids("rd", chunk.numbers(len(rows_out))),
        "device_id": tables.ids("dev", number[rows_out]),
        "customer_id": tables.ids("cus", customers["number"][patient][rows_out]),
        "measurement": tables.words(kind[rows_out], MEASUREMENTS),
        "context": tables.words(context[rows_out], CONTEXTS),
        "value": text,
        "unit": tables.words(unit[rows_out], UNITS),
        "measured_at": tables.moments(shown[rows_out]),
        "received_at": tables.moments(received),
    }
    counts = chunk.write(53, "devices__readings", columns, arrival(rng, received, 120))
    arrived = received < HISTORY_END
    facts = {
        "readings": int(arrived.sum()),
        "implausible_readings": int(broken[rows_out][arrived].sum()),
        "clock_ahead_readings": int(ahead[rows_out][arrived].sum()),
        "readings_sent_twice": len(twice),
        "readings_in_pounds": int(in_pounds[rows_out][arrived].sum()),
        "readings_in_mmol": int(in_mmol[rows_out][arrived].sum()),
    }
    syncs = np.stack([patient, received[np.argsort(order)][:n]])
    return counts, facts, syncs[:, shift == 0]


def live(chunk: Chunk, customers: Frame) -> dict:
    """Everything care's patients do after they start."""
    rng = chunk.rng(50)
    n = len(customers["number"])
    start = customers["created_at"]
    age = (start // DAY - customers["birth_day"]) / 365.25
    levels = {
        "weight": np.clip(rng.normal(66, 12, n), 40, 120),
        "systolic": np.clip(rng.normal(129, 13, n), 95, 185),
        "glucose": np.clip(rng.normal(118, 26, n), 75, 260),
        "has_glucose": rng.random(n) < GLUCOSE_SHARE,
        "has_pressure": rng.random(n) < PRESSURE_SHARE,
        "clock_ahead": rng.random(n) < CLOCK_AHEAD_SHARE,
    }
    levels["is_continuous"] = levels["has_glucose"] & (
        rng.random(n) < CONTINUOUS_SHARE / GLUCOSE_SHARE
    )
    if chunk.is_first and n:
        levels["clock_ahead"][0] = True
    logit = BASE_RISK + PRESSURE_RISK * (levels["systolic"] - 129) / 13 + AGE_RISK * (age - 76) / 8
    patient, day, chance = diagnose(rng, start, 1 / (1 + np.exp(-logit)))

    dense = rng.random(n) < DENSE_SHARE
    rate = np.where(dense, rng.beta(9, 4.5, n), rng.beta(1.2, 21, n))
    measured = rng.random((n, GRID_DAYS), dtype=np.float32) < rate[:, None].astype(np.float32)
    days = np.arange(GRID_DAYS)
    measured &= days[None, :] > (start // DAY)[:, None]
    gain = np.zeros((n, GRID_DAYS), np.float32)
    pattern = rng.random(len(day))
    goes_silent = pattern < SILENT_SHARE
    gains = (pattern >= SILENT_SHARE) & (pattern < SILENT_SHARE + GAIN_SHARE)
    for back in range(1, SILENT_DAYS + 1):
        before = np.maximum(day[goes_silent] - back, 0)
        measured[patient[goes_silent], before] = False
    for back in range(GAIN_DAYS):
        before = np.maximum(day[gains] - back, 0)
        gain[patient[gains], before] = GAIN_KG * (GAIN_DAYS - back) / GAIN_DAYS

    end, callers, moments, sums = months_of_calls_and_leaving(chunk.rng(51), measured, start)
    measured &= days[None, :] * DAY < np.minimum(end, NEVER)[:, None]
    counts, reading_facts, syncs = write_readings(chunk, customers, measured, levels, gain, end)

    here = day * DAY < end[patient]
    diagnosis_counts, diagnosis_facts = write_diagnoses(
        chunk,
        customers,
        patient[here],
        day[here],
        goes_silent[here],
        gains[here],
        levels["systolic"],
        levels["glucose"],
    )
    changes, sales = plan_and_sales(chunk, customers, start, end)

    late = np.flatnonzero((end < HISTORY_END) & (rng.random(n) < LATE_CALL_SHARE))
    late_at = end[late] + rng.integers(HOUR, 30 * HOUR, len(late))
    same_month = np.searchsorted(MONTH_STARTS, late_at, "right") == np.searchsorted(
        MONTH_STARTS, end[late], "right"
    )
    late, late_at = late[same_month], late_at[same_month]
    caller = np.concatenate([*callers, late])
    at = np.concatenate([*moments, late_at])
    counted = at < HISTORY_END
    sums["troubleshooting_calls"] = int(counted.sum())
    sums["calls_after_decision"] = int((late_at < HISTORY_END).sum())
    owner, other_at = random_other_tickets(rng, start, end)
    tickets = [
        tickets_frame(rng, caller, at, topic=0, channel=0),
        tickets_frame(rng, owner, other_at, topic=1),
        tickets_frame(
            rng, np.flatnonzero(end < HISTORY_END), end[end < HISTORY_END] - 1_800, topic=2
        ),
    ]
    some = np.flatnonzero(rng.random(syncs.shape[1]) < 0.2)
    sync = app_events(
        chunk,
        rng,
        "reading_synced",
        customers,
        syncs[0, some],
        syncs[1, some] + 5,
        0.3,
        properties=tables.json_object(readings=(tables.integers(1 + some % 3), False)),
    )
    risk_facts = risk_histogram(chance, patient, day, start, end)
    return {
        "sales": sales,
        "changes": changes,
        "tickets": tickets,
        "surveys": [leavers_survey(rng, end), nps(rng, start, end, 0.25)],
        "events": [sync, login_events(chunk, customers)],
        "alive_from": start,
        "alive_to": end,
        "truth": {
            "care": {
                "customers": n,
                "contact": sums,
                **reading_facts,
                **diagnosis_facts,
                "risk_histogram": risk_facts,
            }
        },
        "counts": [counts, diagnosis_counts],
    }


def risk_histogram(
    chance: np.ndarray, patient: np.ndarray, day: np.ndarray, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """2 x 400 counts (without and with a diagnosis) of the true monthly chance, over patients
    at risk at the start of a month; the AUC of the true risk follows from it."""
    hit = np.zeros(chance.shape, bool)
    month = np.searchsorted(MONTH_STARTS, day * DAY, "right") - 1
    hit[patient, month] = True
    low = MONTH_STARTS[: chance.shape[1]][None, :]
    at_risk = (low > start[:, None]) & (low < end[:, None])
    bins = np.clip((np.log10(np.maximum(chance, 1e-9)) + 4) * 100, 0, 399).astype(int)
    return np.stack(
        [np.bincount(bins[at_risk & (hit == flag)], minlength=400) for flag in (False, True)]
    )


def random_other_tickets(
    rng: np.random.Generator, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Billing questions, unrelated to leaving."""
    stop = np.minimum(end, HISTORY_END + 6 * HOUR)
    length = np.maximum(stop - start, 0)
    owner = np.repeat(np.arange(len(start)), rng.poisson(0.03 * length / MONTH))
    return owner, (start[owner] + HOUR + rng.random(len(owner)) * length[owner]).astype(np.int64)


def leavers_survey(rng: np.random.Generator, end: np.ndarray) -> Frame:
    """Exit survey of half of the leavers."""
    who = np.flatnonzero((end + 3 * DAY < HISTORY_END) & (rng.random(len(end)) < 0.5))
    sent = end[who] + DAY
    answers = rng.random(len(who)) < 0.4
    back = np.where(answers, sent + HOUR + rng.exponential(DAY, len(who)), -1)
    codes = np.array([REASONS.index(r) for r in ("device_trouble", "health", "price", "other")])
    reason = codes[rng.choice(4, len(who), p=[0.35, 0.3, 0.25, 0.1])]
    return survey_frame(who, sent, 0, np.where(answers, reason, -1), np.full(len(who), -1), back)


def plan_and_sales(
    chunk: Chunk, customers: Frame, start: np.ndarray, end: np.ndarray
) -> tuple[list[Frame], list[Frame]]:
    """The kit first, then a plan billed every 90 days; the price rises in January 2026."""
    rng = chunk.rng(54)
    n = len(start)
    everyone = np.arange(n)
    plan = np.where(rng.random(n) < 0.7, product("Care Basic"), product("Care Plus"))
    delay = rng.integers(0, 6 * DAY, n)
    month_end = MONTH_STARTS[np.minimum(np.searchsorted(MONTH_STARTS, end, "right"), 19)]
    delay = np.minimum(delay, np.maximum(month_end - end - 60, 0))
    changes = subscription_life(
        rng, customers, everyone, plan, start + 120, end, effective_delay=delay
    )
    rise = MONTH_STARTS[12] + 300
    stays = np.flatnonzero((start < rise - DAY) & (end > rise))
    changes.append(
        changes_frame(customers, stays, plan[stays], PRICE_CHANGED, np.full(len(stays), rise))
    )
    kit = first_sales(
        customers,
        np.full(n, product("Home kit")),
        fulfilled_at=start + rng.integers(2 * DAY, 5 * DAY, n),
        promised_at=start + 4 * DAY,
    )
    life, step = cycles(start, end, 90 * DAY)
    first_bill = everyone
    renewals = sales_frame(
        np.concatenate([first_bill, life]),
        np.concatenate([start + 2 * HOUR, start[life] + step * 90 * DAY]),
        plan[np.concatenate([first_bill, life])],
        quantity=np.full(n + len(life), 3),
        is_renewal=np.ones(n + len(life), bool),
        has_subscription=np.ones(n + len(life), bool),
    )
    return changes, [kit, renewals]


def write_diagnoses(
    chunk: Chunk,
    customers: Frame,
    patient: np.ndarray,
    day: np.ndarray,
    silent: np.ndarray,
    gains: np.ndarray,
    systolic: np.ndarray,
    glucose: np.ndarray,
) -> tuple[dict, dict]:
    """Write devices.diagnoses, recorded days to weeks after the fact."""
    rng = chunk.rng(55)
    n = len(patient)
    at = day * DAY + rng.integers(0, 9 * HOUR, n)
    recorded = at + HOUR + np.minimum(rng.exponential(6 * DAY, n), 45 * DAY).astype(np.int64)
    draw = rng.random(n)
    condition = np.where(
        gains,
        0,
        np.where(
            systolic[patient] > 135,
            1,
            np.where(glucose[patient] > 140, 2, np.where(draw < 0.4, 3, 0)),
        ),
    )
    has_code = rng.random(n) < 0.9
    columns = {
        "diagnosis_id": tables.ids("dgn", chunk.numbers(n)),
        "customer_id": tables.ids("cus", customers["number"][patient]),
        "hospital_id": tables.words(rng.integers(0, 4, n), [f"hos_{k}" for k in "1234"]),
        "condition": tables.words(condition, [name for name, _ in CONDITIONS]),
        "code": tables.words(np.where(has_code, condition, -1), [code for _, code in CONDITIONS]),
        "code_system": tables.words(np.where(has_code, 0, -1), ["ICD-10"]),
        "diagnosed_at": tables.moments(at),
        "recorded_at": tables.moments(recorded),
    }
    arrived = recorded + 600 < HISTORY_END
    facts = {
        "diagnoses": int(arrived.sum()),
        "diagnoses_after_silence": int((arrived & silent).sum()),
        "diagnoses_after_gain": int((arrived & gains).sum()),
    }
    return chunk.write(56, "devices__diagnoses", columns, recorded + 600), facts
