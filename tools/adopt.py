"""`make adopt`: fills raw tables from the exports of a system: SYSTEM=shopify FROM=exports/ TO=my_data.

Finds the exports in FROM by their columns, writes the adapter's `.sql` files of adapters/<system>/ into TO with paths
and column names filled in, runs doctor, and says what is mapped, what is missing, and what the totals are, so that they
can be compared with the system's own report. Two systems that fill the same table are joined in one file. What
somebody has changed or brought himself is never overwritten: adopt knows its own files by TO/.adopted.
"""

import argparse
import contextlib
import csv
import difflib
import functools
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, field

import duckdb
import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import adopted_totals  # noqa: E402
import landing  # noqa: E402
import landing_files  # noqa: E402
import landing_sql  # noqa: E402

ADAPTERS = PROJECT / "adapters"
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xls")
KEPT = ".adopted"


class Refused(Exception):
    """Nothing was written; the message says why, and what to do."""


@dataclass
class ExportFile:
    """A file of FROM: its path as SQL reads it, its columns, and a few of its rows; or why it cannot be read."""

    path: str
    columns: list[str] = field(default_factory=list)
    rows: list[tuple] = field(default_factory=list)
    has_header: bool = True
    problem: str = ""


def plain(name: str) -> str:
    """A column's name, so that the same heading compares alike however it was typed."""
    name = re.sub(
        r"[\s_]+", " ", unicodedata.normalize("NFC", name).lstrip("\ufeff").strip()
    ).casefold()
    return re.sub(r" ?[(\[](원|₩|krw|usd|\$)[)\]]$", "", name)


def is_alias(alias: str, column: str) -> bool:
    if alias.startswith("/") and alias.endswith("/"):
        return bool(re.fullmatch(alias[1:-1], column.strip()))
    return plain(alias) == plain(column)


def found_columns(export: dict, name: str, columns: list[str]) -> list[str]:
    """The file's columns that are one of the adapter's, by the order of its aliases."""
    return list(
        dict.fromkeys(
            column
            for alias in export["columns"][name]
            for column in columns
            if is_alias(alias, column)
        )
    )


def shown(export: dict, names: list[str]) -> str:
    """Columns of the adapter by the name that most exports give them."""
    aliases = [export["columns"][name][0] for name in names]
    return ", ".join(re.sub(r"\\|\(\[A-Z\]\{3\}\\?\)|[/]", "", alias).strip() for alias in aliases)


@functools.cache
def adapter_of(system: str) -> dict:
    return read_yaml(ADAPTERS / system / "adapter.yml")


def read_yaml(file: pathlib.Path) -> dict:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)


def systems() -> list[str]:
    return sorted(file.parent.name for file in ADAPTERS.glob("*/adapter.yml"))


def check_system(system: str) -> None:
    if system in systems():
        return
    near = difflib.get_close_matches(re.sub(r"[\W]+", "_", system.lower()), systems(), 1, 0.5)
    near = near or [name for name in systems() if system and system.lower() in name][:1]
    meant = f" Did you mean {near[0]}?" if near else ""
    raise Refused(
        f"There is no adapter {system or '(SYSTEM is empty)'}.{meant} There are: {', '.join(systems())}."
    )


def files_in(source: str, target: str) -> list[str]:
    """The data files of FROM and its subfolders, and not those of TO."""
    if not source:
        raise Refused(
            "FROM is empty. Name the folder of your exports: make adopt SYSTEM=… FROM=exports TO=my_data."
        )
    if re.search(r"[*?\[\]]", source):
        raise Refused(
            f"{source} has one of * ? [ ] in its path, which DuckDB reads as a pattern. Rename the folder."
        )
    if not os.path.exists(source):
        raise Refused(
            f"FROM={source} does not exist (looked for from {os.getcwd()}). Name the folder of your exports."
        )
    if os.path.isfile(source):
        return [source]
    if os.path.exists(target) and os.path.samefile(source, target):
        raise Refused(
            f"FROM and TO are the same folder, {source}. Keep the exports in a folder of their own: "
            "what is in TO counts as raw tables."
        )
    away = os.path.abspath(target) + os.sep
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(source)
        if not f"{os.path.abspath(folder)}{os.sep}".startswith(away)
        and "/." not in folder.replace(source, "", 1)
        for name in names
        if kind_of(name) in ENDINGS and name[0] not in ".~"
    ]
    if not found:
        held = sorted(os.listdir(source))
        has = f"It has: {', '.join(held[:10])}." if held else "It is empty."
        raise Refused(
            f"FROM={source} holds no export: no file that ends in {', '.join(ENDINGS)} (or one of them and .gz). {has}"
        )
    return sorted(found)


