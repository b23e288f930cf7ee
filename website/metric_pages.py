"""A page per metric, and the list of all of them: values, what moved them, goals, definition, tests, how to query."""

import functools
from collections import defaultdict
from datetime import date, datetime, timedelta

import boards
import figures
from built import FAILED
from figures import DASH, period_name, small
from pages import Company, headline, linked, period_end, reason_named, sentence, undelivered_of
from words import words

GRAINS = ("month", "week", "day", "quarter")
SPARKLINE = 18
# Of more points than this only the line is drawn.
MANY = 90
# The SQL of the semantic layer is shown up to so many characters.
LONGEST_SQL = 6000
# Statuses of goals as people read them; another is shown as it is called.
STATUS_NAMES = {
    "met": ("met", "달성"),
    "on_track": ("on track", "순조로움"),
    "at_risk": ("at risk", "위험"),
    "off_track": ("off track", "벗어남"),
    "missed": ("missed", "미달"),
    "season_unknown": ("season unknown", "계절성 모름"),
    "too_early": ("too early to say", "판단하기 이름"),
    "not_started": ("not started", "시작 전"),
    "no_data": ("no data", "데이터 없음"),
}
ENDED = ("met", "missed", "no_data")
NOT_RUNNING = (*ENDED, "not_started")
# A segment of a distinct count that is none: who is in two.
OVERLAP = ("counted in more than one", "중복 집계")


