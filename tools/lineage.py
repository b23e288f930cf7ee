"""Holds what is personal where it belongs: `python tools/lineage.py` fails when a value of a raw column with a personal
class reaches a table, a board or an analysis that it must not reach, and prints the way it went.

It reads what dbt compiled (the folder of the last build), not the database. Every whole build ends with it, `make
publish` begins with it. What it allows is in docs/privacy.md; exceptions are seeds/reference/privacy_breakers.csv.
"""

import argparse
import ast
import csv
import gc
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from built import target_folder  # noqa: E402
from contracts import DELETED_COLUMN, DIRECT, LOADER, PSEUDONYMS  # noqa: E402
from manifest import read_manifest  # noqa: E402
from value_flow import NOTHING, ONE_ROW, REST, CannotFollow, Columns, Flow, Source, Values  # noqa: E402

# Where the values themselves may be.
HOMES = {"raw", "staging", "vault"}
# Tables of the warehouse that hooks keep of the project itself, by no ref().
OWN_TABLES = {
    *("staging.as_of", "staging.raw_coverage"),
    *("raw.landed_files", "raw.landed_days", "raw.landed_assumptions"),
    *("raw.built_settings", "raw.kept_inputs", "raw.settings_of_the_run"),
    *("raw.kept_changes", "raw.taken_changes"),
    *("raw.erased_rows", "raw.erasure_receipts"),
    *("information_schema.tables", "information_schema.columns"),
}
# What may run before and after models. A new hook is read by a person, and then added here.
OWN_HOOKS = {
    *("forget_changed", "forget_changed_in", "forget_changed_rows", "forget_changed_measures"),
    "stop_beyond_tolerance",
    *(
        "stop_at_unknown_areas",
        "begin_run",
        "land_files",
        "end_run",
        "keep_the_other_metrics",
        "forget_taken_changes",
        "stop_at_leaks",
    ),
}
MATERIALIZATIONS = {"view", "table", "incremental", "ephemeral", "seed", "snapshot"}
# By these a Python model would read what it does not name by dbt.ref().
READERS = {"open", "eval", "exec", "__import__", "globals", "getattr", "compile"}
METHODS_THAT_READ = {
    "query",
    "sql",
    "execute",
    "read_csv",
    "read_parquet",
    "read_json",
    "from_query",
}
MODULES_THAT_READ = {
    *(
        "duckdb",
        "os",
        "io",
        "pathlib",
        "subprocess",
        "socket",
        "urllib",
        "http",
        "requests",
        "sqlite3",
        "importlib",
    ),
    *("psycopg", "pymysql", "shutil", "pickle", "glob"),
}
BREAKERS = {"band", "count", "keyed", "declared"}
UNREADABLE = "_unreadable_line"
# In a row of privacy_breakers: every column of the table.
ALL = "*"
REF = r"\{\{-?\s*ref\(\s*['\"](\w+)['\"]\s*\)\s*-?\}\}"
NAMED_IN_TEXT = rf"(?i)\b(?:{'|'.join(sorted(HOMES))})\b[\"']?\s*\.\s*[\"']?\w+"
TABLE_NAME = r'"?\b(\w+)\b"?\."?\b(?=(\w+)\b)'


@dataclass
class Node:
    """One thing that holds values: a table, or a query whose rows somebody sees."""

    name: str
    kind: str
    parents: list[str] = field(default_factory=list)
    sql: str | None = None
    columns: list[str] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    hooks: list[str] = field(default_factory=list)
    materialized: str = "table"
    written: str = ""

    @property
    def schema(self) -> str:
        return self.name.split(".")[0]

    @property
    def is_home(self) -> bool:
        return self.kind in ("table", "python") and self.schema in HOMES

    @property
    def is_shown(self) -> bool:
        """Whether people see its rows: a board, an analysis, a table of metrics or of the morning report."""
        return self.kind in ("board", "analysis") or self.schema == "metrics"


@dataclass
class Found:
    """Columns by node, ways of values between them, and what cannot be followed."""

    columns: dict[str, Columns] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)
    ways: dict[Source, dict[Source, Source | None]] = field(default_factory=dict)
    classes: dict[Source, str] = field(default_factory=dict)

    def path(self, column: Source, origin: Source) -> str:
        """raw.… -> staging.… -> …"""
        steps, at = [], column
        while at is not None:
            steps.append(".".join(at))
            at = self.ways[at].get(origin)
        return " -> ".join(reversed(steps))