def kind_of(name: str) -> str:
    return pathlib.PurePath(re.sub(r"\.gz$", "", name.lower())).suffix


def read_file(
    connection: duckdb.DuckDBPyConnection, path: str, headers: list[list[str]]
) -> ExportFile:
    """What is in a file. `headers` are those of files that come without one, by their number of columns."""
    for header in headers:
        lines = without_header(path, header)
        if lines:
            return ExportFile(path, header, lines, has_header=False)
    try:
        content = landing_files.content_of_export(connection, path)
        rows = connection.execute(f"{landing_sql.text_select(path, content)} limit 50").fetchall()
    except (landing.Problem, duckdb.Error, OSError) as problem:
        return ExportFile(path, problem=str(problem).split("\n")[0])
    return ExportFile(path, [column.name for column in content.columns.values()], rows)


def without_header(path: str, header: list[str]) -> list[tuple]:
    """The first rows of a file of tabs that has as many columns as `header`, and none of its names."""
    import gzip

    if kind_of(path) not in (".tsv", ".txt", ".csv", "") and "." in pathlib.Path(path).name:
        return []
    opener = gzip.open if path.lower().endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="replace") as opened:
            lines = [
                line.rstrip("\r\n").split("\t") for _, line in zip(range(20), opened, strict=False)
            ]
    except OSError:
        return []
    fits = lines and all(len(line) == len(header) for line in lines)
    return [tuple(line) for line in lines] if fits and header[0] not in lines[0] else []


def fitting(export: dict, file: ExportFile) -> tuple[bool, int]:
    """Whether a file is of this export, and how many of its columns the adapter reads."""
    if any(is_alias(alias, column) for alias in export.get("lacks", []) for column in file.columns):
        return False, 0
    known = [name for name in export["columns"] if found_columns(export, name, file.columns)]
    if not set(export["needed"]) <= set(known):
        return False, len(known)
    for name, pattern in export.get("values", {}).items():
        place = file.columns.index(found_columns(export, name, file.columns)[0])
        values = [str(row[place]) for row in file.rows if row[place] not in (None, "")]
        if values and not any(re.fullmatch(pattern, value) for value in values):
            return False, len(known)
    return True, len(known)


def recognised(
    adapter: dict, files: list[ExportFile]
) -> tuple[dict[str, list[ExportFile]], list[ExportFile]]:
    """{export: its files}, and the files that are of none. Of several exports that fit, the one whose name the file
    bears, or else the one that reads most of its columns."""
    found: dict[str, list[ExportFile]] = {name: [] for name in adapter["exports"]}
    others = []
    for file in files:
        fits = {
            name: count
            for name, export in adapter["exports"].items()
            for is_one, count in [fitting(export, file)]
            if is_one
        }
        if not fits:
            others.append(file)
            continue
        bears = [name for name in fits if name.rstrip("s") in plain(pathlib.Path(file.path).name)]
        found[max(fits, key=lambda name: (name in bears, fits[name]))].append(file)
    return found, others


def globs_of(files: list[ExportFile], all_paths: list[str]) -> list[tuple[str, list[ExportFile]]]:
    """Patterns that find these files, each once, and further exports of the same name: orders_export_*.csv. A pattern
    that would take a file of another kind with it is not used."""
    own = {file.path: file for file in files}
    root = os.path.commonpath([os.path.dirname(path) or "." for path in all_paths])
    taken: set[str] = set()
    groups = []
    finds = {
        pattern: set(glob.glob(pattern))
        for pattern in dict.fromkeys(loose_pattern(path, root) for path in own)
    }
    for pattern in sorted(finds, key=lambda pattern: (-len(finds[pattern]), pattern)):
        if finds[pattern] and finds[pattern] <= set(own) and not finds[pattern] & taken:
            groups.append((pattern, [own[path] for path in sorted(finds[pattern])]))
            taken |= finds[pattern]
    return groups + [(path, [own[path]]) for path in sorted(set(own) - taken)]