class Changes:
    """The newest change of each metric whose values are final, by month and by week, and its parts."""

    def __init__(self, company: Company):
        self.company = company

    @functools.cached_property
    def found(self) -> dict[tuple[str, str], list[dict]]:
        """By metric and grain the rows of metric_changes: the whole first, then its parts by size."""
        if not self.company.published.has("metric_changes"):
            return {}
        found = defaultdict(list)
        for row in self.company.published.rows(
            """
            with newest as (
                select metric_name, grain, brand, comparison, period_start
                from {{ ref('metric_changes') }}
                where
                    is_newest_final and dimension = 'total' and brand = 'all'
                    and comparison = 'previous' and grain in ('month', 'week')
            )
            select changes.*
            from {{ ref('metric_changes') }} as changes
            semi join newest using (metric_name, grain, brand, comparison, period_start)
            where
                changes.segment_brand = 'all' or changes.dimension in ('total', 'brand')
                or (changes.stands_out and changes.dimension like 'brand\\_%' escape '\\')
            order by changes.metric_name, changes.grain, changes.dimension, changes.size_rank, changes.segment
            """
        ):
            found[row["metric_name"], row["grain"]].append(row)
        return found

    @functools.cached_property
    def dimensions(self) -> dict[str, dict]:
        if not self.company.published.has("metric_dimensions"):
            return {}
        rows = self.company.published.rows("select * from {{ ref('metric_dimensions') }}")
        return {row["dimension"]: row for row in rows}

    @functools.cached_property
    def segment_words(self) -> dict[str, tuple[str, str]]:
        if not self.company.published.has("metric_change_sentences"):
            return {}
        rows = self.company.published.rows(
            "select * from {{ ref('metric_change_sentences') }} where piece like 'segment\\_%' escape '\\'"
        )
        return {
            row["piece"].removeprefix("segment_"): (row["sentence"], row["sentence_ko"])
            for row in rows
        }

    def segment(self, row: dict) -> tuple[str, str]:
        """A segment as a manager calls it."""
        if row["segment"] == "overlap":
            return OVERLAP
        names = self.segment_words.get(row["segment"], (row["segment"],) * 2)
        known = self.dimensions.get(row["dimension"].removeprefix("brand_"))
        if row["dimension"].startswith("brand_"):
            names = tuple(f"{row['segment_brand']} {name}" for name in names)
        patterns = (
            (known["segment_words"], known["segment_words_ko"]) if known else ("{segment}",) * 2
        )
        return tuple(
            pattern.replace("{segment}", name.replace("_", " "))
            for pattern, name in zip(patterns, names, strict=True)
        )

    def dimension(self, name: str) -> tuple[str, str]:
        known = self.dimensions.get(name.removeprefix("brand_"))
        return (known["label"], known["label_ko"]) if known else (name, "")

    def of(self, metric: dict, grain: str) -> dict | None:
        """The newest final change of a metric: its sentence and its parts by dimension."""
        rows = self.found.get((metric["name"], grain), [])
        whole = next((row for row in rows if row["dimension"] == "total"), None)
        if whole is None or whole["change"] is None:
            return None
        parts = [
            row for row in rows if row["dimension"] in self.dimensions and row["part"] is not None
        ]
        tables = []
        for name in dict.fromkeys(row["dimension"] for row in parts):
            of_name = [row for row in parts if row["dimension"] == name]
            tables.append(
                {
                    "label": self.dimension(name),
                    "rows": [self.part(metric, whole, row) for row in of_name],
                }
            )
        named = self.named(parts, [row for row in rows if row["dimension"].startswith("brand_")])
        return {
            "grain": grain,
            "whole": whole,
            "before": period_name(whole["before_start"], grain),
            "after": period_name(whole["period_start"], grain),
            "sentence": self.sentence(metric, whole, named),
            "named": [self.part(metric, whole, row) for row in named],
            "tables": tables,
            "has_n": any(row["n_before"] for table in tables for row in table["rows"]),
            "stands_out": whole["stands_out"],
        }

    def named(self, parts: list[dict], deeper: list[dict]) -> list[dict]:
        """The parts to name, at most three: what is more than chance, else what is so within a brand, else the largest
        one."""
        real = [row for row in parts if row["segment"] != "overlap" and row["part"]]
        odd = sorted(
            (row for row in real if row["stands_out"]),
            key=lambda row: (-abs(row["standard_errors"] or 0), row["dimension"], row["segment"]),
        )
        inner = sorted(
            (row for row in deeper if row["part"] and row["segment"] != "overlap"),
            key=lambda row: (
                -abs(row["standard_errors"] or 0),
                row["dimension"],
                row["segment_brand"],
                row["segment"],
            ),
        )
        largest = sorted(
            real, key=lambda row: (-abs(row["part"]), row["dimension"], row["segment"])
        )
        return odd[:3] or inner[:3] or largest[:1]

    def part(self, metric: dict, whole: dict, row: dict) -> dict:
        """A segment before and after, and its part of the change in points."""
        unit = metric["unit"]
        counted = self.company.definitions.get(metric["name"], {}).get("is_share_of_counts")
        n_of = {
            name: small(round(whole_n * row[weight]))
            if counted and whole_n is not None and row[weight] is not None
            else None
            for name, weight, whole_n in (
                ("n_before", "weight_before", self.n_at(whole, "before_start")),
                ("n_after", "weight_after", self.n_at(whole, "period_start")),
            )
        }
        return {
            "segment": self.segment(row),
            "before": self.company.amount(row["segment_before"], unit),
            "before_raw": small(row["segment_before"]),
            "after": self.company.amount(row["segment_after"], unit),
            "after_raw": small(row["segment_after"]),
            "part": self.points(metric, whole, row["part"]),
            "part_raw": small(row["part"]),
            "dimension": self.dimension(row["dimension"]),
            **n_of,
        }

    @functools.cached_property
    def counts(self) -> dict[tuple, float | None]:
        """What each value of all brands rests on, by metric, grain and period."""
        return {
            (row["metric_name"], row["grain"], row["period_start"]): row["n"]
            for rows in self.company.values.values()
            for row in rows
            if row["brand"] == "all"
        }

    def n_at(self, whole: dict, at: str) -> float | None:
        return self.counts.get((whole["metric_name"], whole["grain"], whole[at]))

    def points(self, metric: dict, whole: dict, part: float) -> tuple[str, str]:
        """A part of a change: points of a share, points of the value before; its amount, where that is not above 0."""
        if metric["unit"] == "share":
            return figures.points(100 * part)
        if whole["value_before"] and whole["value_before"] > 0:
            return figures.points(100 * part / whole["value_before"])
        text = self.company.amount(abs(part), metric["unit"])
        return (f"{'+' if part > 0 else '−'}{text}",) * 2

    def sentence(self, metric: dict, whole: dict, named: list[dict]) -> tuple[str, str]:
        """Both periods with their values, the change, and what moved it."""
        before, after = (
            period_name(whole[name], whole["grain"]) for name in ("before_start", "period_start")
        )
        values = [
            self.company.amount(whole[name], metric["unit"])
            for name in ("value_after", "value_before")
        ]
        moved = figures.change(whole["value_after"], whole["value_before"], metric["unit"])
        english = (
            f"{values[0]} in the {after[0]}"
            if whole["grain"] == "week"
            else f"{values[0]} in {after[0]}"
        )
        english += (
            f", {values[1]} in the {before[0]}"
            if whole["grain"] == "week"
            else f", {values[1]} in {before[0]}"
        )
        korean = f"{after[1]} {values[0]}, {before[1]} {values[1]}"
        if moved[0]:
            english, korean = f"{english}: {moved[0]}", f"{korean}: {moved[1]}"
        is_snapshot = self.company.definitions.get(metric["name"], {}).get("is_snapshot")
        differs = whole["days_before"] != whole["days_after"]
        if differs and metric["unit"] in ("money", "count") and not is_snapshot:
            english += f" ({whole['days_after']} days against {whole['days_before']})"
            korean += f" ({whole['days_before']}일 대비 {whole['days_after']}일)"
        if not whole["change"] or not named:
            return f"{english}.", f"{korean}."
        said = [
            tuple(
                f"{segment} {part}"
                for segment, part in zip(
                    self.segment(row), self.points(metric, whole, row["part"]), strict=True
                )
            )
            for row in named
        ]
        english_parts, korean_parts = (", ".join(one) for one in zip(*said, strict=True))
        if named[0]["stands_out"]:
            return (
                f"{english}. What stands out: {english_parts}.",
                f"{korean}. 두드러진 부분: {korean_parts}.",
            )
        return (
            f"{english}. No part stands out; the largest is {english_parts}.",
            f"{korean}. 두드러진 부분은 없고 가장 큰 것은 {korean_parts}.",
        )


