"""The headline numbers of the home page as the morning report shows them: sentences, and pictures for mail and PDF."""

import pathlib

import boards
import charts
import home
import metric_pages
from figures import small
from manifest import read_manifest
from pages import Company
from project import Project
from published import Published

NEEDED = ("metric_values", "metric_definitions", "metric_coverage", "metric_scorecard")
PICTURES = 3
PICTURE_MONTHS = 18
PICTURE_WIDTH = 540
# A mail's ground is the reader's, light or dark: a picture brings its own.
GROUND = {"background": "#ffffff", "padding": 10}


def headlines(build: pathlib.Path, target: pathlib.Path) -> list[dict]:
    """The headline metrics of a published build, with a picture of the first ones; none where they are not published
    or nobody knows the project."""
    published = Published(build)
    if not published.has(*NEEDED) or not (target / "manifest.json").exists():
        return []
    company = Company(published, Project(read_manifest(target / "manifest.json")))
    found = [home.headline_tile(company, name) for name in home.headline_names(company)]
    numbers = [
        {
            "name": tile["name"],
            "label": (tile["label"], tile["label_ko"]),
            "value": tile["now"]["shown"],
            "change": tile["now"]["change"],
            "verdict": tile["now"]["verdict"],
            "sentence": tile["sentence"],
            "goal": goal_words(tile["goal"]),
            "picture": None,
        }
        for tile in found
        if tile["now"]
    ]
    for number in numbers[:PICTURES]:
        number["picture"] = picture(company, number["name"])
    return numbers


def goal_words(goal: dict | None) -> tuple[str, str] | None:
    """A goal and where it stands, in English and Korean."""
    if goal is None:
        return None
    likely = f" ({goal['probability']})" if goal["probability"] != metric_pages.DASH else ""
    return (
        f"Goal {goal['target']} by {goal['ends'][0]}: {goal['status_name'][0]}{likely}.",
        f"목표 {goal['target']}, {goal['ends'][1]}까지: {goal['status_name'][1]}{likely}.",
    )


def picture(company: Company, name: str) -> bytes | None:
    """The last full months of a metric as PNG: from zero, hollow where not final; None for fewer than two."""
    months = company.last_full(name)[-PICTURE_MONTHS:]
    if len(months) < 2:
        return None
    rows = [
        {
            "period": row["period_start"].isoformat(),
            "brand": "all",
            "value": small(row["value"]),
            "low": small(row["value_low"]),
            "high": small(row["value_high"]),
            "is_final": row["is_final"],
            "reason": row["reason"] or "",
        }
        for row in months
    ]
    roles = {
        "x": "period",
        "y": "value",
        "color": "brand",
        "final": "is_final",
        "many": metric_pages.MANY,
    }
    if any(row["low"] is not None for row in rows):
        roles |= {"low": "low", "high": "high"}
    card = {"chart": "trend", "roles": roles, "unit": company.project.metrics[name]["unit"]}
    spec = boards.drawing(card, {}, company.currency)
    spec["encoding"]["color"]["legend"] = None
    spec["encoding"]["x"]["axis"]["format"] = "%b %Y"
    return charts.picture(spec | GROUND | {"height": 150}, rows, width=PICTURE_WIDTH)
