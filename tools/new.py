"""Writes the files of a new area, raw table, mart or metric from templates/, and says what is left to do by hand.

    make new-area NAME=ops
    make new-raw-table NAME=support__calls
    make new-mart AREA=ops NAME=calls
    make new-metric TABLE=calls NAME=answered_calls

What is written builds as it is; what it says is to be replaced. A file that is there is never overwritten: an entry is
added to it.
"""

import argparse
import pathlib
import re
import string
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[1]
NAME = r"[a-z][a-z0-9_]*[a-z0-9]"


class Refused(Exception):
    """Nothing was written; the message says why."""


class Writer:
    """The project that files are written into, and the paths of those that were."""

    def __init__(self, project: pathlib.Path = PROJECT):
        self.project = project
        self.written: list[str] = []

    def text(self, template: str, **words: str) -> str:
        """A template of templates/ with its words filled in."""
        text = (self.project / "templates" / template).read_text(encoding="utf-8")
        return string.Template(text).substitute(words)

    def create(self, path: str, text: str) -> None:
        """Writes a file that must not be there yet."""
        file = self.project / path
        if file.exists():
            raise Refused(f"{path} is there already.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.written.append(path)

    def append(self, path: str, head: str, entry: str) -> None:
        """Adds an entry to the list of a YAML file, which begins with `head` when it is new."""
        file = self.project / path
        before = file.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if file.exists() else head
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(before + entry.strip("\n") + "\n", encoding="utf-8")
        self.written.append(path)

    def replace(self, path: str, text: str) -> None:
        """Writes a file again."""
        (self.project / path).write_text(text, encoding="utf-8")
        self.written.append(path)


def new_area(writer: Writer, name: str) -> list[str]:
    """The group of an area; its folder, which is its schema; its board, with the exposure that dbt knows it by."""
    path = f"models/marts/{name}/_{name}__groups.yml"
    words = {"area": name, "title": title(name)}
    writer.create(path, writer.text("area/groups.yml", **words))
    writer.create(exposures_of(name), writer.text("area/exposures.yml", **words))
    writer.create(f"dashboards/{name}.yml", writer.text("area/board.yml", **words))
    switch = f"{{{{ '{name}' in var('areas', ['{name}']) }}}}"
    line = f'{name}: {{<<: *rooms, +group: {name}, +enabled: &{name} "{switch}"}}'
    return [
        f"{path}: who answers for it",
        f"dashboards/{name}.yml and {exposures_of(name)}: what its board answers; make new-mart adds cards",
        f"dbt_project.yml, under models: {line}",
        f"dbt_project.yml, under &areas: {name}: {{+enabled: *{name}}}",
        f"vars.yml, in areas: {name}",
    ]


def new_raw_table(writer: Writer, name: str) -> list[str]:
    """Header, contract and staging of a raw table <system>__<table>."""
    if not re.fullmatch(rf"{NAME}__{NAME}", name):
        raise Refused(f"{name} is no <system>__<table>.")
    system, table = name.split("__")
    words = {"name": name, "thing": singular(table)}
    writer.create(f"seeds/raw/raw_{name}.csv", writer.text("raw_table/raw.csv", **words))
    contracts = f"seeds/raw/_raw_{system}__seeds.yml"
    writer.append(contracts, "seeds:\n", writer.text("raw_table/contract.yml", **words))
    staging = f"models/staging/{system}"
    for kind in ("validated", "stg"):
        text = writer.text(f"raw_table/{kind}.sql", **words)
        writer.create(f"{staging}/{kind}_{name}.sql", text)
    entry = writer.text("raw_table/staging.yml", **words)
    writer.append(f"{staging}/_stg_{system}__models.yml", "models:\n", entry)
    return [
        f"{contracts}: its columns (the same in the header seeds/raw/raw_{name}.csv and in {staging}/stg_{name}.sql)",
        f"macros/contract.sql, in raw_tables(): '{system}': ['{table}']",
    ]


def new_mart(writer: Writer, area: str, name: str) -> list[str]:
    """A public table of an area, ready for metrics."""
    folder = f"models/marts/{area}"
    if not (writer.project / folder).is_dir():
        raise Refused(f"There is no area {area}: make new-area NAME={area}.")
    writer.create(f"{folder}/{name}.sql", writer.text("mart/mart.sql"))
    entry = writer.text("mart/mart.yml", name=name, title=title(area))
    writer.append(f"{folder}/_{area}__models.yml", "models:\n", entry)
    left = [
        f"{folder}/{name}.sql: the select",
        f"{folder}/_{area}__models.yml: what a row is, its columns and its question",
    ]
    if add_to_board(writer, area, name):
        left.append(f"dashboards/{area}.yml: the card of {name}, when its columns are others")
    return [*left, "then: make pages"]


def exposures_of(area: str) -> str:
    """The file by which dbt knows the boards of an area."""
    return f"models/marts/{area}/_{area}__exposures.yml"


def add_to_board(writer: Writer, area: str, table: str) -> bool:
    """Adds a card of the table to its area's board, while that is a skeleton; returns whether it did."""
    board, exposures = f"dashboards/{area}.yml", exposures_of(area)
    if not all((writer.project / path).exists() for path in (board, exposures)):
        return False
    text = (writer.project / exposures).read_text(encoding="utf-8")
    if "TODO" not in text:
        return False
    writer.append(board, "", writer.text("mart/card.yml", name=table, title=title(table)))
    line = f"      - ref('{table}')\n"
    writer.replace(exposures, text.replace("    config: ", f"{line}    config: ", 1))
    return True


def new_metric(writer: Writer, table: str, name: str) -> list[str]:
    """A simple metric on a public table that the semantic layer knows, and the table in its area's part."""
    path, text = entry_of(writer.project, table)
    area = pathlib.PurePath(path).parts[2]
    entries = re.split(r"(?m)^(?=  - name: )", text)
    place = next(n for n, entry in enumerate(entries) if entry.startswith(f"  - name: {table}\n"))
    entry = entries[place].rstrip("\n") + "\n"
    if "    semantic_model:" not in entry:
        raise Refused(
            f"{table} has no semantic_model in {path}. Copy the keys semantic_model, agg_time_dimension and"
            " primary_entity, and entity and dimension of its columns, from a neighbour."
        )
    if re.search(rf"(?m)^      - name: {name}$", entry):
        raise Refused(f"{path} has a metric {name} already.")
    entry += "" if "\n    metrics:\n" in entry else "    metrics:\n"
    entries[place] = entry + writer.text("metric/metric.yml", name=name, title=title(name))
    entries[place] += "\n" if place < len(entries) - 1 else ""
    is_first = add_to_part(writer, area, table)
    writer.replace(path, "".join(entries))
    left = [f"{path}: what {name} counts"]
    if is_first:
        left.append(f"models/metrics/metric_values.sql, in areas: '{area}'")
    return left


def entry_of(project: pathlib.Path, table: str) -> tuple[str, str]:
    """The YAML file of a mart, and its text."""
    for file in sorted((project / "models" / "marts").glob("*/*.yml")):
        text = file.read_text(encoding="utf-8")
        if f"\n  - name: {table}\n" in text and text.startswith("models:"):
            return str(file.relative_to(project)), text
    raise Refused(f"There is no mart {table}: make new-mart AREA=<area> NAME={table}.")


def add_to_part(writer: Writer, area: str, table: str) -> bool:
    """Names the table in the area's part of metric_values; returns whether that part is new."""
    folder = f"models/marts/{area}/metrics"
    path = f"{folder}/{area}_metric_values.sql"
    is_first = not (writer.project / path).exists()
    if is_first:
        writer.create(path, writer.text("metric/part.sql"))
        writer.create(
            f"{folder}/_{area}_metrics__models.yml", writer.text("metric/part.yml", area=area)
        )
    text = (writer.project / path).read_text(encoding="utf-8")
    line = f"    ref('{table}'),\n"
    if line not in text:
        writer.replace(path, text.replace("]) }}", f"{line}]) }}}}"))
    return is_first


def title(name: str) -> str:
    """answered_calls → Answered calls."""
    return name.replace("_", " ").capitalize()


def singular(table: str) -> str:
    """calls → call; what does not end in s stays."""
    return re.sub(r"ies$", "y", table) if table.endswith("ies") else table.removesuffix("s")


KINDS = {
    "area": (new_area, ["name"]),
    "raw-table": (new_raw_table, ["name"]),
    "mart": (new_mart, ["area", "name"]),
    "metric": (new_metric, ["table", "name"]),
}


def new(kind: str, project: pathlib.Path = PROJECT, **names: str) -> tuple[list[str], list[str]]:
    """Writes a thing; returns the files written and what is left to do by hand."""
    make, needed = KINDS[kind]
    for word in needed:
        if not re.fullmatch(NAME, names.get(word, "")):
            given = " ".join(f"{each.upper()}=…" for each in needed)
            raise Refused(f"Write make new-{kind} {given}, each in lower case, like this_one.")
    writer = Writer(project)
    left = make(writer, **{word: names[word] for word in needed})
    return list(dict.fromkeys(writer.written)), left


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    for word in ("area", "table", "name"):
        parser.add_argument(f"--{word}", default="")
    arguments = vars(parser.parse_args())
    try:
        files, todo = new(arguments.pop("kind"), **arguments)
    except Refused as refused:
        sys.exit(str(refused))
    print("Written:", *files, sep="\n  ")
    print("To do by hand:", *todo, sep="\n  ")