def runs(reasons: list[str | None]) -> list[list]:
    """Reasons in order as [first place, last place, reason], without those that are empty."""
    found: list[list] = []
    for place, reason in enumerate(reasons):
        if not reason:
            continue
        if found and found[-1][1] == place - 1 and found[-1][2] == reason:
            found[-1][1] = place
        else:
            found.append([place, place, reason])
    return found


def next_start(start: date, grain: str) -> date:
    return period_end(start, grain) + timedelta(days=1)


def series(rows: list[dict]) -> dict:
    """All values of a metric, small: by grain the first day, and by brand values, n, bounds and reasons."""
    grains: dict[str, dict] = {}
    for grain in GRAINS:
        of_grain = defaultdict(dict)
        for row in rows:
            if row["grain"] == grain:
                of_grain[row["brand"]][row["period_start"]] = row
        if not of_grain:
            continue
        days = [min(min(by_day) for by_day in of_grain.values())]
        last = max(max(by_day) for by_day in of_grain.values())
        while days[-1] < last:
            days.append(next_start(days[-1], grain))
        brands = {}
        for brand, by_day in of_grain.items():
            if all(row["value"] is None for row in by_day.values()):
                continue
            found = [by_day.get(day, {}) for day in days]
            columns = {
                name: [small(row.get(column)) for row in found]
                for name, column in (
                    ("v", "value"),
                    ("n", "n"),
                    ("low", "value_low"),
                    ("high", "value_high"),
                )
            }
            kept = {"v": columns["v"], "why": runs([row.get("reason") for row in found])}
            if columns["n"] != columns["v"]:
                kept["n"] = columns["n"]
            for bound in ("low", "high"):
                if any(value is not None for value in columns[bound]):
                    kept[bound] = columns[bound]
            brands[brand] = kept
        if brands:
            grains[grain] = {"start": days[0].isoformat(), "brands": brands}
    return grains


