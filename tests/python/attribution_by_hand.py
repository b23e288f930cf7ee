"""Attribution as DEFINITIONS say it, written a second time: journeys as lists, the Markov chain in exact fractions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Touch:
    """A visit: when it began and ended, and through which channel."""

    at: datetime
    ended_at: datetime
    channel: str


@dataclass(frozen=True)
class Journey:
    """Touches in their order; an order's id and moment, or none when it led to nothing."""

    touches: tuple[Touch, ...]
    order_id: str | None
    ended_at: datetime


def journeys_of(touches: Iterable[Touch], orders: Iterable[tuple[str, datetime]]) -> list[Journey]:
    """The journeys of one visitor."""
    touches, found, used, previous = sorted(touches, key=lambda t: t.at), [], set(), None
    for order_id, at in sorted(orders, key=lambda order: (order[1], order[0])):
        of_order = [
            touch
            for touch in touches
            if at - LOOK_BACK <= touch.at <= at and (previous is None or touch.ended_at >= previous)
        ]
        found.append(Journey(tuple(of_order), order_id, at))
        used.update(of_order)
        previous = at
    open_touches: list[Touch] = []
    for touch in [*touches, None]:
        ends = touch is None or touch in used
        if open_touches and (ends or touch.at > open_touches[-1].at + LOOK_BACK):
            found.append(Journey(tuple(open_touches), None, open_touches[-1].at))
            open_touches = []
        if not ends:
            open_touches.append(touch)
    return found


def removal_effects(journeys: Iterable[Journey]) -> dict[str, float]:
    """The share of conversions lost when a channel leads nowhere, by Gauss-Jordan in fractions."""
    steps: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for journey in journeys:
        path = ["(start)", *(touch.channel for touch in journey.touches)]
        path.append("(sold)" if journey.order_id else "(lost)")
        for place, following in pairwise(path):
            steps[place][following] += 1
    channels = [place for place in steps if place != "(start)"]

    def chance(removed: str | None) -> Fraction:
        places = [place for place in steps if place != removed]
        rows = []
        for place in places:
            total = sum(steps[place].values())
            row = [Fraction(-steps[place][following], total) for following in places]
            row[places.index(place)] += 1
            rows.append([*row, Fraction(steps[place]["(sold)"], total)])
        for pivot in range(len(rows)):
            swap = next(k for k in range(pivot, len(rows)) if rows[k][pivot])
            rows[pivot], rows[swap] = rows[swap], rows[pivot]
            rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
            for k in range(len(rows)):
                if k != pivot and rows[k][pivot]:
                    factor = rows[k][pivot]
                    rows[k] = [a - factor * b for a, b in zip(rows[k], rows[pivot], strict=True)]
        return rows[places.index("(start)")][-1]

    whole = chance(None)
    return {c: float(1 - chance(c) / whole) if whole else 0.0 for c in channels}


def credits(journey: Journey, model: str, effects: dict[str, float]) -> list[float]:
    """The credit of each touch of a converted journey."""
    touches = journey.touches
    count = len(touches)
    if model == "first_touch":
        return [1.0] + [0.0] * (count - 1)
    if model == "last_touch":
        return [0.0] * (count - 1) + [1.0]
    if model == "last_non_direct":
        places = [k for k, touch in enumerate(touches) if touch.channel != "direct"]
        place = places[-1] if places else count - 1
        return [float(k == place) for k in range(count)]
    if model == "linear":
        return [1 / count] * count
    if model == "position_based":
        if count <= 2:
            return [1 / count] * count
        return [0.4, *([0.2 / (count - 2)] * (count - 2)), 0.4]
    if model == "time_decay":
        days = [(journey.ended_at - touch.at).total_seconds() / 86400 for touch in touches]
        weights = [2 ** (-d / 7) for d in days]
        return [weight / sum(weights) for weight in weights]
    if model == "shapley":
        channels = [touch.channel for touch in touches]
        return [1 / len(set(channels)) / channels.count(channel) for channel in channels]
    weights = [effects[touch.channel] for touch in touches]
    return [weight / sum(weights) for weight in weights]
