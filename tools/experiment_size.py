"""Says how many units and days a planned test needs, or what it can find in the days that there are.

    make experiment-size METRIC= BRAND= UNIT= EFFECT= ARMS= POWER=
    make experiment-size METRIC= BRAND= UNIT= DAYS= ARMS= POWER=

It reads the baselines and the traffic that the last build measured, and computes as the table
experiment_sizes does, which has the usual effects for two arms: the same question gets the same
answer.
"""

import argparse
import functools
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml
from scipy import optimize

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

from built import CannotRead, database_file, opened  # noqa: E402
from scipy_functions import always_valid_size, normal_quantile, t_test_size  # noqa: E402

LINE = "{:<12} {:<9} {:<22} {:>10} {:>10} {:>11} {:>11} {:>13} {:>11} {:>12} {:>12}"
HEAD = [
    "brand",
    "unit",
    "metric",
    "baseline",
    "units now",
    "units/arm",
    "with past",
    "always valid",
    "guardrail",
    "exposure",
    "result",
]
FOUND = "{:<12} {:<9} {:<22} {:>10} {:>10} {:>9} {:>9} {:>9} {:>13} {:>9}"
FOUND_HEAD = [
    "brand",
    "unit",
    "metric",
    "baseline",
    "explained",
    "units/arm",
    "fixed",
    "with past",
    "always valid",
    "guardrail",
]
LARGEST_EFFECT = 10.0
SIGNIFICANCE = 0.05  # two-sided, over all treatments


def problem_of(baseline: dict, effect: float) -> str | None:
    """Why there is no size for this relative effect; None where there is one."""
    value, spread = baseline["baseline"], baseline["spread"]
    if baseline["n_mature"] < 2:
        return "fewer than two units came"
    if value is None:
        return "a denominator of zero"
    if value == 0:
        return "a baseline of zero"
    if not (spread and spread > 0):
        return "no variance"
    if baseline["kind"] == "proportion" and value * (1 + effect) >= 1:
        return "a share of 1 or more"
    if abs(value) * effect < 1e-6 * math.sqrt(spread):
        return "an effect lost in the spread"
    return None


@dataclass(frozen=True)
class Units:
    """Units that each arm needs, not rounded: for the fixed test, for it where CUPED has a past (else None), until the
    always-valid interval finds the effect, and for a guardrail with a margin of the effect's size."""

    fixed: float
    with_past: float | None
    always_valid: float
    guardrail: float


def units_per_arm(baseline: dict, effect: float, arms: int = 2, power: float = 0.8) -> Units:
    """The units for this relative effect of a baseline that has no problem (`problem_of`).

    Shares by the normal approximation, the rest by the power of the t-test. Each treatment gets its
    part of the 5 %, as the smallest p-value of Holm does.
    """
    value, spread, left = baseline["baseline"], baseline["spread"], baseline["unexplained_share"]
    significance = SIGNIFICANCE / (arms - 1)
    found = abs(value) * effect
    left = left if left is not None and left > 0 else None
    if baseline["kind"] == "proportion":
        other = value * (1 + effect)
        reach = _scipy(normal_quantile, 1 - significance / 2) + _scipy(normal_quantile, power)
        spread_of_both = spread + other * (1 - other)
        fixed = reach**2 * spread_of_both / found**2
        guardrail = reach**2 * 2 * spread / found**2
        with_past = None if left is None else fixed * left
    else:
        spread_of_both = 2 * spread
        fixed = _scipy(t_test_size, found / math.sqrt(spread), significance, power)
        guardrail = fixed
        with_past = (
            None
            if left is None
            else _scipy(t_test_size, found / math.sqrt(spread * left), significance, power)
        )
    size = found / math.sqrt(spread_of_both)
    return Units(
        fixed,
        with_past,
        _scipy(always_valid_size, size, settings()["always_valid_units"], significance, power),
        guardrail,
    )


def smallest_effect(
    baseline: dict, units: float, kind: str, arms: int = 2, power: float = 0.8
) -> float | None:
    """The smallest relative effect for which so many units an arm do; `kind` is a field of Units.

    None where no effect below LARGEST_EFFECT does, or the baseline has a problem or no past.
    """
    value = baseline["baseline"]
    if units < 2 or problem_of(baseline, 1e-3) not in (None, "a share of 1 or more"):
        return None
    most = LARGEST_EFFECT
    if baseline["kind"] == "proportion":
        most = min(most, (1 - value) / value * (1 - 1e-9))

    def missing(log_effect: float) -> float:
        needed = getattr(units_per_arm(baseline, math.exp(log_effect), arms, power), kind)
        return math.log(needed / units)

    least = math.log(max(1e-6, 2e-6 * math.sqrt(baseline["spread"]) / abs(value)))
    if getattr(units_per_arm(baseline, most / 2, arms, power), kind) is None:
        return None
    if least >= math.log(most) or missing(math.log(most)) > 0:
        return None
    if missing(least) <= 0:
        return math.exp(least)
    return math.exp(optimize.brentq(missing, least, math.log(most), xtol=1e-9))


