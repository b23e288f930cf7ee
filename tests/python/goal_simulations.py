"""Made-up series through the scorecard's own SQL: how often its interval holds, and how good its probability is.

    python tests/python/goal_simulations.py <folder of compiled models> <replicates> <kind> ...

A series is a brand. Its history begins some months before the period of its goal, which is looked at after 25, 50 and
75 % of it.
"""

import datetime
import pathlib
import re
import sys

import duckdb
import numpy as np
import pyarrow as pa
from scorecard_backtest import HORIZONS, MODELS
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions

FIRST, LAST = datetime.date(2020, 6, 1), datetime.date(2026, 6, 30)
DATES = np.arange(FIRST, LAST + datetime.timedelta(1), dtype="datetime64[D]")
DAY = np.arange(len(DATES))
MONTH = DATES.astype("datetime64[M]").astype(int) % 12 + 1
DAY_OF_MONTH = (DATES - DATES.astype("datetime64[M]")).astype(int) + 1
WEEKDAY = (DATES.astype(int) + 3) % 7
WEEK = np.array([1, 1, 1, 1, 1.2, 0.8, 0.7])[WEEKDAY]


def _growth(percent_a_month: float) -> np.ndarray:
    return (1 + percent_a_month / 100) ** ((DAY - DAY[-1] / 2) / 30.4)


def draw(kind: str, replicates: int, seed: int) -> tuple[np.ndarray, np.ndarray, str]:
    """The mean and the amount of each day, both replicates x days, and the unit.

    A kind is words: `5` grows by 5 % a month, `december` doubles in December, `billing` has 60 % on the 1st, `step`
    falls by 30 % on a day by chance, `slows` grows by 15 % and then by 2 % a month, `wander` has a level that wanders
    3 % a week, `season` is smooth, `noisy` has days that differ by 40 %, `sparse 0.3` counts so many a day, `revenue`
    gives each of them an amount (`wide`: of large spread).
    """
    words = kind.split()
    random = np.random.default_rng(seed)
    noisy = "noisy" in words
    level = np.tile(WEEK * (40.0 if noisy else 200.0), (replicates, 1))
    if "billing" in words:
        level = level * 0.4 + np.where(DAY_OF_MONTH == 1, 0.6 * 30 * (40 if noisy else 200), 0)
    if "december" in words:
        level = level * np.where(MONTH == 12, 2.0, np.where(MONTH == 11, 1.4, 1))
    if "season" in words:
        level = level * (1 + 0.25 * np.sin(2 * np.pi * DAY / 365.25))
    if "wander" in words:
        level = level * np.exp(np.cumsum(random.normal(0, 0.03 / np.sqrt(7), level.shape), axis=1))
    if "slows" in words:
        level = level / 50 * np.exp(np.cumsum(np.where(len(DAY) * 0.75 > DAY, 0.15, 0.02) / 30.4))
    if "step" in words:
        at = random.integers(int(len(DAY) * 0.6), int(len(DAY) * 0.95), replicates)
        level = level * np.where(DAY[None] > at[:, None], 0.7, 1)
    for word in words:
        if re.fullmatch(r"-?\d+", word):
            level = level * _growth(float(word))
    if "sparse" in words:
        level = level * float(words[words.index("sparse") + 1]) / 200
        counts = random.poisson(level)
        if "revenue" not in words:
            return level, counts.astype(float), "count"
        spread = 1.2 if "wide" in words else 0.6
        amounts = random.lognormal(0, spread, counts.sum())
        each = np.repeat(np.arange(counts.size), counts.ravel())
        values = np.bincount(each, amounts, counts.size).reshape(counts.shape)
        return level * np.exp(spread**2 / 2), values, "money"
    spread = 0.4 if noisy else 0.1
    values = random.poisson(level) * random.lognormal(0, spread, level.shape)
    return level * np.exp(spread**2 / 2), values, "money"