def sparkline(values: list[float]) -> str:
    """The points of a line 100 wide and 24 high, from zero; empty for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(0, *values), max(0, *values)
    return " ".join(
        f"{100 * place / (len(values) - 1):.0f},{22 - 20 * (value - low) / ((high - low) or 1):.0f}"
        for place, value in enumerate(values)
    )


def spark_of(company: Company, name: str) -> dict:
    """The last months as a small line, and its end again where that is not final."""
    months = company.last_full(name)[-SPARKLINE:]
    points = sparkline([row["value"] for row in months]).split()
    is_open = [not row["is_final"] and row["reason"] != "can_change" for row in months]
    first = next((place for place, one in enumerate(is_open) if one), len(months))
    rest = points[max(0, first - 1) :] if first < len(points) else []
    return {"final": " ".join(points[:first]), "open": " ".join(rest)}


def trend_card(company: Company, metric: dict, found: dict) -> dict:
    """The chart and the table of a metric's values."""
    unit = metric["unit"]
    has_bounds = any(
        "low" in brand for grain in found.values() for brand in grain["brands"].values()
    )
    columns = {
        "_period": {"en": "Period", "ko": "기간", "unit": "count"},
        "brand": {"en": "Brand", "ko": "브랜드", "unit": "count"},
        "value": {"en": "Value", "ko": "값", "unit": unit},
        "low": {"en": "Low", "ko": "하한", "unit": unit},
        "high": {"en": "High", "ko": "상한", "unit": unit},
        "n": {"en": "n", "ko": "표본 수", "unit": "count"},
        "why": {"en": "State", "ko": "상태", "unit": "count"},
    }
    if not has_bounds:
        columns = {name: column for name, column in columns.items() if name not in ("low", "high")}
    running = sorted(company.goals.get(metric["name"], []), key=lambda goal: goal["period_end"])
    goals = [drawn for goal in running if (drawn := goal_drawn(company, metric, goal))]
    roles = {"x": "period", "y": "value", "color": "brand", "final": "is_final", "many": MANY}
    if has_bounds:
        roles |= {"low": "low", "high": "high"}
    if goals:
        roles["goal"] = True
    definition = company.definitions.get(metric["name"], {})
    if "day" in found and definition.get("is_share_of_counts"):
        roles["mean"] = "pooled"
    elif "day" in found and (unit == "count" or definition.get("projection") == "sum"):
        roles["mean"] = None if definition.get("is_snapshot") else "plain"
    card = {
        "id": "trend",
        "title": {"en": metric["label"], "ko": metric["label_ko"]},
        "about": None,
        "chart": "trend",
        "roles": roles,
        "unit": unit,
        "columns": columns,
        "period": "period",
        "size": "full",
        "metric": None,
        "tables": ["metric_values"],
        "rows": [],
        "series": found or None,
        "goals": goals,
        "undelivered": [] if found else undelivered_of(company, metric),
    }
    return card | ({"spec": boards.drawing(card, columns, company.currency)} if found else {})