def loose_pattern(path: str, root: str) -> str:
    """The name of an export without what changes from one to the next: days, numbers, and (1). Folders below the root
    that all exports have in common may differ in their numbers, too."""
    folder, name = os.path.split(path)
    stem, ending = re.fullmatch(r"(.+?)((?:[.][a-z][a-z0-9]*)+|)", name, re.IGNORECASE).groups()
    loose = re.sub(r"[*]+", "*", re.sub(r"\d+([-_. ]?\d+)*|\s*\(\d+\)$", "*", stem) + "*")
    if not loose.strip("*_- "):
        loose = "[0-9]*"
    if os.path.relpath(folder or ".", root or ".") != ".":
        parent, last = os.path.split(folder)
        folder = os.path.join(parent, re.sub(r"\d+([-_]\d+)*", "*", last))
    return os.path.join(folder, loose + ending)


def one_pattern(export: dict, pattern: str, files: list[ExportFile]) -> str:
    """SQL that selects an export's columns, by the adapter's names, from the files of one pattern."""
    columns = list(dict.fromkeys(column for file in files for column in file.columns))
    lines = []
    for name in export["columns"]:
        found = found_columns(export, name, columns)
        texts = [
            f"nullif(trim(\"{column.replace(chr(34), chr(34) * 2)}\"), '')" for column in found
        ]
        if not found:
            lines.append(f"cast(null as varchar) as {name}")
        elif len(found) == 1:
            lines.append(f"{texts[0]} as {name}")
        else:
            lines.append(f"coalesce({', '.join(texts)}) as {name}")
        if any(alias.startswith("/") for alias in export["columns"][name]):
            named = [
                (text, match.group(1))
                for column, text in zip(found, texts, strict=True)
                for alias in export["columns"][name]
                if alias.startswith("/") and (match := re.fullmatch(alias[1:-1], column.strip()))
            ]
            cases = " ".join(
                f"when {text} is not null then '{currency}'" for text, currency in named
            )
            lines.append(
                f"{f'case {cases} end' if named else 'cast(null as varchar)'} as {name}_currency"
            )
    if files[0].has_header:
        reader = f"read_export({landing.quoted(pattern)}, filename := 1)"
    else:
        names = ", ".join(f"'{column}'" for column in files[0].columns)
        reader = (
            f"read_csv(\n        {landing.quoted(pattern)}, delim = '\\t', header = false, quote = '', escape = '', "
            f"all_varchar = true, filename = true,\n        names = [{names}]\n    )"
        )
    lines.append("filename as _file")
    return "select\n    " + ",\n    ".join(lines) + f"\nfrom {reader}"


def select_of(export: dict, files: list[ExportFile], all_paths: list[str]) -> str:
    """SQL that selects an export: of a row that several exports hold, what the newest of them says. Without any file
    it selects nothing."""
    if not files:
        empty = [f"cast(null as varchar) as {name}" for name in export["columns"]]
        empty += [
            f"cast(null as varchar) as {name}_currency"
            for name, aliases in export["columns"].items()
            if any(alias.startswith("/") for alias in aliases)
        ]
        return (
            "-- No such export was found.\nselect\n    " + ",\n    ".join(empty) + "\nwhere false"
        )
    parts = [one_pattern(export, pattern, group) for pattern, group in globs_of(files, all_paths)]
    read = "\nunion all by name\n".join(parts)
    once = export.get("once")
    if not once:
        return read
    order = [f"{value} desc nulls last" for value in once["newer"]]
    return (
        f"with read as (\n{indented(read)}\n),\n\n"
        # No window of max(): DuckDB 1.5.6 may crash when it puts away the texts of one over whole partitions.
        f"files as (\n    select\n        _file as _of_file,\n        max({once['day']}) as _last_day\n"
        "    from read\n    group by _file\n),\n\n"
        "dated as (\n    select *\n    from read\n    inner join files\n        on read._file = files._of_file\n),\n\n"
        "-- What several exports hold counts once, as the newest says.\n"
        "compared as (\n    select\n        *,\n        first_value(_file) over (\n"
        f"            partition by {once['key']}\n"
        f"            order by {', '.join([*order, '_last_day desc nulls last', '_file desc'])}\n"
        "        ) as _newest_file\n    from dated\n)\n\n"
        "select * from compared where _file = _newest_file"
    )


def indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.split("\n"))


def click_ids() -> str:
    """The parameters of links that are click ids, as a part of a pattern."""
    with open(PROJECT / "seeds" / "reference" / "click_ids.csv", encoding="utf-8") as opened:
        return "|".join(
            row["parameter"] for row in csv.DictReader(opened) if row["parameter"] != "click_id"
        )


