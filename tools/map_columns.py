"""`make map FROM=exports/`: proposes a columns.yml for exports, from the names of their columns and from their values.

Writes it to the raw folder (TO=, else GROUNDWORK_RAW, else FROM itself). Where there is one already, the proposal goes
beside it as columns.proposed.yml. Names in Korean and English are rows of plugins/column_synonyms.csv, words of columns
that accept only some are rows of plugins/word_synonyms.csv. What is guessed and not said by a name is marked.
"""

import argparse
import csv
import json
import os
import pathlib
import re
import sys
from dataclasses import dataclass, field

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import contracts  # noqa: E402
import landing  # noqa: E402
import landing_files  # noqa: E402

# Of a table's columns that must be there, the share that must be found for a file to be it.
LEAST_SHARE = 0.6
MOST_WORDS = 30


@dataclass
class Proposal:
    """What a file would be: a raw table, and which of its columns is which of the contract's."""

    table: dict
    file: str
    columns: dict[str, str]
    missing: list[str]
    unused: list[str]
    share: float
    words: dict[str, dict[str, str | None]] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    currency: str | None = None

    @property
    def name(self) -> str:
        return landing.file_name(self.table)


def letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def rows_of(name: str) -> list[dict]:
    with (PROJECT / "plugins" / name).open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def names_of(table: str, column: str, synonyms: list[dict]) -> list[str]:
    """By which names a column is known, the best first."""
    found = [column, column.removesuffix("_at"), column.removesuffix("_date")]
    for row in synonyms:
        if row["column"] == column and row["raw_table"] == table:
            found += row["synonyms"].split("|")
    for row in synonyms:
        if row["column"] == column and row["raw_table"] == "*":
            found += row["synonyms"].split("|")
    return list(dict.fromkeys(letters(name) for name in found))


def proposal(table: dict, file: str, content, synonyms: list[dict]) -> Proposal:
    """Each column of the contract takes the column of the file with its best name; no column is taken twice."""
    given = {}
    for column in content.columns.values():
        given.setdefault(letters(column.name), column.name)
    wishes = []
    for order, name in enumerate(table["columns"]):
        for rank, known in enumerate(names_of(landing.file_name(table), name, synonyms)):
            if known in given:
                wishes.append((rank, order, name, given[known]))
    taken, used = {}, set()
    for _, _, name, source in sorted(wishes):
        if name not in taken and source not in used:
            taken[name] = source
            used.add(source)
    must = [name for name, column in table["columns"].items() if not column["may_lack"]]
    missing = [name for name in must if name not in taken]
    share = sum(name in taken for name in must if name != "currency") / max(
        1, sum(name != "currency" for name in must)
    )
    return Proposal(
        table,
        file,
        {name: taken[name] for name in table["columns"] if name in taken},
        missing,
        [column.name for column in content.columns.values() if column.name not in used],
        share,
    )


def best(tables: list[dict], file: str, content, synonyms: list[dict]) -> Proposal | None:
    """The table that a file is most like: most of its columns, and then most of the file's."""
    found = [proposal(table, file, content, synonyms) for table in tables]
    named = letters(pathlib.Path(file).name.partition(".")[0])

    def likeness(each: Proposal) -> tuple:
        word = letters(each.name.partition("__")[2])
        return (round(each.share, 1), word in named or word.rstrip("s") in named, len(each.columns))

    fitting = [each for each in found if each.share >= LEAST_SHARE and len(each.columns) > 1]
    return max(fitting, key=likeness, default=None)


def look_at_values(connection, each: Proposal, content) -> None:
    """Adds what the words of a column mean, which of two formats is open, and which currency amounts are in."""
    meanings = {
        (row["column"], word.casefold()): row["word"]
        for row in rows_of("word_synonyms.csv")
        for word in row["synonyms"].split("|")
    }
    for name, source in each.columns.items():
        accepted = each.table["columns"][name]["accepted"]
        column = content.columns[source.lower()].source
        if accepted:
            words = connection.execute(
                f"select distinct trim(cast({column} as varchar)) as word from {content.reader} "
                f"where trim(cast({column} as varchar)) <> '' order by word limit {MOST_WORDS}"
            ).fetchall()
            meant = {
                word: meanings.get((name, word.casefold()))
                for (word,) in words
                if word not in accepted
            }
            each.words |= {name: meant} if meant else {}
    if "currency" in each.missing:
        amounts = [
            content.columns[source.lower()].source
            for name, source in each.columns.items()
            if each.table["columns"][name]["data_type"].startswith("decimal")
        ]
        for signs, currency in (
            ("[원₩￦]|KRW", "KRW"),
            (r"\$|USD", "USD"),
            ("€|EUR", "EUR"),
            ("円|JPY", "JPY"),
        ):
            named = any(re.search(signs, source, re.IGNORECASE) for source in each.columns.values())
            seen = (
                amounts
                and connection.execute(
                    "select count(*) from (select concat_ws(' ', "
                    + ", ".join(f"cast({amount} as varchar)" for amount in amounts)
                    + f") as amounts from {content.reader} limit 1000) where regexp_matches(amounts, $1)",
                    [signs],
                ).fetchone()[0]
            )
            if named or seen:
                each.currency = currency
                break
    said = landing.mapping.Said(
        "columns.yml",
        columns={
            name: landing.mapping.ColumnSaid(source=source) for name, source in each.columns.items()
        },
    )
    mapped = landing.mapping.mapped(said, each.table, each.file, content)
    try:
        landing.mapping.judged(connection, each.table, each.file, mapped, said, mapped.reader)
    except landing.Problem as problem:
        # Nobody but the person who brings the file knows: written down, it would be no guess any more.
        each.formats = {
            name: f"{one} or {other}"
            for name, one, other in re.findall(
                r"(\w+): \{format: ('[^']+')\} or \w+: \{format: ('[^']+')\}", str(problem)
            )
        }