def goal_drawn(company: Company, metric: dict, goal: dict) -> dict | None:
    """A goal that runs as the chart draws it, by grain: the target, and what is expected at its end.

    A goal on a sum is drawn as an even pace. One on a level is the value of a month, which days do not have, unless
    the metric is a snapshot.
    """
    if goal["status"] in NOT_RUNNING or goal["target"] is None:
        return None
    definition = company.definitions.get(metric["name"], {})
    start, end = goal["period_start"], goal["period_end"]
    days, left = (end - start).days + 1, (end - company.as_of).days
    months = end.year * 12 + end.month - start.year * 12 - start.month + 1
    lengths = {"day": 1, "week": 7, "month": days / months, "quarter": 3 * days / months}
    kept = [grain for grain in GRAINS if grain in (definition.get("grains") or "month").split(", ")]
    if goal["goal_rule"] == "level" and not definition.get("is_snapshot"):
        kept = [grain for grain in kept if grain == "month"]
    grains = {}
    for grain in kept:
        is_sum = goal["goal_rule"] == "sum"
        of_target = lengths[grain] / days if is_sum else 1
        drawn = {"target": small(goal["target"] * of_target)}
        if goal["projection"] is not None and left > 0:
            so_far = (goal["actual_to_date"] or 0) if is_sum else 0
            of_rest = lengths[grain] / left if is_sum else 1
            drawn |= {
                name: small((goal[column] - so_far) * of_rest)
                for name, column in (
                    ("expected", "projection"),
                    ("low", "projection_low"),
                    ("high", "projection_high"),
                )
                if goal[column] is not None
            }
            drawn |= {
                "from": (company.as_of + timedelta(days=1) if is_sum else end).isoformat(),
                "to": end.isoformat(),
            }
        grains[grain] = drawn
    if not grains:
        return None
    shown = goal_row(company, goal, metric["unit"])
    pace = ("", "")
    if goal["goal_rule"] == "sum":
        pace = (", drawn as an even pace", ", 고른 속도로 그림")
    english = f"Dashed: the goal of {shown['target']} for {start} to {end}{pace[0]}"
    korean = f"점선: {start}부터 {end}까지의 목표 {shown['target']}{pace[1]}"
    if shown["expected"] != DASH:
        english += f". Diamond: what is expected, {shown['expected']}"
        english += f"; probability that it is reached: {shown['probability']}"
        korean += f". 마름모: 예상 {shown['expected']}, 달성 확률 {shown['probability']}"
    return {
        "brand": goal["brand"],
        "start": start.isoformat(),
        "end": end.isoformat(),
        "en": f"{english}.",
        "ko": f"{korean}.",
        "grains": grains,
    }


def goal_row(company: Company, goal: dict, unit: str) -> dict:
    """A row of the scorecard as the page shows it."""
    is_over = goal["status"] in ENDED
    status = STATUS_NAMES.get(goal["status"], (goal["status"], goal["status"]))
    expected = DASH
    if not is_over and goal["projection"] is not None:
        expected = company.amount(goal["projection"], unit)
        if goal["projection_low"] is not None:
            low, high = (company.amount(goal[f"projection_{end}"], unit) for end in ("low", "high"))
            expected += f" ({low} – {high})"
    probability = goal["probability"]
    return {
        "brand": goal["brand"],
        "period_start": goal["period_start"],
        "period_end": goal["period_end"],
        "target": company.amount(goal["target"], unit),
        "so_far": company.amount(goal["actual_to_date"], unit),
        "expected": expected,
        "probability": DASH if is_over or probability is None else likely(probability),
        "status": goal["status"],
        "status_name": status,
    }


def likely(probability: float) -> str:
    """A probability in whole per cent; what is not certain is not said to be."""
    if probability < 0.005:
        return "<1%"
    return ">99%" if probability > 0.995 else f"{100 * probability:.0f}%"