def periods(first: str = "2024-01", last: str = "2026-05") -> list[tuple[str, int, int]]:
    """Months and quarters: what they are, and the places of their first and last day."""
    found = []
    for month in np.arange(np.datetime64(first), np.datetime64(last) + 1):
        found.append(("month", _place(month), _place(month + 1) - 1))
        if month.astype(int) % 3 == 0 and month + 3 <= np.datetime64(LAST, "M") + 1:
            found.append(("quarter", _place(month), _place(month + 3) - 1))
    return found


def _place(month: np.datetime64) -> int:
    return int((month.astype("datetime64[D]") - DATES[0]).astype(int))


def run(
    kind: str,
    replicates: int,
    seed: int,
    history: int,
    models: pathlib.Path,
    some: list | None = None,
) -> dict[str, np.ndarray]:
    """One value per look: grain, horizon, month, said, held, the Brier scores, projection over outcome."""
    mean, values, unit = draw(kind, replicates, seed)
    random = np.random.default_rng(seed + 1)
    looks, parts = [], []
    for grain, first, last in some or periods():
        month = DATES[first].astype("datetime64[M]")
        begin = max(_place(month - history), 0)
        target = mean[:, first : last + 1].sum(1) * np.exp(random.uniform(-0.15, 0.15, replicates))
        outcome = values[:, first : last + 1].sum(1)
        days = last + 1 - first
        for one in range(replicates):
            brand = f"{one}/{grain}/{month}"
            parts.append((brand, begin, values[one, begin : last + 1]))
            before = values[one, max(first - days, 0) : first].sum()
            for horizon in HORIZONS:
                on = first + int((last - first) * horizon)
                line = values[one, first : on + 1].sum() / (on + 1 - first) * days
                looks.append(
                    (
                        *(brand, horizon, grain, int(MONTH[first]), first, last, on),
                        *(target[one], outcome[one], line, before),
                    )
                )
    names = [
        "brand",
        "horizon",
        "grain",
        "month",
        "first",
        "last",
        "on",
        "target",
        "outcome",
        "line",
        "before",
    ]
    table = {
        name: np.array(column) for name, column in zip(names, zip(*looks, strict=True), strict=True)
    }
    forecasts = _forecast(table, parts, unit, models)
    reached = table["outcome"] >= table["target"]
    said = ~np.isnan(forecasts["probability"])
    held = (forecasts["low"] <= table["outcome"] + 1e-9) & (
        table["outcome"] - 1e-9 <= forecasts["high"]
    )
    return (
        table
        | forecasts
        | {
            "said": said,
            "held": held,
            "brier": (forecasts["probability"] - reached) ** 2,
            "brier_of_line": ((table["line"] >= table["target"]) * 1.0 - reached) ** 2,
            "brier_of_last": ((table["before"] >= table["target"]) * 1.0 - reached) ** 2,
        }
    )


def _forecast(looks: dict, parts: list, unit: str, models: pathlib.Path) -> dict:
    values = pa.table(
        {
            "brand": np.repeat([part[0] for part in parts], [len(part[2]) for part in parts]),
            "period_start": pa.array(
                np.concatenate([DATES[begin : begin + len(value)] for _, begin, value in parts])
            ),
            "value": np.concatenate([value for _, _, value in parts]),
        }
    )
    moments = {"brand": looks["brand"], "target": looks["target"]} | {
        name: pa.array(DATES[looks[place]])
        for name, place in (
            ("period_start", "first"),
            ("period_end", "last"),
            ("forecast_on", "on"),
        )
    }
    return foretell({"it": values}, moments, ("sum", unit), models)