# ---- From the project ------------------------------------------------------


def nodes_of_project(manifest: dict, compiled: Path) -> list[Node]:
    """All that holds or shows values, each after what it reads."""
    named = {
        unique_id: f"{node['schema']}.{node.get('alias') or node['name']}".lower()
        for unique_id, node in (manifest["nodes"] | manifest.get("sources", {})).items()
        if node["resource_type"] in ("model", "seed", "snapshot", "source")
    }
    found = []
    for unique_id, node in (manifest["nodes"] | manifest.get("sources", {})).items():
        if unique_id not in named:
            continue
        columns = {name.lower(): classed(column) for name, column in node["columns"].items()}
        if node["resource_type"] == "seed" and node["name"].startswith("raw_"):
            columns |= {UNREADABLE: "free_text", DELETED_COLUMN["name"]: ""}
        kind = "python" if node.get("language") == "python" else "table"
        is_made = node["resource_type"] in ("model", "snapshot") and kind == "table"
        config = node.get("config", {})
        found.append(
            Node(
                name=named[unique_id],
                kind=kind,
                parents=[
                    named[p] for p in node.get("depends_on", {}).get("nodes", []) if p in named
                ],
                sql=compiled_sql(node, compiled) if is_made else None,
                columns=list(columns),
                classes={name: of for name, of in columns.items() if of},
                hooks=[
                    hook["sql"]
                    for when in ("pre-hook", "post-hook")
                    for hook in config.get(when) or []
                ],
                materialized=config.get("materialized") or "table",
                written=node.get("raw_code") or "",
            )
        )
    return sorted_by_parents(found) + list(shown_by_project(manifest, named, compiled))


def classed(column: dict) -> str:
    """The personal class of a column of the manifest; empty where it has none."""
    told = (column.get("config") or {}).get("meta") or column.get("meta") or {}
    return told.get("pii") or ""


def compiled_sql(node: dict, compiled: Path) -> str | None:
    file = compiled / node["package_name"] / node["original_file_path"]
    return file.read_text(encoding="utf-8") if file.exists() else node.get("compiled_code")


def shown_by_project(manifest: dict, named: dict[str, str], compiled: Path) -> Iterator[Node]:
    """The cards of boards that are not restricted to those who act on single persons, and the analyses."""
    by_name = {unique_id.split(".")[-1]: name for unique_id, name in named.items()}
    for file in sorted((PROJECT / "dashboards").glob("*.yml")):
        board = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)
        if isinstance(board, dict) and not board.get("restricted"):
            for place, sql in enumerate(texts_of(board, "sql"), 1):
                # A card of an area that is switched off shows nothing.
                if not set(re.findall(REF, sql)) <= by_name.keys():
                    continue
                yield shown("board", f"dashboards/{file.name} query {place}", sql, by_name)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "analysis":
            sql = node.get("compiled_code") or node["raw_code"]
            yield shown("analysis", node["original_file_path"], sql, by_name)


def texts_of(entry: object, key: str) -> Iterator[str]:
    """Every text under a key, however deep."""
    for name, value in (
        entry.items()
        if isinstance(entry, dict)
        else enumerate(entry)
        if isinstance(entry, list)
        else ()
    ):
        if name == key and isinstance(value, str):
            yield value
        else:
            yield from texts_of(value, key)


def shown(kind: str, name: str, sql: str, by_name: dict[str, str]) -> Node:
    """A query with refs in it, as a node. The call of any other macro is a function of what it names."""
    parents = []

    def relation(match: re.Match) -> str:
        table = by_name.get(match[1])
        parents.append(table or match[1])
        return table or match[1]

    sql = re.sub(REF, relation, sql)
    sql = re.sub(r"\{\{-?\s*config\([^}]*\)\s*-?\}\}", "", sql)
    # A macro of the project makes an expression of what it is given: its arguments' values flow through it.
    sql = re.sub(r"\{\{-?\s*(?:\w+\.)*(\w+)\s*(\((?:[^{}])*\))?\s*-?\}\}", called, sql)
    return Node(name=name, kind=kind, parents=parents, sql=sql)


