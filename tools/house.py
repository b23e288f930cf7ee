"""Numbers of style: how long models are, how many steps a build takes, which lines are too wide.
`make house` prints them beside their targets and fails when one is missed;
tests/python/test_house.py holds the same targets."""

import math
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePath
from statistics import median

from manifest import (
    PROJECT,
    area_of,
    children_of,
    descendants,
    longest_path,
    nodes_of,
    read_manifest,
    room_of,
)

WIDTH = 120
# What nobody wrote by hand, or what belongs to no reader.
LEFT_OUT = {
    ".git",
    ".venv",
    ".venv-next",
    ".venv-spark",
    "target",
    "logs",
    "site",
    "dbt_packages",
    "node_modules",
}
# dbt calls these by their names.
CALLED_BY_DBT = ("generate_", "test_", "materialization_", "should_full_refresh")
# Macros that are called once and stay macros, each with its reason.
EXCUSED = {
    "metric_cells_sql": "it asks the semantic layer for SQL, which a linter cannot",
    "metric_maturities": "it reads the meta of every metric, which only dbt's graph holds",
    "metric_tables": "it reads the meta of every metric and table, which only dbt's graph holds",
    "contract_columns": "it reads the contract of every raw table, which only dbt's graph holds",
    "declared_tables": "it reads the meta of the tables that it is given, which only dbt's graph holds",
    "anonymity_of": "it is asked for each table and column that is declared, and tests hold it against pycanon",
    "project_assets": "it reads what only dbt's graph holds, and make find renders it from a manifest",
    "orphans": "it writes a select for each reference in the contract; a model would be all loops",
    "rejected_beside_staged": "it reads the contract of every raw table, which the linter does not have",
    "weighted_auc_difference": "it is weighted_auc of two scores at once, and made of the same parts",
}


@dataclass(frozen=True)
class Measure:
    """A number and the most that it may be."""

    name: str
    value: int
    target: int
    places: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        return self.value <= self.target


def line_counts(manifest: dict, project: Path = PROJECT) -> dict[str, tuple[str, int]]:
    """For each model its room and how many lines its file has."""
    return {
        model["name"]: (
            room_of(model),
            len((project / model["original_file_path"]).read_text(encoding="utf-8").splitlines()),
        )
        for model in nodes_of(manifest, "model")
    }


def ninetieth(values: list[int]) -> int:
    """The 90th percentile by the nearest rank: nine in ten values are at most this."""
    return sorted(values)[math.ceil(0.9 * len(values)) - 1]


def rooms(counts: dict[str, tuple[str, int]]) -> list[tuple]:
    """For each room: models, helpers, median, p90 and most lines, models over 80, 90 and 120."""
    by_room = defaultdict(list)
    for name, (room, lines) in counts.items():
        by_room[room].append((name, lines))
    table = []
    for room, models in sorted(by_room.items()):
        lines = [count for _, count in models]
        helpers = sum(name.startswith("int_") for name, _ in models)
        over = [sum(count > limit for count in lines) for limit in (80, 90, 120)]
        middle = round(median(lines))
        table.append((room, len(lines), helpers, middle, ninetieth(lines), max(lines), *over))
    return table


def build_steps(manifest: dict) -> Counter:
    """What `dbt build` runs, by kind: models, seeds and data tests by name, but no unit tests."""
    steps = Counter(models=len(nodes_of(manifest, "model")), seeds=len(nodes_of(manifest, "seed")))
    for test in nodes_of(manifest, "test"):
        metadata = test.get("test_metadata") or {}
        steps[f"test {metadata['name']}" if metadata else "test of its own SQL"] += 1
    return steps


def descendants_of_raw(manifest: dict) -> dict[str, int]:
    """How many models are made from each raw table."""
    children = children_of(manifest)
    raw = [seed for seed in nodes_of(manifest, "seed") if seed["name"].startswith("raw_")]
    raw += list(manifest.get("sources", {}).values())
    return {table["name"]: len(descendants(children, table["unique_id"])) for table in raw}