@functools.cache
def settings() -> dict:
    return read_yaml(PROJECT / "vars.yml")["vars"]


def country_of(currency: str) -> str:
    """A country of a currency: the first two of its letters; of the euro the largest."""
    return "DE" if currency == "EUR" else currency[:2]


def filled(text: str, words: dict[str, str]) -> str:
    """A template with {name} replaced; a text of several lines is indented as its place is."""

    def replaced(match: re.Match) -> str:
        if match[2] not in words:
            return match[0]
        text = words[match[2]]
        return re.sub(r"^(?=.)", match[1], text, flags=re.MULTILINE) if match[1] else text

    return re.sub(r"(^[ ]*|)\{(\w+)\}", replaced, text, flags=re.MULTILINE)


def is_filled(needs: list, found: dict[str, list]) -> bool:
    return all(
        any(found[name] for name in need) if isinstance(need, list) else bool(found[need])
        for need in needs
    )


@dataclass
class Adopted:
    """What was done for one system: parts of tables by name, and what to say."""

    system: str
    parts: dict[str, str]
    lines: list[str]


def adopt(system: str, source: str, files: list[ExportFile]) -> Adopted:
    """The SQL of the tables that a system's exports fill, and what to say of them."""
    adapter = adapter_of(system)
    exports = adapter["exports"]
    paths = [file.path for file in files]
    found, others = recognised(adapter, files)
    if not any(found.values()):
        raise Refused(not_found(adapter, system, source, others))
    currency, assumption = currency_of(exports, found)
    words = {name: select_of(export, found[name], paths) for name, export in exports.items()}
    words |= {
        "reporting_currency": currency,
        "home_country": country_of(currency),
        "click_ids": click_ids(),
    }
    words["cost_unit"] = str(cost_unit(exports, found))
    parts = {
        table: filled((ADAPTERS / system / f"{table}.sql").read_text(encoding="utf-8"), words)
        for table, needs in adapter["fills"].items()
        if is_filled(needs, found)
    }
    lines = lines_on_exports(adapter, found, others, parts)
    return Adopted(system, parts, [*lines, f"  {assumption}"] if assumption else lines)


SIGNS = {"원": "KRW", "₩": "KRW", "￦": "KRW", "$": "USD", "€": "EUR", "£": "GBP", "円": "JPY"}


def currency_of(exports: dict, found: dict[str, list[ExportFile]]) -> tuple[str, str]:
    """The currency of exports that name none, and what to say of it: that of signs beside amounts or in headings, won
    where the headings are Korean, else the reporting currency."""
    currency = settings()["reporting_currency"]
    unnamed = [
        file
        for name, export in exports.items()
        if "currency" in export["columns"]
        for file in found[name]
        if not found_columns(export, "currency", file.columns)
        and not any(re.fullmatch(r".*\(([A-Z]{3})\)", column) for column in file.columns)
    ]
    if not unnamed:
        return currency, ""
    file = unnamed[0]
    texts = [
        value
        for row in file.rows
        for value in row
        if isinstance(value, str) and re.search(r"\d", value)
    ]
    amounts = [text for text in texts if re.fullmatch(r"[-(]?\D{0,3}[\d,.]+\s?\D{0,2}", text)]
    for sign, code in SIGNS.items():
        if any(sign in text for text in amounts) or any(
            f"({sign})" in column for column in file.columns
        ):
            return (
                code,
                f"No currency in {file.path}: every amount is taken to be in {code}, as {sign} says",
            )
    if any(re.search("[가-힣]", column) for column in file.columns):
        return (
            "KRW",
            f"No currency in {file.path}: every amount is taken to be in KRW, as the headings are Korean",
        )
    return (
        currency,
        f"No currency in {file.path}: every amount is taken to be in {currency} (reporting_currency)",
    )


def cost_unit(exports: dict, found: dict[str, list[ExportFile]]) -> int:
    """1,000,000 where costs come in millionths."""
    return max(
        (
            1_000_000
            for name, export in exports.items()
            for file in found[name]
            if export.get("is_micros") in file.columns
        ),
        default=1,
    )


