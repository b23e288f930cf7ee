"""Time of the demo company: seconds since 2025-01-01 00:00 UTC, and when life happens."""

import numpy as np

FIRST_DAY = np.datetime64("2025-01-01")
HOUR = 3_600
DAY = 86_400
MONTH = 30 * DAY
N_DAYS = 546  # 2025-01-01 .. 2026-06-30
HISTORY_END = N_DAYS * DAY  # what happens from here on is later than as_of
ARRIVAL_END = HISTORY_END + 6 * HOUR  # nothing arrives after this

# Month boundaries as seconds: 2025-01 .. 2026-07 and the end of it.
MONTH_STARTS = np.array(
    [
        int((np.datetime64(f"{2025 + m // 12}-{m % 12 + 1:02d}-01") - FIRST_DAY).astype(int)) * DAY
        for m in range(20)
    ]
)

WEEKDAYS = {  # Monday first
    "scoot": (1.1, 1.1, 1.1, 1.12, 1.2, 0.8, 0.65),
    "care": (1.3, 1.2, 1.1, 1.05, 1.0, 0.7, 0.6),
    "farewell": (1.1, 1.05, 1.0, 1.0, 1.0, 0.95, 0.9),
    "learn": (1.2, 1.15, 1.1, 1.0, 0.8, 0.8, 1.05),
}
PEAK_DAY = {"scoot": 190, "care": 20, "farewell": 25, "learn": 10}  # day of the year
SEASON = {"scoot": 0.4, "care": 0.12, "farewell": 0.18, "learn": 0.22}
GROWTH = {"scoot": 0.9, "care": 0.7, "farewell": 0.6, "learn": 1.1}  # log growth over the history

HOURS = {  # relative traffic by local hour
    "commute": (1, 1, 1, 1, 1, 3, 9, 18, 16, 7, 5, 6, 8, 7, 6, 6, 8, 14, 17, 11, 8, 6, 4, 2),
    "leisure": (2, 1, 1, 1, 1, 1, 2, 4, 5, 7, 9, 11, 12, 13, 13, 14, 14, 14, 13, 12, 11, 9, 6, 4),
    "evening": (3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 8, 8, 8, 8, 8, 10, 14, 18, 18, 13, 7),
    "morning": (0, 0, 0, 0, 1, 4, 14, 22, 20, 12, 8, 6, 5, 4, 3, 3, 3, 4, 5, 6, 6, 4, 1, 0),
    "office": (0, 0, 0, 0, 0, 0, 0, 1, 4, 12, 14, 13, 8, 12, 13, 12, 9, 4, 1, 0, 0, 0, 0, 0),
}
BRAND_HOURS = {"scoot": "leisure", "care": "office", "farewell": "leisure", "learn": "evening"}


def seconds(text: str) -> int:
    """Seconds since the first day of a date or timestamp."""
    return int((np.datetime64(text, "s") - FIRST_DAY.astype("datetime64[s]")).astype(int))


def day_weights(brand: str) -> np.ndarray:
    """Relative traffic of each day, 2026-07-01 included: growth x season x weekday."""
    day = np.arange(N_DAYS + 1)
    weekday = (day + 2) % 7  # 2025-01-01 was a Wednesday
    year = 1 + SEASON[brand] * np.cos(2 * np.pi * (day - PEAK_DAY[brand]) / 365.25)
    return np.exp(GROWTH[brand] * day / N_DAYS) * year * np.array(WEEKDAYS[brand])[weekday]


def pick(rng: np.random.Generator, weights: np.ndarray, n: int) -> np.ndarray:
    """n positions drawn in proportion to the weights."""
    cumulative = np.cumsum(weights, dtype=float)
    return np.searchsorted(cumulative / cumulative[-1], rng.random(n), side="right")


def seconds_of_day(
    rng: np.random.Generator, hours: str, n: int, utc_offset: np.ndarray
) -> np.ndarray:
    """Seconds of the local day by the named profile, moved to UTC (so it may leave the day)."""
    local = pick(rng, np.array(HOURS[hours], float), n) * HOUR + rng.integers(0, HOUR, n)
    return local - utc_offset * HOUR


def arrival(
    rng: np.random.Generator, happened: np.ndarray, typical_seconds: float, floor: int = 20
) -> np.ndarray:
    """When a fact's row arrives: a floor and an exponential delay, at most five hours."""
    delay = np.minimum(rng.exponential(typical_seconds, len(happened)), 5 * HOUR)
    return (happened + floor + delay).astype(np.int64)