def called(match: re.Match) -> str:
    """A macro's call as a function of the columns that its texts name."""
    arguments = [text for _, text in re.findall(r"""(['"])(.*?)\1""", match[2] or "")]
    named = [text for text in arguments if re.fullmatch(r"[\w.]+(\(.*\))?", text)]
    return f"macro_{match[1]}({', '.join(named)})"


def sorted_by_parents(nodes: list[Node]) -> list[Node]:
    by_name, done, order = {node.name: node for node in nodes}, set(), []

    def visit(node: Node) -> None:
        if node.name in done:
            return
        done.add(node.name)
        for parent in node.parents:
            if parent in by_name:
                visit(by_name[parent])
        order.append(node)

    for node in nodes:
        visit(node)
    return order


# ---- Flow over the project -------------------------------------------------


def follow(nodes: list[Node], cache: Path | None = None, smallest_cell: int = 10) -> Found:
    """Columns and problems of every node. `cache` keeps what each select gave, by all that it depends on."""
    kept = read_cache(cache)
    used: dict[str, dict] = {}
    found, direct = Found(), set()
    for node in nodes:
        own, problems = columns_of(node, found.columns, kept, used, smallest_cell, direct)
        found.columns[node.name] = own
        # Outside of the homes a direct identifier is a leak, which is told where it leaves, or an exception.
        direct |= {
            (node.name, column)
            for column, held in own.items()
            if node.is_home and (node.classes.get(column) in DIRECT or held & direct)
        }
        if problems:
            found.problems[node.name] = problems
    write_cache(cache, used)
    return found


def columns_of(
    node: Node,
    known: dict[str, Columns],
    kept: dict,
    used: dict,
    smallest_cell: int,
    direct: set[Source],
) -> tuple[Columns, list[str]]:
    """The columns of a node with what they hold, and what about it cannot be followed."""
    problems = [f"the hook {hook.strip()[:80]}" for hook in node.hooks if not is_own_hook(hook)]
    if node.kind == "table" and node.materialized not in MATERIALIZATIONS:
        problems.append(
            f"the materialization {node.materialized}, which may write outside of the warehouse"
        )
    problems += [f"it {what}" for what in beside_the_sql(node)]
    if node.kind == "python":
        everything = NOTHING.union(
            *[{(parent, column) for column in known.get(parent, {})} for parent in node.parents]
        )
        return {column: everything for column in [*node.columns, REST]}, problems
    if not node.sql:
        if node.parents:
            problems.append("it was not compiled: run make build")
        return {column: NOTHING for column in node.columns}, problems
    relations = relations_of(node, known)
    direct = frozenset(source for source in direct if source[0] in relations)
    key = signature(node, relations, smallest_cell, direct)
    if key not in kept:
        kept[key] = flow_of(node.sql, relations, smallest_cell, direct)
    used[key] = kept[key]
    columns = {name: frozenset(map(tuple, held)) for name, held in kept[key]["columns"].items()}
    return columns, problems + kept[key]["problems"]


def beside_the_sql(node: Node) -> list[str]:
    """What a model does that neither its compiled SQL nor its refs show."""
    if node.kind == "table":
        asks = re.findall(
            r"\b(run_query|call\s+statement|adapter\s*\.\s*(?:execute|add_query))", node.written
        )
        return [f"runs SQL of its own while it is compiled ({asks[0]})"] if asks else []
    try:
        tree = ast.parse(node.written)
    except SyntaxError:
        return ["is no Python that can be read"]
    sessions = {
        function.args.args[1].arg
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and len(function.args.args) > 1
        and function.name == "model"
    }
    found = []
    for part in ast.walk(tree):
        if (
            isinstance(part, ast.Name)
            and isinstance(part.ctx, ast.Load)
            and part.id in sessions | READERS
        ):
            found.append(f"reads by {part.id}, not by dbt.ref()")
        elif isinstance(part, ast.Attribute) and part.attr in METHODS_THAT_READ:
            found.append(f"reads by .{part.attr}(), not by dbt.ref()")
        elif isinstance(part, ast.Constant) and re.search(NAMED_IN_TEXT, str(part.value)):
            found.append(
                f"names {re.search(NAMED_IN_TEXT, part.value)[0]} in a text, not by dbt.ref()"
            )
        elif isinstance(part, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in part.names]
                if isinstance(part, ast.Import)
                else [part.module or ""]
            )
            found += [
                f"imports {name}" for name in names if name.split(".")[0] in MODULES_THAT_READ
            ]
    return sorted(set(found))