def not_found(adapter: dict, system: str, source: str, files: list[ExportFile]) -> str:
    """Which columns were looked for, and which file is nearest."""
    looked = "; ".join(
        f"{export['what']} with {shown(export, export['needed'])}"
        for export in adapter["exports"].values()
        if not export.get("is_optional")
    )
    said = f"{source} holds no export of {system}. Looked for {looked}."
    nearest = None
    for file in files:
        for export in adapter["exports"].values():
            lacks = [
                name for name in export["needed"] if not found_columns(export, name, file.columns)
            ]
            score = (len(export["needed"]) - len(lacks)) / len(export["needed"])
            if file.columns and (nearest is None or score > nearest[0]):
                nearest = (score, file, export, lacks)
    unread = [f"{file.path}: {file.problem}" for file in files if file.problem]
    if nearest and nearest[0] > 0:
        _, file, export, lacks = nearest
        columns = ", ".join(file.columns[:12]) + " …" * (len(file.columns) > 12)
        why = (
            f"it lacks {shown(export, lacks)}"
            if lacks
            else "its values or further columns are of another table"
        )
        said += f" Nearest is {file.path} ({export['what']}): {why}. It has: {columns}."
    elif others := [file for file in files if not file.problem]:
        said += f" Nothing there is like it: {', '.join(file.path for file in others[:5])}."
    other_systems = [
        name
        for name in systems()
        if name != system
        and any(recognised(adapter_of(name), [file])[1] == [] for file in files if file.columns)
    ]
    if other_systems:
        said += f" There are exports of {', '.join(other_systems)}."
    return said + (f" Not readable: {'; '.join(unread[:3])}" if unread else "")


def lines_on_exports(adapter, found, others, parts) -> list[str]:
    lines = ["", "Mapped"]
    for name, export in adapter["exports"].items():
        files = found[name]
        if not files:
            continue
        named = ", ".join(file.path for file in files[:4]) + (
            f" and {len(files) - 4} more" if len(files) > 4 else ""
        )
        lines.append(f"  {export['what']}: {named}")
        columns = list(dict.fromkeys(column for file in files for column in file.columns))
        for column in export["columns"]:
            if not found_columns(export, column, columns) and column in export.get("without", {}):
                lines.append(f"      lacks {shown(export, [column])}: {export['without'][column]}")
    lines.append(f"  They fill {', '.join(parts) or 'nothing'}")
    missing = [(name, export) for name, export in adapter["exports"].items() if not found[name]]
    empty = [table for table in adapter["fills"] if table not in parts]
    if missing:
        lines += ["", "Missing"]
        for _, export in missing:
            cost = export.get("is_optional") or "it is needed"
            lines.append(f"  {export['what']} (columns {shown(export, export['needed'])}): {cost}")
    if empty:
        lines.append(f"  Not filled for want of them: {', '.join(empty)}")
    unread = [file for file in others if file.problem]
    alone = [file.path for file in others if not file.problem]
    if alone:
        more = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
        lines += ["", f"Not of this system, left alone: {', '.join(alone[:5])}{more}"]
    if unread:
        lines += ["", "Not readable", *(f"  {file.path}: {file.problem}" for file in unread)]
    return lines


def hash_of(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Target:
    """The folder TO: what adopt wrote there before, and what of it is still as it was."""

    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)
        self.kept = self.folder / KEPT
        state = self.kept / "state.json"
        self.hashes: dict[str, str] = {}
        # A state that cannot be read makes every file somebody else's: none is overwritten.
        with contextlib.suppress(OSError, ValueError):
            self.hashes = json.loads(state.read_text("utf-8"))
        self.lines: list[str] = []

    def parts(self) -> dict[str, dict[str, str]]:
        """{table: {system: SQL}} of all systems that were adopted."""
        found: dict[str, dict[str, str]] = {}
        for file in sorted(self.kept.glob("*/*.sql")):
            found.setdefault(file.stem, {})[file.parent.name] = file.read_text(encoding="utf-8")
        return found

    def keep(self, adopted: Adopted) -> None:
        """Remembers a system's parts, in place of what it had before."""
        shutil.rmtree(self.kept / adopted.system, ignore_errors=True)
        (self.kept / adopted.system).mkdir(parents=True)
        for table, text in adopted.parts.items():
            (self.kept / adopted.system / f"{table}.sql").write_text(text, encoding="utf-8")

    def write(self, name: str, text: str) -> bool:
        """Writes a file of TO unless somebody else's is there; True when it is as adopt wants it."""
        file = self.folder / name
        stem = name.rsplit(".", 1)[0]
        others = [other.name for other in self.folder.glob(f"{stem}.*") if other.name != name]
        if others:
            self.lines.append(
                f"  {self.folder / others[0]} is yours and stays. What adopt would add is {self.kept / 'wanted' / name}"
            )
        elif self.is_of_somebody_else(file, text):
            self.lines.append(
                f"  {file} was not written by adopt, or was changed since: it stays. "
                f"What adopt would write is {self.kept / 'wanted' / name}; take it over, or delete {file} and run again"
            )
        else:
            temporary = self.kept / f"{name}.tmp"
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(file)
            self.hashes[name] = hash_of(text)
            return True
        (self.kept / "wanted").mkdir(exist_ok=True)
        (self.kept / "wanted" / name).write_text(text, encoding="utf-8")
        return False

    def is_of_somebody_else(self, file: pathlib.Path, text: str) -> bool:
        there = file.read_text("utf-8") if file.exists() else text
        return there != text and hash_of(there) != self.hashes.get(file.name)

    def save(self) -> None:
        temporary = self.kept / "state.json.tmp"
        temporary.write_text(json.dumps(self.hashes, indent=1, sort_keys=True), encoding="utf-8")
        temporary.replace(self.kept / "state.json")