def brand_table(company: Company, metric: dict) -> dict | None:
    """The last full month by brand and the one before, for what metric_changes cannot split."""
    now = headline(company, metric["name"])["now"]
    months = company.last_full(metric["name"])
    if not now or not now["before"]:
        return None
    after, before = months[-1]["period_start"], months[-2]["period_start"]
    found = defaultdict(dict)
    for row in company.values[metric["name"]]:
        if (
            row["grain"] == "month"
            and row["brand"] != "all"
            and row["period_start"] in (before, after)
        ):
            found[row["brand"]][row["period_start"]] = row
    rows = []
    for brand, by_day in sorted(found.items()):
        one, other = (by_day.get(day, {}) for day in (before, after))
        if one.get("value") is None and other.get("value") is None:
            continue
        has_n = metric["unit"] == "share"
        rows.append(
            {
                "segment": (brand, brand),
                "before": company.amount(one.get("value"), metric["unit"]),
                "before_raw": small(one.get("value")),
                "after": company.amount(other.get("value"), metric["unit"]),
                "after_raw": small(other.get("value")),
                "part": None,
                "n_before": small(one.get("n")) if has_n else None,
                "n_after": small(other.get("n")) if has_n else None,
            }
        )
    if not rows:
        return None
    return {
        "before": period_name(before, "month"),
        "after": period_name(after, "month"),
        "has_n": metric["unit"] == "share",
        "mark": now["mark"],
        "tables": [{"label": ("Brand", "브랜드"), "rows": rows}],
    }


def later_months(company: Company, metric: dict) -> tuple[str, str] | None:
    """Why months after the last value have none, or why the last month before it stands alone."""
    months = company.last_full(metric["name"])
    if not months:
        return None
    after = [
        row
        for row in company.values[metric["name"]]
        if row["grain"] == "month"
        and row["brand"] == "all"
        and row["period_start"] > months[-1]["period_start"]
        and period_end(row["period_start"], "month") <= company.as_of
        and row["reason"]
    ]
    if not after:
        return None
    names = [period_name(row["period_start"], "month") for row in after]
    english, korean = reason_named(company, metric, after[-1]["reason"])
    return (
        f"No value for {', '.join(name[0] for name in names)}: {english}.",
        f"{', '.join(name[1] for name in names)} 값 없음: {korean}.",
    )


def moment(at: date) -> str:
    """A moment in UTC, or a day where nobody kept the hour."""
    if isinstance(at, datetime) and (at.hour or at.minute):
        return f"{at:%Y-%m-%d %H:%M} UTC"
    return f"{at:%Y-%m-%d}"


def tests_of(company: Company, metric: dict) -> dict | None:
    """The newest results of the tests of the tables that a metric is made from; None where nobody kept them."""
    project, found = company.project, {}

    def goes_on(step: str) -> bool:
        return step.split(".")[0] in ("metric", "semantic_model")

    for step in project.steps([metric["id"]], project.manifest["parent_map"], goes_on):
        for test in company.tests.get(step, []) if step.startswith("model.") else []:
            found[test["test_name"], step] = test | {"table": step.split(".")[-1]}
    if not found:
        return None
    results = sorted(found.values(), key=lambda test: (test["table"], test["test_name"]))
    failed = [test for test in results if test["status"] in FAILED]
    return {
        "passed": sum(test["status"] in ("pass", "success") for test in results),
        "failed": failed,
        "warned": [test for test in results if test["status"] == "warn"],
        "at": moment(max(test["finished_at"] for test in results)),
    }


def formulas(company: Company, name: str) -> list[dict]:
    """The formula of a metric and of all that it is computed from."""
    found, left = [], [name]
    while left:
        step = left.pop(0)
        definition = company.definitions.get(step)
        if definition is None or any(step == one["name"] for one in found):
            continue
        found.append({"name": step, "formula": definition["formula"]})
        left += [
            key.split(".")[-1]
            for key in company.project.manifest["parent_map"].get(
                company.project.metrics[step]["id"], []
            )
            if key.startswith("metric.")
        ]
    return found


def certified(company: Company, metric: dict) -> dict:
    """Whether somebody vouches for the metric today, who, and until when."""
    until = metric["certified_until"]
    lapsed = bool(until) and str(until) < company.as_of.isoformat()
    return {
        "is": metric["is_certified"] and not lapsed,
        "lapsed": metric["is_certified"] and lapsed,
        "by": metric["certified_by"],
        "until": until,
    }


