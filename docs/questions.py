"""What people ask, and the table that answers: `make pages` writes it into README.md and docs/questions.md.

A question stands beside its table, in `config.meta.questions` of a public model: question, question_ko, about (its
section), columns, and where there is one the metric. The twelve with `in_readme: true` are in README.md; all are in
docs/questions.md and on the site (questions.html).
"""

import pathlib
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from manifest import parsed_manifest  # noqa: E402

BEGIN, END = "<!-- questions -->", "<!-- /questions -->"
# The order of the sections; one that is not here comes after them.
SECTIONS = [
    "Revenue and orders",
    "Customers",
    "Subscriptions",
    "Who stays and who leaves",
    "Remote care",
    "Visits",
    "Marketing",
    "Experiments",
    "Payments",
    "Fraud",
    "Models and features",
    "Goals and data",
    "Data team",
    "Privacy",
]


def sections(manifest: dict) -> list[dict]:
    """The questions by section, those of README first, as [{about, questions: [{question, table, …}]}]."""
    found: dict[str, list] = {}
    for node in sorted(manifest["nodes"].values(), key=lambda node: node["name"]):
        for question in node["config"].get("meta", {}).get("questions", []):
            asked = question | {"table": node["name"], "schema": node["schema"]}
            found.setdefault(question["about"], []).append(asked)
    known = [about for about in SECTIONS if about in found]
    return [
        {
            "about": about,
            "questions": sorted(found[about], key=lambda item: not item.get("in_readme")),
        }
        for about in [*known, *sorted(found.keys() - set(SECTIONS))]
    ]


def table(questions: list[dict]) -> str:
    """A table in Markdown."""
    rows = ["| Question | Table | Columns | Metric |", "|---|---|---|---|"]
    for item in questions:
        columns = ", ".join(f"`{column}`" for column in item["columns"])
        metric = f"`{item['metric']}`" if "metric" in item else ""
        name = f"`{item['schema']}.{item['table']}`"
        rows.append(f"| {item['question']} | {name} | {columns} | {metric} |")
    return "\n".join(rows)


def readme_table(found: list[dict]) -> str:
    """The table of README.md."""
    every = [item for section in found for item in section["questions"]]
    return table([item for item in every if item.get("in_readme")])


def page(found: list[dict]) -> str:
    """docs/questions.md."""
    head = [
        "# Question → table",
        "Where a question has a metric, take its values from `metrics.metric_values`: by day, week, month or\n"
        "quarter, by brand and in total (`brand = 'all'`).",
        "Written by `make pages` from the questions beside each table (`config.meta.questions`).",
    ]
    parts = [f"## {section['about']}\n\n{table(section['questions'])}" for section in found]
    return "\n\n".join(head + parts) + "\n"


def with_table(readme: str, found: list[dict]) -> str:
    """README.md with the table between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{readme_table(found)}\n{END}{after}"


def write() -> None:
    found = sections(parsed_manifest())
    readme = PROJECT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8"), found), encoding="utf-8")
    (PROJECT / "docs" / "questions.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    import os

    os.chdir(PROJECT)  # profiles.yml and its plugins are found from here
    write()