def together(table: str, parts: dict[str, str]) -> str:
    """The select of a table that one system fills, or several."""
    names = " and ".join(parts)
    head = f"-- {table}, written by make adopt from {names}. If you change it, adopt leaves it as it is.\n"
    if len(parts) == 1:
        return head + next(iter(parts.values()))
    selects = [
        f"select * from (\n{indented(text.rstrip())}\n) as {system}"
        for system, text in parts.items()
    ]
    return head + "\nunion all by name\n".join(selects) + "\n"


def tracking_plan(target: Target, connection, sql: str, adopted_systems: list[str]) -> None:
    """Writes a plan of the events that there are: what the adapters know of them, else no activity."""
    known: dict[str, dict] = {}
    for system in adopted_systems:
        plan = adapter_of(system).get("tracking_plan")
        if plan:
            with open(ADAPTERS / system / plan, encoding="utf-8") as opened:
                known |= {row["event_name"]: row for row in csv.DictReader(opened)}
    names = [
        name
        for (name,) in connection.execute(
            f"select distinct event_name from {sql} where event_name is not null order by 1"
        ).fetchall()
    ]
    lines = ["event_name,property_name,property_type,is_required,owner,is_activity,is_conversion"]
    for name in names:
        row = known.get(name, {"is_activity": "false", "is_conversion": "false"})
        quoted = '"' + name.replace('"', '""') + '"' if re.search(r'[",\n]', name) else name
        lines.append(f"{quoted},,,false,product,{row['is_activity']},{row['is_conversion']}")
    unknown = [name for name in names if name not in known]
    if target.write("reference__tracking_plan.csv", "\n".join(lines) + "\n") and unknown:
        target.lines.append(
            f"  {target.folder / 'reference__tracking_plan.csv'} plans {len(names)} events. "
            f"Say there which of these are activity or a conversion: {', '.join(unknown[:10])}"
        )


def doubled(connection, table: str, parts: dict[str, str], key: list[str]) -> str:
    """What to say of keys that two systems give to the same table; '' when there are none. `parts` names where each
    system's rows are."""
    if len(parts) < 2:
        return ""
    counted = " union all ".join(
        f"select distinct {', '.join(key)}, '{system}' as system from {reader}"
        for system, reader in parts.items()
    )
    count, example = connection.execute(
        f"select count(*), min({key[0]}) from "
        f"(select {', '.join(key)} from ({counted}) group by all having count(*) > 1)"
    ).fetchone()
    if not count:
        return ""
    return (
        f"  {table}: {count:,} keys come from {' and '.join(parts)} alike, for example {example}: each counts once, "
        "as the last version says. Where they are not the same, put a prefix before one in its .sql"
    )


def read_part(connection, file: str, name: str) -> None:
    """Reads a select into a table of this name; a Problem says what is wrong with it."""
    select = landing_sql.read_select(connection, file)
    statement = "select * from (\n"
    try:
        connection.execute(f"create or replace temp table {name} as {statement}{select.text}\n)")
    except duckdb.Error as error:
        problem = landing_sql.run_error(
            connection, f"{statement}{select.text}\n)", select, len(statement)
        )
        raise problem or landing.Problem(
            f"{file} cannot be read: {str(error).splitlines()[0]}"
        ) from error


