"""Visitors, their sessions by channel and campaign, and who becomes a customer.

A visitor with intent z converts with probability 1 - (1 - base(z)) * product over touches of
(1 - effect of the touch's channel). So what a channel truly brings is known: the sum over
visitors of the probability with its touches less the probability without them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import tables
from demo.catalogue import (
    BASE_LOGIT,
    CAMPAIGN_BRAND,
    CAMPAIGN_CHANNEL,
    CAMPAIGNS,
    CHANNEL_MIX,
    CHANNELS,
    COUNTRIES,
    COUNTRY_SHARE,
    DEVICE_SHARE,
    DEVICES,
    INTENT_WEIGHT,
    PAID,
    TOUCH_EFFECT,
    TRIALS,
    UTC_OFFSET,
    campaign_id,
    campaign_with_role,
)
from demo.clock import BRAND_HOURS, DAY, HISTORY_END, HOUR, arrival, day_weights, pick, seconds
from demo.clock import seconds_of_day as draw_seconds_of_day

Frame = dict[str, np.ndarray]
STRIDE = 1_000_000  # numbers of one chunk's rows: chunk * STRIDE + position
KIOSK_USERS = 7
ORDER_AFTER_SIGN_UP = 90  # seconds


@dataclass(frozen=True)
class Chunk:
    """One brand's slice of the visitors; everything in it is drawn from (seed, number)."""

    seed: int
    brand: str
    number: int  # over all brands; 0..3 are the first chunks of the brands
    visitors: int
    folder: Path
    usd_rates: np.ndarray  # currency x day

    @property
    def is_first(self) -> bool:
        return self.number < 4

    @property
    def offset(self) -> int:
        return self.number * STRIDE

    def rng(self, stream: int) -> np.random.Generator:
        """A generator of its own for each part, so that one part does not shift the others."""
        return np.random.default_rng([self.seed, self.number, stream])

    def numbers(self, n: int) -> np.ndarray:
        """Row numbers for ids."""
        if n >= STRIDE:
            raise ValueError(f"{n} rows do not fit into a chunk's {STRIDE} numbers")
        return self.offset + np.arange(n)

    def write(
        self,
        stream: int,
        table: str,
        columns: tables.Columns,
        loaded: np.ndarray,
        happened: np.ndarray | None = None,
    ) -> dict:
        """Write this chunk's rows of a table; returns their counts."""
        return tables.write_piece(
            self.folder,
            self.rng(stream),
            table,
            columns,
            loaded,
            f"{self.number:05d}",
            self.is_first,
            happened,
        )