def areas(manifest: dict) -> set[str]:
    """The areas of the marts, core among them."""
    models = nodes_of(manifest, "model")
    return {area_of(model) for model in models if "/marts/" in f"/{model['original_file_path']}"}


def without_comments(text: str) -> str:
    return re.sub(r"{#.*?#}|--[^\n]*", "", text, flags=re.S)


def ends_in_its_last_step(sql: str) -> bool:
    """Whether SQL ends in `select * from <its last CTE>`; SQL without CTEs needs no such end."""
    sql = without_comments(sql).rstrip()
    steps = re.findall(r"^(?:with\s+(?:recursive\s+)?)?([a-z_]\w*) as \($", sql, flags=re.M)
    return not steps or re.search(rf"^select \* from {steps[-1]}$", sql, flags=re.M) is not None


def models_with_a_long_end(manifest: dict, project: Path = PROJECT) -> list[str]:
    """Models of marts and metrics whose last line is not `select * from <last step>`."""
    return [
        model["name"]
        for model in nodes_of(manifest, "model")
        if model["original_file_path"].endswith(".sql")
        and area_of(model) not in {"staging", "vault"}
        and not ends_in_its_last_step(
            (project / model["original_file_path"]).read_text(encoding="utf-8")
        )
    ]


def macro_texts(project: Path = PROJECT, pattern: str = "**/*.sql") -> dict[str, str]:
    """For each macro of the project its text, from `{% macro` to the end, without comments."""
    texts = {}
    for path in sorted((project / "macros").glob(pattern)):
        text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
        for found in re.finditer(r"{%-?\s*macro (\w+)\(.*?{%-?\s*endmacro\s*-?%}", text, re.S):
            texts[found[1]] = found[0]
    return texts


def readers_of_macros(project: Path = PROJECT) -> dict[str, dict[str, int]]:
    """For each macro the files and the other macros that call it, and how often, if dbt does not do so by name."""
    macros = macro_texts(project)
    texts = {
        str(path.relative_to(project)): without_comments(path.read_text(encoding="utf-8"))
        for pattern in ("models/**/*.sql", "tests/**/*.sql", "analyses/**/*.sql", "dbt_project.yml")
        for path in project.glob(pattern)
    }
    for path in (project / "macros").glob("**/*.sql"):
        text = path.read_text(encoding="utf-8")
        if "{% materialization" in text:
            texts[f"materialization of {path.stem}"] = text.split("{% materialization")[1]
    texts |= {f"macro {name}": text for name, text in macros.items()}
    calls = {reader: Counter(re.findall(r"\b(\w+)\(", text)) for reader, text in texts.items()}
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    return {
        name: {
            reader: called[name]
            for reader, called in calls.items()
            if reader != f"macro {name}" and called[name]
        }
        for name in macros
        if not name.startswith(CALLED_BY_DBT) and f"run-operation {name} " not in makefile
    }


def aliases_not_given(macro: str) -> set[str]:
    """Tables whose columns a macro's SQL names without reading them or being given them."""
    body = macro.split("%}", 1)[1]
    sql = re.sub(r"{{.*?}}|{%.*?%}", " ~ ", body, flags=re.S)
    sql = re.sub(r"'(?:[^']|'')*'", "''", sql)
    named = set(re.findall(r"(?<![\w.~])([a-z_]\w*)\.(?:[a-z_]| ~)", sql))
    own = set(re.findall(r"\b(?:as|from|join|with)\s+([a-z_]\w*)", sql))
    own |= set(re.findall(r"\b([a-z_]\w*) as \(", sql))
    return named - own


def wide_lines(project: Path, *suffixes: str) -> list[str]:
    """Lines over 120 characters as `path:line`. Table rows, single words and what a program printed
    (in Markdown indented by four) cannot be broken."""
    found = []
    for path in sorted(project.rglob("*")):
        parts = path.relative_to(project).parts
        if path.suffix not in suffixes or LEFT_OUT & set(parts) or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            is_whole = path.suffix == ".md" and line.startswith(("|", "    "))
            if len(line) > WIDTH and not is_whole and len(line.split()) > 1:
                found.append(f"{'/'.join(parts)}:{number}")
    return found