def first_grain(company: Company, name: str) -> str:
    """The grain at which a metric is shown first."""
    known = {row["grain"] for row in company.values[name]}
    return next((grain for grain in GRAINS if grain in known), "month")


def sql_of(name: str, grain: str) -> str:
    return (
        "select period_start, brand, value, n, value_low, value_high, is_final, reason\n"
        "from metrics.metric_values\n"
        f"where metric_name = '{name}' and grain = '{grain}' and brand = 'all'\n"
        "order by period_start"
    )


def mf_of(name: str, grain: str) -> str:
    time = f"metric_time__{grain}"
    return f"mf query --metrics {name} --group-by {time} --order {time}"


def metric_page(company: Company, changes: Changes, compiled: dict[str, str], metric: dict) -> dict:
    """What templates/metric.html.j2 shows."""
    name, unit = metric["name"], metric["unit"]
    found = series(company.values[name])
    brands = sorted({brand for grain in found.values() for brand in grain["brands"]} - {"all"})
    moved = [change for one in ("month", "week") if (change := changes.of(metric, one))]
    grain = first_grain(company, name)
    by_brand = None
    if not any(change["tables"] for change in moved):
        by_brand = brand_table(company, metric)
    goals = company.goals.get(name, [])
    return metric | {
        "sentence": sentence(company, metric),
        "later": later_months(company, metric),
        "brands": brands,
        "grains": list(found),
        "card": trend_card(company, metric, found)
        | {"sentences": {brand: sentence(company, metric, brand) for brand in brands}},
        "certified": certified(company, metric),
        "goals": [goal_row(company, goal, unit) for goal in goals],
        "changes": moved,
        "by_brand": by_brand,
        "formulas": formulas(company, name),
        "parents": linked(company, company.project.parents(metric["id"])),
        "children": linked(company, company.project.children(metric["id"])),
        "test_results": tests_of(company, metric),
        "sql": sql_of(name, grain),
        "mf": mf_of(name, grain),
        "computed": compiled.get(name, ""),
    }


def list_row(company: Company, metric: dict) -> dict:
    """A metric as a line of the list: its last value, its trend, and how its goals stand."""
    found = headline(company, metric["name"])
    running = [
        goal for goal in company.goals.get(metric["name"], []) if goal["status"] not in NOT_RUNNING
    ]
    order = {"off_track": 0, "at_risk": 1, "on_track": 3}
    running.sort(key=lambda goal: order.get(goal["status"], 2))
    return found | {
        "spark": spark_of(company, metric["name"]),
        "reason": None if found["now"] else sentence(company, metric),
        "goals": [
            {
                "brand": goal["brand"],
                "status": goal["status"],
                "status_name": STATUS_NAMES.get(goal["status"], (goal["status"],) * 2),
            }
            for goal in running
        ],
        "is_certified": certified(company, metric)["is"],
        "words": " ".join(
            dict.fromkeys(
                [
                    metric["name"],
                    metric["label"].lower(),
                    metric["label_ko"],
                    metric["owner"].lower(),
                    *metric["synonyms"],
                ]
            )
        ),
    }


def area_name(area: str) -> tuple[str, str]:
    """An area's name; one of your own is called as its folder."""
    return words().get(f"area_{area}", (area.replace("_", " ").capitalize(),) * 2)


def list_page(company: Company) -> list[dict]:
    """Areas with their metrics: core first, then by name; in them by label."""
    found = defaultdict(list)
    for metric in company.project.metrics.values():
        found[metric["area"]].append(metric)
    return [
        {
            "area": area,
            "label": area_name(area),
            "rows": [
                list_row(company, metric)
                for metric in sorted(
                    found[area], key=lambda metric: (metric["label"].lower(), metric["name"])
                )
            ],
        }
        for area in sorted(found, key=lambda area: (area != "core", area_name(area)[0]))
    ]