def units_after(days: int, arrivals: Sequence[int]) -> float:
    """How many units come in so many days; beyond the window as many a day as in its last week."""
    if days <= len(arrivals):
        return float(arrivals[days - 1])
    week = min(7, len(arrivals))
    before = arrivals[-8] if len(arrivals) > 7 else 0
    return arrivals[-1] + (days - len(arrivals)) * (arrivals[-1] - before) / week


def days_until(needed: int, arrivals: Sequence[int]) -> int | None:
    """Days until so many units have come, None when they never do.

    `arrivals[i]` is how many had come by the end of day i + 1 of the planning window. Beyond it,
    units go on coming for the first time as in its last week.
    """
    for day, units in enumerate(arrivals, start=1):
        if units >= needed:
            return day
    days, week = len(arrivals), min(7, len(arrivals))
    before = arrivals[-8] if days > 7 else 0
    if arrivals[-1] == before:
        return None
    return days + math.ceil((needed - arrivals[-1]) / ((arrivals[-1] - before) / week))


def _scipy(function, *numbers: float) -> float:
    """One value of a function of plugins/scipy_functions.py, which take columns."""
    columns = [pa.chunked_array([pa.array([number], type=pa.float64())]) for number in numbers]
    return function(*columns)[0].as_py()


def stop_unless_known(name: str, value: str, known: Iterable[str]) -> None:
    known = sorted(set(known))
    if value and value not in known:
        sys.exit(f"{name}={value} is unknown. Known: {', '.join(known)}")