def measures(manifest: dict, project: Path = PROJECT) -> list[Measure]:
    """Every number that has a target, with the places where it is missed."""
    counts = line_counts(manifest, project)
    lines = [count for _, count in counts.values()]
    long = tuple(sorted(name for name, (_, count) in counts.items() if count > 120))
    readers = readers_of_macros(project)
    # What the engines write differently is a macro however few read it.
    dialect = macro_texts(project, "dialect.sql").keys()
    single = tuple(
        sorted(
            f"{name} ({PurePath(*who).stem})"
            for name, who in readers.items()
            if sum(who.values()) == 1
            and all(reader.endswith(".sql") for reader in who)
            and name not in dialect | EXCUSED.keys()
        )
    )
    unread = tuple(sorted(name for name, who in readers.items() if not who))
    reaching = tuple(
        sorted(n for n, text in macro_texts(project).items() if aliases_not_given(text))
    )
    ends = tuple(models_with_a_long_end(manifest, project))
    yaml = tuple(wide_lines(project, ".yml", ".yaml"))
    markdown = tuple(wide_lines(project, ".md"))
    return [
        Measure("models over 120 lines", len(long), 0, long),
        Measure("lines of nine models in ten", ninetieth(lines), 90),
        Measure("lines of the median model", round(median(lines)), 50),
        Measure("models that do not end in select * from <last step>", len(ends), 0, ends),
        Measure(
            "steps of a build, an area",
            math.ceil(sum(build_steps(manifest).values()) / len(areas(manifest))),
            140,
        ),
        Measure("macros that are called once, by a model", len(single), 0, single),
        Measure("macros without a reader", len(unread), 0, unread),
        Measure("macros that name a table they are not given", len(reaching), 0, reaching),
        Measure("YAML lines over 120 characters", len(yaml), 0, yaml),
        Measure("Markdown lines over 120 characters", len(markdown), 0, markdown),
    ]


def table(head: tuple, rows: list[tuple]) -> str:
    """Columns as wide as what is in them; numbers to the right."""
    cells = [tuple(map(str, row)) for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return "\n".join(
        "  "
        + "  ".join(
            value.ljust(width) if i == 0 else value.rjust(width)
            for i, (value, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def report(manifest: dict, project: Path = PROJECT) -> str:
    """All that `make house` prints."""
    path = longest_path(manifest)
    steps = build_steps(manifest)
    raw = sorted(descendants_of_raw(manifest).items(), key=lambda item: -item[1])
    found = measures(manifest, project)
    places = [
        f"  {measure.name}: {', '.join(measure.places[:8])}"
        + (f" and {len(measure.places) - 8} more" if len(measure.places) > 8 else "")
        for measure in found
        if measure.places and not measure.is_met
    ]
    head = ("folder", "models", "int_", "median", "p90", "max", ">80", ">90", ">120")
    sections = [
        "Lines of models\n" + table(head, rooms(line_counts(manifest, project))),
        "Steps of a build\n" + table(("kind", "steps"), steps.most_common()),
        "Models made from a raw table\n" + table(("raw table", "models"), raw),
        f"Unit tests, which a build leaves out: {len(manifest['unit_tests'])}",
        f"Macros: {len(macro_texts(project))}",
        f"Longest path: {len(path)} models, from {path[0]} to {path[-1]}",
        "Targets\n"
        + table(
            ("", "is", "at most", ""),
            [(m.name, m.value, m.target, "" if m.is_met else "missed") for m in found],
        ),
        "Where\n" + "\n".join(places) if places else "",
    ]
    return "\n\n".join(filter(None, sections))


if __name__ == "__main__":
    understood = read_manifest()
    print(report(understood))
    sys.exit(any(not measure.is_met for measure in measures(understood)))