def relations_of(node: Node, known: dict[str, Columns]) -> dict[str, Columns]:
    """What a node may read: the tables that it names, itself, and the lists that its own hooks make for it."""
    named = {
        f"{schema}.{table}".lower() for schema, table in re.findall(TABLE_NAME, node.sql or "")
    }
    relations = {
        name: {column: frozenset([(name, column)]) for column in known[name]}
        for name in sorted(named | {*node.parents})
        if name in known
    }
    relations |= {name: {REST: NOTHING} for name in OWN_TABLES}
    relations[ONE_ROW] = {REST: frozenset([(ONE_ROW, REST)])}
    if node.kind == "table":
        # What is kept of an earlier run came there by the same select.
        own = {column: NOTHING for column in node.columns} | {REST: NOTHING}
        relations[node.name] = own
        keys: Columns = {REST: NOTHING}
        for columns in [*relations.values()]:
            for column, held in columns.items():
                if column != REST:
                    keys[column] = keys.get(column, NOTHING) | held
        for what in ("keys", "rows"):
            relations[f"changed_{what}_of_{node.name.split('.')[1]}"] = keys
    return relations


def is_own_hook(hook: str) -> bool:
    """Whether a hook is one call of a macro that is known to move no values."""
    called_macro = re.fullmatch(r"\s*\{\{-?\s*(\w+)\s*\((?:[^{}]|\n)*\)\s*-?\}\}\s*", hook)
    return bool(called_macro) and called_macro[1] in OWN_HOOKS


def flow_of(sql: str, relations: dict[str, Columns], smallest_cell: int, direct: Values) -> dict:
    try:
        flow = Flow(sql, relations, smallest_cell, direct)
    except CannotFollow as error:
        return {"columns": {}, "problems": [str(error)]}
    except RecursionError:
        return {"columns": {}, "problems": ["it is nested too deeply"]}
    return {
        "columns": {name: sorted(held) for name, held in flow.columns.items()},
        "problems": flow.problems,
    }


def signature(node: Node, relations: dict[str, Columns], smallest_cell: int, direct: Values) -> str:
    """Of all that the flow of a select depends on."""
    sql = re.sub(r'"\w+"\.("\w+"\."\w+")', r"\1", node.sql or "")
    names = {name: sorted(columns) for name, columns in sorted(relations.items())}
    return hashlib.sha256(
        f"{RULES}{smallest_cell}{names}{sorted(direct)}{sql}".encode()
    ).hexdigest()


def rules() -> str:
    """Of the rules by which values are followed."""
    own = (PROJECT / "tools" / "value_flow.py").read_bytes()
    return hashlib.sha256(own).hexdigest() + version("sqlglot")


RULES = rules()


def read_cache(file: Path | None) -> dict[str, dict]:
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return {}


def write_cache(file: Path | None, used: dict[str, dict]) -> None:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(used), encoding="utf-8")
        beside.replace(file)


# ---- What is forbidden -----------------------------------------------------


@dataclass(frozen=True)
class Breaker:
    """A column in which a class may arrive, because what arrives names nobody."""

    table: str
    column: str
    pii: str
    breaker: str
    reason: str


def read_breakers(text: str) -> list[Breaker]:
    """The rows of seeds/reference/privacy_breakers.csv."""
    return [
        Breaker(
            row["table_name"], row["column_name"], row["pii_class"], row["breaker"], row["reason"]
        )
        for row in csv.DictReader(text.splitlines())
    ]


