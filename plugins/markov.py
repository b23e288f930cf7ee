"""Removal effects of a Markov chain of order 1 over channels, solved by numpy.

Journeys begin at `start` and end at `conversion` or `none`. A removed channel leads to `none`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

START, CONVERSION, NONE = "start", "conversion", "none"
Steps = Mapping[tuple[str, str], float]


def conversion_probability(steps: Steps, removed: str | None = None) -> float:
    """The chance that a journey from `start` ends in a conversion when `removed` leads nowhere."""
    places = sorted({place for place, _ in steps} - {removed})
    index = {place: position for position, place in enumerate(places)}
    leaving = defaultdict(float)
    for (place, _), count in steps.items():
        leaving[place] += count
    moves, converts = np.zeros((len(places), len(places))), np.zeros(len(places))
    for (place, following), count in steps.items():
        if place == removed:
            continue
        share = count / leaving[place]
        if following == CONVERSION:
            converts[index[place]] += share
        elif following in index:
            moves[index[place], index[following]] += share
    return float(np.linalg.solve(np.eye(len(places)) - moves, converts)[index[START]])


def removal_effects(steps: Steps) -> dict[str, float]:
    """Channel -> the share of conversions lost without it; 0 for all when nothing converts."""
    whole = conversion_probability(steps)
    channels = sorted({place for place, _ in steps} - {START})
    if not whole:
        return dict.fromkeys(channels, 0.0)
    return {channel: 1 - conversion_probability(steps, channel) / whole for channel in channels}


def removal_effects_of_groups(steps: pa.Table, keys: Iterable[str]) -> pa.Table:
    """Removal effects by group of steps (the keys, from_channel, to_channel, step_count)."""
    keys = list(keys)
    groups: dict[tuple, dict[tuple[str, str], float]] = defaultdict(dict)
    for row in steps.to_pylist():
        group = tuple(row[key] for key in keys)
        groups[group][row["from_channel"], row["to_channel"]] = float(row["step_count"])
    columns: dict[str, list] = {name: [] for name in (*keys, "channel")}
    probabilities, effects = [], []
    for group, of_group in groups.items():
        whole = conversion_probability(of_group)
        for channel, effect in removal_effects(of_group).items():
            for key, value in zip(keys, group, strict=True):
                columns[key].append(value)
            columns["channel"].append(channel)
            probabilities.append(whole)
            effects.append(effect)
    arrays = {key: pa.array(columns[key], steps.schema.field(key).type) for key in keys}
    return pa.table(
        arrays
        | {
            "channel": pa.array(columns["channel"], pa.string()),
            "conversion_probability": pa.array(probabilities, pa.float64()),
            "removal_effect": pa.array(effects, pa.float64()),
        }
    )