def number_between(name: str, text: str, low: float, high: float, example: str) -> float:
    """The number in the text; stops at what is none between low and high."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not low < number < high:
        sys.exit(f"{name}={text} is no number above {low} and below {high}, like {example}")
    return number


def found_in(days: int, baseline: dict, arrivals: Sequence[int], arms: int, power: float) -> str:
    """A line of the answer to what so many days can find."""
    names = [baseline["brand"], baseline["unit"], baseline["metric_name"]]
    units = units_after(days, arrivals) / arms
    problem = problem_of(baseline, 1e-3)
    if problem:
        return FOUND.format(*names, "", "", f"{math.floor(units):,}", problem, *[""] * 3).rstrip()
    left = baseline["unexplained_share"]
    effects = (
        smallest_effect(baseline, math.floor(units), kind, arms, power)
        if kind != "with_past" or left
        else None
        for kind in ("fixed", "with_past", "always_valid", "guardrail")
    )
    return FOUND.format(
        *names,
        f"{baseline['baseline']:.4g}",
        f"{1 - left:.1%}" if left else "-",
        f"{math.floor(units):,}",
        *("-" if effect is None else f"{effect:.1%}" for effect in effects),
    )


def count_of_arms(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 2:
        sys.exit(f"ARMS={text} is no whole number of 2 or more: the control and its treatments.")
    return int(text)


def read(database: Path) -> tuple[list[str], list[dict], dict[tuple[str, str], list[int]]]:
    """The names of all metrics, the baselines, and by brand and unit how many had come each day.

    Stops where there is no warehouse, where it is in use, or where it has no experiments.
    """
    try:
        with opened(database) as connection:
            metrics = connection.execute(
                "select metric_name from reference.experiment_metrics"
            ).fetchall()
            baselines = connection.execute(
                """select * from experiments.int_experiment_baselines
                order by brand, unit, metric_name"""
            )
            names = [column[0] for column in baselines.description]
            rows = [dict(zip(names, row, strict=True)) for row in baselines.fetchall()]
            days = connection.execute(
                """select brand, unit, units from experiments.int_experiment_traffic_days
                order by day_number"""
            ).fetchall()
    except CannotRead as error:
        sys.exit(str(error))
    except duckdb.CatalogException:
        sys.exit(
            "There is no experiments.int_experiment_baselines in the warehouse: "
            "run make build first, with experiments in the var areas."
        )
    arrivals: dict[tuple[str, str], list[int]] = {}
    for brand, unit, units in days:
        arrivals.setdefault((brand, unit), []).append(units)
    return [name for (name,) in metrics], rows, arrivals


@functools.cache
def settings() -> dict:
    """The vars of the project."""
    return yaml.safe_load((PROJECT / "vars.yml").read_text())["vars"]


def line_of(baseline: dict, arrivals: Sequence[int], effect: float, arms: int, power: float) -> str:
    """A line of the answer."""
    names = [baseline["brand"], baseline["unit"], baseline["metric_name"]]
    problem = problem_of(baseline, effect)
    if problem:
        return LINE.format(*names, "", f"{arrivals[-1]:,}", problem, *[""] * 5).rstrip()
    units = units_per_arm(baseline, effect, arms, power)
    days = days_until(arms * math.ceil(units.fixed), arrivals)
    return LINE.format(
        *names,
        f"{baseline['baseline']:.4g}",
        f"{arrivals[-1]:,}",
        f"{math.ceil(units.fixed):,}",
        "-" if units.with_past is None else f"{math.ceil(units.with_past):,}",
        f"{math.ceil(units.always_valid):,}",
        f"{math.ceil(units.guardrail):,}",
        "never" if days is None else f"{days:,} days",
        "never" if days is None else f"{days + len(arrivals):,} days",
    )


def answer(
    database: Path,
    metric: str = "",
    brand: str = "",
    unit: str = "",
    effect: str = "",
    arms: str = "",
    power: str = "",
    days: str = "",
) -> str:
    """What is printed. Arguments are as the user typed them, empty where nothing was given.

    Stops at a wrong question with a message that says what would be right.
    """
    metrics, baselines, arrivals = read(database)
    stop_unless_known("METRIC", metric, metrics)
    if not baselines:
        days, late = settings()["planning_days"], settings()["late_days"]
        sys.exit(
            f"Nobody visited in the {days} days that tests are planned by, "
            f"which ended {days + late} days before as_of. Visits come from events__events; "
            "for a company with fewer days of them, make the var planning_days smaller."
        )
    stop_unless_known("BRAND", brand, (baseline["brand"] for baseline in baselines))
    stop_unless_known("UNIT", unit, (baseline["unit"] for baseline in baselines))
    relative = number_between("EFFECT", effect or "0.1", 0, 10, "0.1 for a tenth of the baseline")
    chance = number_between("POWER", power or "0.8", 0.05, 1, "0.8")
    count = count_of_arms(arms or "2")
    span = math.floor(number_between("DAYS", days, 0.999, 3651, "28")) if days else 0
    wanted = {"metric_name": metric, "brand": brand, "unit": unit}
    asked = [
        baseline
        for baseline in baselines
        if all(value in ("", baseline[name]) for name, value in wanted.items())
    ]
    window = len(next(iter(arrivals.values())))
    if not asked:
        sys.exit(
            f"Nobody came as {unit} to {brand} in the {window} days that tests are planned by."
        )
    treatments = f" over its {count - 1} treatments" if count > 2 else ""
    if span:
        lines = [
            "",
            f"The smallest relative change that what comes in {span} days finds with power {chance * 100:g} %, "
            f"{count} arms, at 5 % two-sided{treatments}. Outcomes of {window} days.",
            "",
            FOUND.format(*FOUND_HEAD),
        ]
        lines += [
            found_in(span, row, arrivals[row["brand"], row["unit"]], count, chance) for row in asked
        ]
        lines += [
            "",
            "explained: the share of the variance that the past explains. with past: where CUPED uses it. "
            "always valid: in one look at the end of a test that may be looked at every day. "
            "guardrail: the margin that what did not change is shown to be within.",
        ]
        return "\n".join(lines) + "\n"
    lines = [
        "",
        f"Units and days to find a relative change of {relative * 100:g} % "
        f"with power {chance * 100:g} %, {count} arms, at 5 % two-sided{treatments}. "
        f"Outcomes of {window} days.",
        "",
        LINE.format(*HEAD),
    ]
    lines += [
        line_of(baseline, arrivals[baseline["brand"], baseline["unit"]], relative, count, chance)
        for baseline in asked
    ]
    lines += [
        "",
        f"units now: that came in {window} days. "
        "with past: units/arm where CUPED uses the days before.",
        "always valid: units/arm until a test that is looked at every day finds it. "
        "guardrail: units/arm to show that what did not change is no worse than that.",
        "exposure: days until all arms are full. result: days until their outcomes are in. "
        "never: no new units come.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("metric", "brand", "unit", "effect", "arms", "power", "days"):
        parser.add_argument(f"--{name}", default="")
    print(answer(database_file(), **vars(parser.parse_args())))


if __name__ == "__main__":
    main()