def foretell(
    metrics: dict[str, pa.Table],
    moments: dict,
    kind: tuple[str, str],
    models: pathlib.Path,
    denominator: str | None = None,
    direction: str = "up",
) -> dict[str, np.ndarray]:
    """What the scorecard's SQL says of goals on the metric `it` (projection and unit: `kind`), in the moments' order.

    `metrics` has the values of days (of a level, months) by name: brand, period_start, value. A ratio is `it` over the
    metrics `numerator` and `denominator`.
    """
    projection, unit = kind
    numerator = "numerator" if denominator else "it"
    grain = "month" if projection == "level" else "day"
    with duckdb.connect() as connection:
        scipy_functions.register(connection)
        connection.execute("set threads = 2; set memory_limit = '3GB'")
        connection.register(
            "moments", pa.table(moments | {"place": np.arange(len(moments["brand"]))})
        )
        for statement in (
            "create schema metrics",
            "create schema core",
            f"""create table metrics.metric_definitions as
            select 'it' as metric_name, '{numerator}' as numerator_metric, '{projection}' as projection,
                {f"'{denominator}'" if denominator else "null::varchar"} as denominator_metric, '{unit}' as unit
            union all
            select 'numerator', 'numerator', 'sum', null, 'count'""",
            f"""create table core.dates as
            select date_day, date_trunc('month', date_day)::date as month_start
            from (select unnest(generate_series(date '{FIRST}', date '{LAST}', interval 1 day))::date as date_day)""",
            f"""create table metrics.int_goal_moments as
            select place::varchar as goal_id, 'it' as metric_name, brand, period_start, period_end, target,
                '{direction}' as direction, forecast_on from moments""",
            """create table metrics.metric_values
            (metric_name varchar, grain varchar, brand varchar, value double, period_start date)""",
        ):
            connection.execute(statement)
        for name, values in metrics.items():
            connection.register("drawn", values)
            connection.execute(
                f"""insert into metrics.metric_values
                select '{name}', '{grain}', brand, value, period_start from drawn"""
            )
        for model in MODELS:
            sql = (models / f"{model}.sql").read_text()
            sql = re.sub(r'"[^"]+"\.("\w+"\."\w+")', r"\1", sql)
            connection.execute(f"create table metrics.{model} as {sql}")
        rows = connection.execute(
            """select probability, projection, projection_low as low, projection_high as high, is_season_known,
                rehearsals, no_verdict_reason as reason
            from metrics.int_goal_forecasts order by goal_id::int"""
        ).fetchnumpy()
    return {
        name: np.ma.filled(column, "")
        if name == "reason"
        else np.ma.filled(column.astype(float), np.nan)
        for name, column in rows.items()
    }


def cells(result: dict) -> list[dict]:
    """The score of each grain and horizon: how many looks, in how many it said something, held, and the Briers."""
    found = []
    for grain in ("month", "quarter"):
        for horizon in HORIZONS:
            here = (result["grain"] == grain) & (result["horizon"] == horizon)
            some = here & result["said"]
            if not some.any():
                found.append(
                    {"grain": grain, "horizon": horizon, "looks": int(here.sum()), "said": 0.0}
                )
                continue
            found.append(
                {
                    "grain": grain,
                    "horizon": horizon,
                    "looks": int(here.sum()),
                    "said": float(some.sum() / here.sum()),
                    "held": float(result["held"][some].mean()),
                    "bias": float(
                        np.nanmean(
                            np.log(
                                np.maximum(result["projection"][some], 0.5)
                                / np.maximum(result["outcome"][some], 0.5)
                            )
                        )
                    ),
                }
                | {
                    name: float(result[name][some].mean())
                    for name in ("brier", "brier_of_line", "brier_of_last")
                }
            )
    return found


if __name__ == "__main__":
    for kind in sys.argv[3:]:
        for history in (4, 14, 38):
            began = datetime.datetime.now()
            result = run(kind, int(sys.argv[2]), 7, history, pathlib.Path(sys.argv[1]))
            print(f"{kind:24} {history:3} ", end="")
            for cell in cells(result):
                print(f"{cell['held']:5.2f}" if cell["said"] > 0.5 else "    –", end="")
            print(
                "  bias",
                *(f"{cell['bias']:+.2f}" if cell["said"] > 0.5 else "–" for cell in cells(result)),
                end="",
            )
            print(
                "  brier",
                *(
                    "/".join(
                        f"{cell[n]:.3f}"[1:] for n in ("brier", "brier_of_line", "brier_of_last")
                    )
                    if cell["said"] > 0.5
                    else "–"
                    for cell in cells(result)
                ),
                f" {(datetime.datetime.now() - began).seconds} s",
                flush=True,
            )