def yaml_text(text: str) -> str:
    plain = re.fullmatch(r"[^\W\d][\w .가-힣-]*", text) and text.lower() not in (
        "yes",
        "no",
        "y",
        "n",
        "on",
        "off",
        "true",
        "false",
        "null",
    )
    return text.strip() if plain else json.dumps(text, ensure_ascii=False)


def lines_of(each: Proposal, folder: pathlib.Path) -> list[str]:
    """The part of columns.yml for one table."""
    lines = [
        f"{each.name}:",
        f"  file: {yaml_text(os.path.relpath(each.file, folder))}",
        "  columns:",
    ]
    for name, source in each.columns.items():
        told = [f"from: {yaml_text(source)}"]
        note = ""
        if name in each.words:
            known = {word: meant for word, meant in each.words[name].items() if meant}
            if known:
                pairs = ", ".join(f"{yaml_text(word)}: {meant}" for word, meant in known.items())
                told.append(f"values: {{{pairs}}}")
                note = "  # guessed"
            open_words = [word for word, meant in each.words[name].items() if not meant]
            if open_words:
                note = f"  # say what these mean: {', '.join(open_words)}"
        if name in each.formats:
            note = f"  # can be read in two ways: write {{from: …, format: {each.formats[name]}}}"
        value = yaml_text(source) if len(told) == 1 else f"{{{', '.join(told)}}}"
        lines.append(f"    {name}: {value}{note}")
    for name in each.missing:
        if name == "currency" and each.currency:
            lines.append(f"    currency: {{value: {each.currency}}}  # guessed from signs")
        else:
            lines.append(
                f"    # {name}: needed, and no column is called so. Write its name, or {{value: …}}"
            )
    return lines


def propose(source: str, folder: pathlib.Path) -> tuple[str, list[str]]:
    """The text of columns.yml, and what is said about it."""
    synonyms = rows_of("column_synonyms.csv")
    tables = [contracts.landing_table(seed, "raw") for seed in contracts.seeds("raw")]
    found = sorted(
        str(file)
        for file in (
            [pathlib.Path(source)] if os.path.isfile(source) else pathlib.Path(source).rglob("*")
        )
        if file.is_file() and landing_files.is_export(str(file)) and file.name[0] != "."
    )
    said, chosen = [], {}
    with duckdb.connect() as connection:
        for file in found:
            try:
                content = landing_files.content_of_export(connection, file, option=landing.QUIET)
            except landing.Problem as problem:
                said.append(f"  not read: {problem}")
                continue
            each = best(tables, file, content, synonyms)
            if each is None:
                said.append(f"  {file}: like no raw table. Its columns: {content.names()}")
            elif each.name in chosen and chosen[each.name][0].share >= each.share:
                said.append(
                    f"  {file}: {each.name}, as {chosen[each.name][0].file}: only one is taken"
                )
            else:
                chosen[each.name] = (each, content)
        for each, content in chosen.values():
            look_at_values(connection, each, content)
    lines = [
        "# Proposed by make map from names and values. Look at each line, above all at those that are guessed."
    ]
    for name in sorted(chosen):
        each = chosen[name][0]
        lines += ["", *lines_of(each, folder)]
        said.append(f"  {name:<28} {os.path.relpath(each.file, folder)}")
        said.append(
            f"      mapped: {', '.join(f'{key} <- {value}' for key, value in each.columns.items())}"
        )
        if each.missing:
            said.append(f"      missing: {', '.join(each.missing)}")
        guessed = [*each.words, *(["currency"] if each.currency else [])]
        if each.formats:
            said.append(
                f"      can be read in two ways: {', '.join(f'{key} ({value})' for key, value in each.formats.items())}"
            )
        if guessed:
            said.append(f"      guessed, look at: {', '.join(guessed)}")
        if each.unused:
            said.append(f"      not used: {', '.join(each.unused)}")
    if not found:
        said.append(
            f"  {source} holds no file that can be read ({', '.join(landing_files.EXPORTS)})."
        )
    return ("\n".join(lines) + "\n" if chosen else ""), said


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", default="")
    parser.add_argument("--to", default="")
    arguments = parser.parse_args()
    source = arguments.source
    if not source:
        print("Say where the exports are: make map FROM=exports/")
        return 1
    if not os.path.exists(source):
        print(
            f"{source} does not exist (looked for from {os.getcwd()}). Set FROM to the folder of the exports."
        )
        return 1
    own = source if os.path.isdir(source) else os.path.dirname(source) or "."
    folder = pathlib.Path(arguments.to or os.environ.get("GROUNDWORK_RAW") or own)
    text, said = propose(source, folder)
    print("\n".join(["", f"Exports: {source}", *said, ""]))
    if not text:
        print("Nothing could be mapped, and nothing is written.")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / landing.mapping.NAME
    if file.exists():
        file = folder / "columns.proposed.yml"
        print(f"{folder / landing.mapping.NAME} is there and stays as it is.")
    file.write_text(text, encoding="utf-8")
    print(f"Written: {file}. Next: look at it, then GROUNDWORK_RAW={folder} make doctor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