def leaks(nodes: list[Node], found: Found, breakers: Iterable[Breaker]) -> list[str]:
    """What is wrong, one sentence each: leaks with their way, what cannot be followed, exceptions without use.

    A leak is told where it leaves its home; what reads the column from there is not told again.
    """
    wrong = [
        f"{name} cannot be followed: {problem}."
        for name, problems in found.problems.items()
        for problem in problems
    ]
    declared = {(row.table, row.column, row.pii) for row in breakers}
    unused = {row for row in declared if row[0] in found.columns}
    for node in nodes:
        for column, sources in found.columns[node.name].items():
            at = (node.name, column)
            ways = ways_to(node, column, sources, found)
            for origin in sorted(ways):
                pii = found.classes[origin]
                rows = declared & {(*at, pii), (node.name, ALL, pii)}
                if rows:
                    unused -= rows
                    del ways[origin]
            found.ways[at] = ways
            for origin in [
                origin for origin in sorted(ways) if is_forbidden(node, found.classes[origin])
            ]:
                told = f"{found.classes[origin]} of {'.'.join(origin)} reaches {node.name}.{column}"
                wrong.append(f"{told}: {found.path(at, origin)}.")
                del ways[origin]
    if not wrong:
        wrong = [
            f"The row of privacy_breakers for {table}.{column} and {pii} breaks nothing: take it out."
            for table, column, pii in sorted(unused)
        ]
    return wrong


def ways_to(node: Node, column: str, sources: Values, found: Found) -> dict[Source, Source | None]:
    """The classed columns whose values may be in a column, each with the column next to it on the way."""
    ways: dict[Source, Source | None] = {}
    own = node.classes.get(column, "none")
    if own != "none" and not node.parents:
        found.classes[node.name, column] = own
        ways[node.name, column] = None
    for source in sorted(sources):
        for origin in found.ways.get(source, ()):
            ways.setdefault(origin, source)
    return ways


def is_forbidden(node: Node, pii: str) -> bool:
    """Direct identifiers stay in raw, staging and the vault; no page shows a pseudonym."""
    return (pii in DIRECT and not node.is_home) or (pii in PSEUDONYMS and node.is_shown)


def unexplained(breakers: Iterable[Breaker]) -> list[str]:
    """The exceptions that do not say how they break a class, and why."""
    return [
        f"The row of privacy_breakers for {row.table}.{row.column} must say how the class is broken"
        f" ({', '.join(sorted(BREAKERS))}) and why, in a sentence."
        for row in breakers
        if row.breaker not in BREAKERS or len(row.reason.split()) < 4
    ]


def compiled_folder(target: Path) -> Path:
    return target / "compiled"


def check(manifest: dict, target: Path, smallest_cell: int = 10) -> list[str]:
    """What is wrong with the project as it was built into the target folder of dbt."""
    nodes = nodes_of_project(manifest, compiled_folder(target))
    found = follow(nodes, target / "lineage.json", smallest_cell)
    file = PROJECT / "seeds" / "reference" / "privacy_breakers.csv"
    breakers = read_breakers(file.read_text(encoding="utf-8"))
    return unknown_hooks(manifest) + unexplained(breakers) + leaks(nodes, found, breakers)


def unknown_hooks(manifest: dict) -> list[str]:
    """The hooks of whole runs that are no call of a macro that was read, and tests that keep the rows they find."""
    kept = [
        f"The test {node['name']} keeps the rows that it finds (store_failures), whatever is in them."
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"].get("store_failures")
    ]
    return kept + [
        f"The hook {node['raw_code'].strip()[:80]} of {node['original_file_path']} cannot be followed."
        for node in manifest["nodes"].values()
        if node["resource_type"] == "operation" and not is_own_hook(node["raw_code"])
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=None, help="dbt's target folder")
    target = parser.parse_args().target or target_folder()
    # The trees of hundreds of selects are made and dropped; looking for what is left of them costs a fifth of the time.
    gc.set_threshold(100_000)
    wrong = check(read_manifest(target / "manifest.json"), target)
    if wrong:
        sys.exit(said(wrong))
    print("Personal values stay where they belong: every way of every column was followed.")


def said(wrong: list[str]) -> str:
    """The findings as one message."""
    shown_ones = [f"  {line}" for line in wrong[:40]]
    more = [f"  and {len(wrong) - 40} more"] if len(wrong) > 40 else []
    return "\n".join(
        [
            "Personal values would leave raw, staging and the vault:",
            *shown_ones,
            *more,
            "Leave the column out, or break it (age band, count, keyed hash). Where what arrives names nobody, add"
            " a row with the reason to seeds/reference/privacy_breakers.csv. docs/privacy.md explains both.",
        ]
    )


if __name__ == "__main__":
    main()