def rows_of(cdf: np.ndarray, kind: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """For each row the column of cdf[kind] in which its draw falls."""
    return (draw[:, None] >= cdf[kind]).sum(axis=1).clip(max=cdf.shape[1] - 1)


def draw_channels(rng: np.random.Generator, is_first: np.ndarray, intent: np.ndarray) -> np.ndarray:
    """Channel of each touch: first touches differ from later ones, eager visitors from others."""
    cdf = np.cumsum([CHANNEL_MIX[kind] for kind in ("first", "later", "eager")], axis=1)
    kind = np.where(is_first, 0, np.where(intent > 0.7, 2, 1))
    return rows_of(cdf, kind, rng.random(len(is_first)))


def draw_campaigns(
    rng: np.random.Generator, brand: str, channel: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """Campaign of each touch of a paid channel (-1 elsewhere), by weight and by who had started."""
    campaign = np.full(len(channel), -1)
    for paid in PAID:
        mine = [
            i
            for i in range(len(CAMPAIGNS))
            if CAMPAIGN_BRAND[i] == brand and CAMPAIGN_CHANNEL[i] == paid
        ]
        where = np.flatnonzero(channel == paid)
        if not len(where):
            continue
        chosen = np.array(mine)[pick(rng, np.array([CAMPAIGNS[i][7] for i in mine]), len(where))]
        started = np.array([seconds(item[8]) for item in CAMPAIGNS])
        eldest = min(mine, key=lambda i: started[i])
        early = at[where] < started[chosen] + 6 * HOUR
        chosen[early] = eldest
        campaign[where] = chosen
        channel[where[at[where] < started[chosen]]] = CHANNELS.index("direct")
        campaign[channel == CHANNELS.index("direct")] = -1
    return campaign


def draw_visits(chunk: Chunk) -> tuple[Frame, Frame]:
    """Visitors and their sessions (touches), in order of visitor and time, before conversion."""
    rng, brand, n = chunk.rng(1), chunk.brand, chunk.visitors
    country = pick(rng, np.array(COUNTRY_SHARE[brand]), n)
    visitors = {
        "country": country,
        "device": pick(rng, np.array(DEVICE_SHARE[brand]), n),
        "intent": rng.normal(0, 1, n),
    }
    first_day = pick(rng, day_weights(brand), n)
    count = 1 + np.minimum(rng.poisson(0.42, n), 4)

    first_channel = draw_channels(rng, np.ones(n, bool), visitors["intent"])
    first_at = first_day * DAY + draw_seconds_of_day(
        rng, BRAND_HOURS[brand], n, UTC_OFFSET[country]
    )
    first_at = np.maximum(first_at, rng.integers(60, HOUR, n))
    first_campaign = draw_campaigns(rng, brand, first_channel, first_at)
    fragile, robust = campaign_with_role(brand, "fragile"), campaign_with_role(brand, "robust")
    # the fragile campaign opens long journeys, the robust one is a journey by itself
    opens_long = (first_campaign == fragile) & (fragile >= 0)
    stands_alone = (first_campaign == robust) & (robust >= 0)
    count = np.where(opens_long, np.maximum(count, 2), np.where(stands_alone, 1, count))

    visitor = np.repeat(np.arange(n), count)
    step = np.arange(len(visitor)) - np.repeat(np.cumsum(count) - count, count)
    gap = 3 * HOUR + rng.exponential(2.2 * DAY, len(visitor))
    gap = np.minimum(gap, 6 * DAY)
    gap = np.where((step == 1) & opens_long[visitor], rng.uniform(9, 16, len(visitor)) * DAY, gap)
    gap[step == 0] = 0
    elapsed = np.cumsum(gap)
    elapsed -= np.repeat(elapsed[np.cumsum(count) - count], count)
    at = (first_at[visitor] + elapsed).astype(np.int64)

    channel = draw_channels(rng, step == 0, visitors["intent"][visitor])
    video = CHANNELS.index("video")
    if fragile >= 0:  # only ever a first touch
        channel[(step > 0) & (channel == video)] = CHANNELS.index("organic_search")
    campaign = draw_campaigns(rng, brand, channel, at)
    later_robust = (step > 0) & (campaign == robust) & (robust >= 0)
    channel[later_robust] = CHANNELS.index("organic_search")
    campaign[later_robust] = -1
    channel[step == 0], campaign[step == 0] = first_channel, first_campaign
    sessions = {
        "visitor": visitor,
        "step": step,
        "at": at,
        "channel": channel,
        "campaign": campaign,
    }
    return visitors, sessions


def hold_out(
    chunk: Chunk, visitors: Frame, sessions: Frame
) -> tuple[np.ndarray, np.ndarray, list[Frame]]:
    """Visitor experiments: who is in which arm, and which touches the campaign holdout removes.

    Returns the factor on each visitor's chance to convert, whether a touch is held out, and one
    frame of exposures per experiment. A holdout's exposure is logged when the advertisement would
    have been shown, in both arms.
    """
    factor = np.ones(chunk.visitors)
    held_out = np.zeros(len(sessions["visitor"]), bool)
    exposures = []
    for position, trial in enumerate(TRIALS):
        if trial["brand"] != chunk.brand or trial["unit"] != "visitor":
            continue
        rng = chunk.rng(1_000 + position)
        inside = (sessions["at"] >= seconds(trial["start"])) & (
            sessions["at"] < (seconds(trial["end"]) if trial["end"] else HISTORY_END)
        )
        target = -1
        if trial["campaign"]:
            target = campaign_with_role(chunk.brand, trial["campaign"])
            inside &= sessions["campaign"] == target
        unit, first = np.unique(sessions["visitor"][inside], return_index=True)
        exposed_at = sessions["at"][inside][first]
        chosen = rng.random(len(unit)) < trial["eligible"]
        unit, exposed_at = unit[chosen], exposed_at[chosen]
        treated = rng.random(len(unit)) < trial["share"]
        if trial["campaign"]:
            arm = np.full(chunk.visitors, -1)
            arm[unit] = treated
            held_out |= (
                (sessions["campaign"] == target)
                & (arm[sessions["visitor"]] == 0)
                & (sessions["at"] >= seconds(trial["start"]))
                & (sessions["at"] < seconds(trial["end"]))
            )
        else:
            factor[unit[treated]] *= 1 + trial["lift"]
        exposures.append(
            {
                "trial": np.full(len(unit), position),
                "unit": unit,
                "treated": treated,
                "at": exposed_at,
            }
        )
    return factor, held_out, exposures


def convert(
    chunk: Chunk, visitors: Frame, sessions: Frame
) -> tuple[np.ndarray, np.ndarray, list[Frame], dict]:
    """Who converts.

    Returns converted (per visitor), the mask of sessions that took place, the exposures of visitor
    experiments and the truth: expected incremental conversions by channel and campaign, and the
    expected lift of each visitor experiment.
    """
    rng, brand, n = chunk.rng(2), chunk.brand, chunk.visitors
    factor, held_out, exposures = hold_out(chunk, visitors, sessions)
    visitor, channel, campaign = (sessions[k] for k in ("visitor", "channel", "campaign"))
    base = 1 / (1 + np.exp(-(BASE_LOGIT[brand] + INTENT_WEIGHT * visitors["intent"])))
    log_miss = np.log1p(-np.array(TOUCH_EFFECT[brand], float))[channel]
    zero = campaign_with_role(brand, "zero_conversion")
    log_miss[campaign == zero] = 0.0
    robust = campaign_with_role(brand, "robust")
    log_miss[(campaign == robust) & (robust >= 0)] = np.log(1 - 0.16)
    fragile = campaign_with_role(brand, "fragile")
    log_miss[(campaign == fragile) & (fragile >= 0)] = np.log(1 - 0.07)

    def chance(counted: np.ndarray) -> np.ndarray:
        """Probability of each visitor to convert when only these touches count."""
        miss = np.bincount(visitor, np.where(counted, log_miss, 0.0), n)
        return np.clip((1 - (1 - base) * np.exp(miss)) * factor, 0, 1) * can_buy

    can_buy = np.ones(n)
    if zero >= 0:
        can_buy[visitor[campaign == zero]] = 0.0
    seen = ~held_out
    probability = chance(seen)
    converted = rng.random(n) < probability

    by_channel, by_campaign = {}, {}
    for position, name in enumerate(CHANNELS):
        if (channel == position).any():
            gone = probability - chance(seen & (channel != position))
            by_channel[name] = float(gone.sum())
    for position in range(len(CAMPAIGNS)):
        if CAMPAIGN_BRAND[position] == brand:
            gone = probability - chance(seen & (campaign != position))
            by_campaign[campaign_id(position)] = float(gone.sum())
    truth = {
        "incremental_conversions": {brand: {"channel": by_channel, "campaign": by_campaign}},
        "visitor_trials": visitor_trial_truth(
            exposures, probability, factor, sessions, chance, converted
        ),
    }

    # a held-out touch did not happen; the visit that leads to the order then comes directly
    is_last = np.append(visitor[1:] != visitor[:-1], True) if len(visitor) else held_out
    sessions["channel"] = np.where(held_out, CHANNELS.index("direct"), channel)
    sessions["campaign"] = np.where(held_out, -1, campaign)
    took_place = seen | (is_last & converted[visitor])
    return converted, took_place, exposures, truth


def visitor_trial_truth(
    exposures: list[Frame],
    probability: np.ndarray,
    factor: np.ndarray,
    sessions: Frame,
    chance,
    converted: np.ndarray,
) -> dict:
    """Per visitor experiment: units, and the sums of the chance with and without the treatment."""
    facts = {}
    for frame in exposures:
        position = int(frame["trial"][0]) if len(frame["trial"]) else -1
        if position < 0:
            continue
        trial, unit = TRIALS[position], frame["unit"]
        if trial["campaign"]:
            target = campaign_with_role(trial["brand"], trial["campaign"])
            treated_chance = chance(np.ones(len(sessions["visitor"]), bool))[unit]
            control_chance = chance(sessions["campaign"] != target)[unit]
        else:
            control_chance = probability[unit] / np.where(frame["treated"], 1 + trial["lift"], 1)
            treated_chance = np.minimum(control_chance * (1 + trial["lift"]), 1)
        facts[trial_id(position)] = {
            "units": len(unit),
            "sum_control_chance": float(control_chance.sum()),
            "sum_treated_chance": float(treated_chance.sum()),
            "treated_units": int(frame["treated"].sum()),
            "treated_conversions": int(converted[unit[frame["treated"]]].sum()),
            "control_conversions": int(converted[unit[~frame["treated"]]].sum()),
        }
    return facts


def trial_id(position: int) -> str:
    """Key of an experiment by its position."""
    return f"exp_{position + 1:02d}"


def kiosks(chunk: Chunk, converted: np.ndarray) -> np.ndarray:
    """Kiosk number of each visitor (-1: own device). Some customers of scoot and learn sign up
    on a shared screen; each kiosk has KIOSK_USERS customers."""
    kiosk = np.full(chunk.visitors, -1)
    if chunk.brand in ("scoot", "learn"):
        buyers = np.flatnonzero(converted)
        count = min(max(1, len(buyers) // 400), len(buyers) // KIOSK_USERS)
        users = chunk.rng(3).choice(buyers, count * KIOSK_USERS, replace=False)
        kiosk[users] = np.repeat(np.arange(count), KIOSK_USERS)
    return kiosk


# -- what the event collector sees of a session ---------------------------------------------------

# channel -> [(referrer, source, medium)] for traffic without a campaign
_UNPAID = {
    "direct": [(None, None, None)],
    "organic_search": [
        ("https://www.google.com/", None, None),
        ("https://search.naver.com/", None, None),
        ("https://www.bing.com/", None, None),
        ("https://search.daum.net/", None, None),
    ],
    "organic_social": [
        ("https://www.instagram.com/", None, None),
        ("https://www.facebook.com/", None, None),
        ("https://t.co/", None, None),
    ],
    "referral": [
        ("https://blog.example.org/", None, None),
        ("https://news.example.net/", None, None),
    ],
    "email": [(None, "newsletter", "email")],
    "unassigned": [(None, "partner_x", "offline"), (None, "qr", "poster")],
}
_UNPAID_WEIGHT = (0.55, 0.3, 0.1, 0.05)
_PAID_REFERRER = {
    "google": "https://www.google.com/",
    "naver": "https://search.naver.com/",
    "bing": "https://www.bing.com/",
    "instagram": "https://www.instagram.com/",
    "facebook": "https://www.facebook.com/",
}


def _landings() -> tuple[list[tuple], dict[int, list[int]]]:
    """All (referrer, source, medium, campaign) tuples: campaigns first, then by unpaid channel."""
    landings = [(_PAID_REFERRER.get(item[4]), item[4], item[5], item[6]) for item in CAMPAIGNS]
    unpaid: dict[int, list[int]] = {}
    for name, sources in _UNPAID.items():
        unpaid[CHANNELS.index(name)] = list(range(len(landings), len(landings) + len(sources)))
        landings += [(*source, "digest" if name == "email" else None) for source in sources]
    return landings, unpaid


LANDINGS, UNPAID_LANDINGS = _landings()


def landing_of(rng: np.random.Generator, sessions: Frame) -> np.ndarray:
    """Position in LANDINGS of each session."""
    landing = sessions["campaign"].copy()
    for channel, positions in UNPAID_LANDINGS.items():
        where = np.flatnonzero((sessions["channel"] == channel) & (sessions["campaign"] < 0))
        weights = np.array(_UNPAID_WEIGHT[: len(positions)])
        landing[where] = np.array(positions)[pick(rng, weights, len(where))]
    return landing


PAGES = {
    "scoot": ["/", "/pricing", "/map", "/app", "/passes", "/help"],
    "care": ["/", "/how-it-works", "/devices", "/prices", "/family", "/faq"],
    "farewell": ["/", "/cremation", "/prices", "/ceremony", "/urns", "/tracking", "/help"],
    "learn": ["/", "/courses", "/courses/sql", "/courses/english", "/plus", "/search"],
}
PAGE_WEIGHT = (0.38, 0.22, 0.14, 0.12, 0.08, 0.06)


def page_views(chunk: Chunk, sessions: Frame) -> Frame:
    """page_viewed events: one or more a session, the first with the landing's source."""
    rng = chunk.rng(4)
    n = len(sessions["at"])
    pages = 1 + np.minimum(rng.poisson(0.3, n), 6)
    session = np.repeat(np.arange(n), pages)
    step = np.arange(len(session)) - np.repeat(np.cumsum(pages) - pages, pages)
    wait = np.where(step == 0, 0, 8 + rng.exponential(55, len(session))).cumsum()
    wait -= np.repeat(wait[np.cumsum(pages) - pages], pages)
    landing = landing_of(rng, sessions)
    return {
        "session": session,
        "at": (sessions["at"][session] + wait).astype(np.int64),
        "page": pick(rng, np.array(PAGE_WEIGHT), len(session)),
        "landing": np.where(step == 0, landing[session], -1),
    }


def landing_columns(landing: np.ndarray) -> dict[str, pa.Array]:
    """The four source columns of events."""
    names = ("referrer", "utm_source", "utm_medium", "utm_campaign")
    return {
        name: tables.words(landing, [item[position] for item in LANDINGS])
        for position, name in enumerate(names)
    }


# -- events ---------------------------------------------------------------------------------------


def event_frame(
    chunk: Chunk,
    name: str,
    at: np.ndarray,
    anonymous: np.ndarray,
    customer: np.ndarray,
    device: np.ndarray,
    **more: pa.Array | np.ndarray,
) -> dict:
    """Events of one name. anonymous and customer are numbers; customer -1 = not identified."""
    return {
        "name": name,
        "at": at,
        "anonymous": anonymous,
        "customer": customer,
        "device": device,
        **more,
    }


def anonymous_ids(numbers: np.ndarray, chunk: Chunk) -> pa.Array:
    """`an_…` for own devices; negative numbers -k-1 are kiosk k of the chunk."""
    is_kiosk = numbers < 0
    kiosk = pc.binary_join_element_wise(
        f"kiosk_{chunk.brand}{chunk.number}", tables.integers(np.abs(numbers)), "_"
    )
    return pc.if_else(pa.array(is_kiosk), kiosk, tables.ids("an", np.abs(numbers)))


def write_events(chunk: Chunk, frames: list[dict]) -> dict:
    """Encode and write all events of the chunk, in order of time."""
    rng = chunk.rng(5)
    frames = [frame for frame in frames if len(frame["at"])]
    at = np.concatenate([frame["at"] for frame in frames])
    n = len(at)
    names = [frame["name"] for frame in frames]
    sizes = [len(frame["at"]) for frame in frames]

    def gather(key: str, default: str | None = None) -> pa.Array:
        parts = [
            frame.get(key, tables.constant(default, size))
            for frame, size in zip(frames, sizes, strict=True)
        ]
        parts = [
            part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part for part in parts
        ]
        return pa.concat_arrays(parts)

    columns: tables.Columns = {
        "brand": tables.constant(chunk.brand, n),
        "event_name": tables.words(np.repeat(np.arange(len(names)), sizes), names),
        "occurred_at": tables.moments(at),
        "anonymous_id": anonymous_ids(np.concatenate([f["anonymous"] for f in frames]), chunk),
        "customer_id": tables.ids("cus", np.concatenate([f["customer"] for f in frames])),
        "device_type": tables.words(np.concatenate([f["device"] for f in frames]), DEVICES),
        "properties": gather("properties"),
    }
    for key in ("page_path", "referrer", "utm_source", "utm_medium", "utm_campaign"):
        columns[key] = gather(key)
    offline = rng.random(n) < 0.015  # phones without a network send later
    received = (
        at + rng.integers(0, 3, n) + np.where(offline, rng.exponential(HOUR, n), 0).astype(np.int64)
    )
    columns["received_at"] = tables.moments(received)
    loaded = arrival(rng, received, 240)
    floor = np.concatenate([f.get("not_before", f["at"]) for f in frames])
    loaded = np.maximum(loaded, floor)
    extra = np.concatenate(
        [f.get("late_by", np.zeros(s, np.int64)) for f, s in zip(frames, sizes, strict=True)]
    )
    loaded = loaded + extra
    columns["received_at"] = pc.if_else(
        pa.array(extra > 0), tables.moments(loaded - 60), columns["received_at"]
    )
    order = np.lexsort((np.arange(n), loaded))
    columns = {name: column.take(pa.array(order)) for name, column in columns.items()}
    columns["event_id"] = tables.ids("ev", chunk.numbers(n))
    return chunk.write(6, "events__events", columns, loaded[order])


def order_placed_properties(order_number: np.ndarray, item_count: np.ndarray) -> pa.Array:
    """Properties of order_placed."""
    return tables.json_object(
        order_id=(tables.ids("ord", order_number), True),
        item_count=(tables.integers(item_count), False),
    )


def country_code(positions: np.ndarray) -> pa.Array:
    """Country codes of positions."""
    return tables.words(positions, COUNTRIES)
