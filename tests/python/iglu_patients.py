"""Patients with sensors, whose measures tests/python/reference/iglu.json holds as the package iglu-python computes them.

The reference was made with Python 3.11 in an environment of its own (`pip install iglu-python==0.4.3`) by
`PYTHONPATH=tests/python python tests/python/iglu_patients.py > tests/python/reference/iglu.json`.
"""

import json
import math
import random
from datetime import datetime, timedelta

BEGIN = datetime(2026, 6, 2, 0, 0)


def patients() -> dict[str, list[tuple[datetime, float]]]:
    """For each patient timestamps (UTC, which is the patient's clock) and mg/dL."""
    rng = random.Random(14)

    def series(count, minutes, value):
        return [(BEGIN + timedelta(minutes=minutes * i), value(i)) for i in range(count)]

    def wave(i, minutes, mean, swing, noise):
        return mean + swing * math.sin(2 * math.pi * i * minutes / 1440) + rng.gauss(0, noise)

    made = {
        # as precise as a computer writes it
        "floats": series(15 * 288, 5, lambda i: max(39.0, wave(i, 5, 148, 45, 20))),
        "whole": series(20 * 96, 15, lambda i: round(wave(i, 15, 175, 70, 35))),
        "gaps": [
            row
            for number, row in enumerate(
                series(16 * 288, 5, lambda i: round(wave(i, 5, 120, 30, 12), 1))
            )
            if number % 700 > 90
        ],
        "constant": series(3 * 288, 5, lambda i: 123.4),
        "edges": series(
            4 * 96, 15, lambda i: (53.9999, 54, 69.99999, 70, 180, 180.00001, 250, 250.1)[i % 8]
        ),
        "wild": series(
            6 * 144, 10, lambda i: rng.choice((40, 47.3, 61, 99, 181.5, 251, 333, 399.9))
        ),
        "few": series(3, 480, lambda i: 100 + 31.7 * i),
    }
    return {
        name: [(at, min(max(value, 25), 590)) for at, value in rows] for name, rows in made.items()
    }


def measures() -> dict:
    """What iglu-python says of each patient, and of each hour of the day."""
    import iglu_python as iglu
    import pandas as pd

    def of(values: list[float]) -> dict:
        one = pd.Series(values)
        return {
            "reading_count": len(one),
            "mean_mg_dl": iglu.mean_glu(one),
            "deviation_mg_dl": iglu.sd_glu(one),
            "variation_share": iglu.cv_glu(one) / 100,
            "gmi_percent": iglu.gmi(one),
            "very_low_share": iglu.below_percent(one, [54])["below_54"] / 100,
            "low_share": iglu.below_percent(one, [70])["below_70"] / 100,
            "in_range_share": iglu.in_range_percent(one, [[70, 180]])["in_range_70_180"] / 100,
            "high_share": iglu.above_percent(one, [180])["above_180"] / 100,
            "very_high_share": iglu.above_percent(one, [250])["above_250"] / 100,
            **{
                f"percentile_{percent}_mg_dl": value
                for percent, value in zip(
                    (5, 25, 50, 75, 95), iglu.quantile_glu(one, [5, 25, 50, 75, 95]), strict=True
                )
            },
        }

    found = {}
    for name, rows in patients().items():
        found[name] = {"all": of([value for _, value in rows])}
        for hour in sorted({at.hour for at, _ in rows}):
            found[name][f"{hour:02}"] = of([value for at, value in rows if at.hour == hour])
    return {
        name: {
            hour: {key: None if value != value else float(value) for key, value in row.items()}
            for hour, row in hours.items()
        }
        for name, hours in found.items()
    }


if __name__ == "__main__":
    print(json.dumps(measures(), indent=0))