def run(
    systems_asked: list[str],
    source: str,
    target_folder: str,
    with_doctor: bool = True,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> tuple[list[str], bool]:
    """Adopts the systems into TO; all that is to be said, and whether a build would stop. What each system gives a
    table is then in the connection, as <system>__<table>."""
    for system in systems_asked:
        check_system(system)
    if not target_folder:
        raise Refused(
            "TO is empty. Name the folder of your raw tables: make adopt SYSTEM=… FROM=exports TO=my_data."
        )
    if os.path.isfile(target_folder):
        raise Refused(f"TO={target_folder} is a file. Name a folder.")
    connection = connection or duckdb.connect()
    headers = [
        export["header"].split()
        for system in systems_asked
        for export in adapter_of(system)["exports"].values()
        if "header" in export
    ]
    files = [read_file(connection, path, headers) for path in files_in(source, target_folder)]
    done = [adopt(system, source, files) for system in systems_asked]
    target = Target(target_folder)
    target.kept.mkdir(parents=True, exist_ok=True)
    for adopted in done:
        target.keep(adopted)
    shutil.rmtree(target.kept / "wanted", ignore_errors=True)
    lines = []
    for adopted in done:
        lines += ["", f"{adopter_title(adopted.system)}", *adopted.lines[1:]]
    for table, parts in target.parts().items():
        target.write(f"{table}.sql", together(table, parts))
        if len(parts) > 1:
            target.lines.append(
                f"  {target.folder / table}.sql holds {' and '.join(parts)}, one below the other (union all by name)"
            )
    readers, problems = {}, []
    for table, parts in target.parts().items():
        readers[table] = {}
        for system in parts:
            name = f"{system}__{table}"
            try:
                read_part(connection, str(target.kept / system / f"{table}.sql"), name)
                readers[table][system] = name
            except landing.Problem as problem:
                problems.append(f"  {problem}")
    for table, parts in readers.items():
        key = adopted_totals.KEYS.get(table)
        if key and (said := doubled(connection, table, parts, key)):
            target.lines.append(said)
    if any(readers.get("events__events", {}).values()):
        events = readers["events__events"]
        every = " union all ".join(f"select event_name from {reader}" for reader in events.values())
        tracking_plan(target, connection, f"({every})", list(events))
    target.save()
    if target.lines:
        lines += ["", f"In {target_folder}", *target.lines]
    for adopted in done:
        own = {
            table: parts[adopted.system]
            for table, parts in readers.items()
            if adopted.system in parts
        }
        lines += ["", f"Totals of {adopted.system}, to compare with its own report"]
        lines += adopted_totals.lines(adopted_totals.totals(connection, own, settings()))
    lines += ["", *(["These cannot be read:", *problems, ""] if problems else [])]
    code, said = doctor(target_folder) if with_doctor else (0, [])
    return [*lines, *said], bool(code or problems)


def adopter_title(system: str) -> str:
    return f"{system}: {adapter_of(system)['title']}"


def doctor(folder: str) -> tuple[int, list[str]]:
    """What make doctor says of the folder."""
    environment = os.environ | {
        "GROUNDWORK_RAW": folder,
        "GROUNDWORK_DB": f"{folder}/{KEPT}/none.duckdb",
    }
    done = subprocess.run(
        [sys.executable, PROJECT / "tools" / "doctor.py"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    text = (done.stdout or done.stderr).strip()
    text = re.sub(r"\n*There is no build yet.*$", "", text)
    return done.returncode, ["make doctor says", *(f"  {line}" for line in text.split("\n"))]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--system", default="")
    parser.add_argument("--from", dest="source", default="")
    parser.add_argument("--to", dest="target", default="")
    given = parser.parse_args()
    names = [name.strip() for name in given.system.split(",") if name.strip()] or [""]
    try:
        lines, stops = run(
            names,
            given.source.rstrip("/") or given.source,
            given.target.rstrip("/") or given.target,
        )
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except duckdb.Error as error:
        print(f"An export cannot be read: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. Run it again: what was written is whole.", file=sys.stderr)
        return 130
    except OSError as error:
        print(
            f"{error.filename or given.target}: {error.strerror}. Nothing more was written.",
            file=sys.stderr,
        )
        return 2
    print("\n".join(lines))
    if not stops:
        print(
            f"\nNext: export GROUNDWORK_RAW={given.target} GROUNDWORK_DB=my_company.duckdb; make build"
        )
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main())
