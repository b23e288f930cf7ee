"""dbt's own docs and the page of column lineage, one click away from the site: site/dbt/ and site/lineage/.

Both are written from what the last build left, its manifest, the SQL that it compiled and the columns of its warehouse:
dbt is not asked again, so that its run results stay, and the pages cost a part of a build.
"""

import gc
import json
import logging
import pathlib
import re
import sys
import tempfile
import types
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb

WAY_BACK = (
    '<a href="../index.html" style="position:fixed;right:0;top:0;z-index:9999;padding:2px 10px;'
    "border-radius:0 0 0 6px;background:#17594a;color:#fff;font:600 12px/16px system-ui,sans-serif;"
    'text-decoration:none">← Groundwork</a>'
)

NO_STATISTICS = {
    "id": "has_stats",
    "label": "Has Stats?",
    "value": False,
    "include": False,
    "description": "Whether there are statistics for this table",
}


def with_compiled_sql(manifest: dict, target: pathlib.Path) -> dict:
    """The manifest with the SQL of every model: what the last command did not compile, an earlier one left in files."""
    nodes = {}
    for key, node in manifest["nodes"].items():
        file = target / "compiled" / node["package_name"] / node["original_file_path"]
        if node["resource_type"] == "model" and not node.get("compiled_code") and file.exists():
            node = node | {"compiled": True, "compiled_code": file.read_text(encoding="utf-8")}
        nodes[key] = node
    return manifest | {"nodes": nodes}


def catalog_of(manifest: dict, database: pathlib.Path) -> dict:
    """What dbt calls its catalog: the columns of every table of the warehouse; what no model makes is a source."""
    package = next(iter(manifest["nodes"].values()))["package_name"]
    ids = {
        (node["schema"], node.get("alias") or node["name"]): key
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            """
            select table_schema, table_name, table_type
            from information_schema.tables
            where table_catalog = current_database()
            """
        ).fetchall()
        columns = connection.execute(
            """
            select table_schema, table_name, column_name, data_type, ordinal_position
            from information_schema.columns
            where table_catalog = current_database()
            order by table_schema, table_name, ordinal_position
            """
        ).fetchall()
        named = connection.execute("select current_database()").fetchone()[0]
    found = {
        (schema, table): {
            "metadata": {
                "type": kind,
                "schema": schema,
                "name": table,
                "database": named,
                "comment": None,
                "owner": None,
            },
            "columns": {},
            "stats": {"has_stats": NO_STATISTICS},
            "unique_id": ids.get((schema, table), f"source.{package}.{schema}.{table}"),
        }
        for schema, table, kind in tables
    }
    for schema, table, column, kind, place in columns:
        found[schema, table]["columns"][column] = {
            "type": kind,
            "index": place,
            "name": column,
            "comment": None,
        }
    by_key = {node["unique_id"]: node for node in found.values()}
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json",
            "dbt_version": manifest["metadata"]["dbt_version"],
            "generated_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "invocation_id": manifest["metadata"]["invocation_id"],
            "env": {},
        },
        "nodes": {key: node for key, node in by_key.items() if not key.startswith("source.")},
        "sources": {key: node for key, node in by_key.items() if key.startswith("source.")},
        "errors": None,
    }


def dbt_docs(manifest: dict, catalog: dict, page: pathlib.Path) -> None:
    """dbt's page, with its manifest and its catalog in it: one file, as `dbt docs generate --static` writes it."""
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    html = pathlib.Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
    for name, content in (("MANIFEST", manifest), ("CATALOG", catalog)):
        html = html.replace(
            f'"{name}.JSON INLINE DATA"',
            json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        )
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(with_way_back(html), encoding="utf-8")


def with_way_back(html: str) -> str:
    """A page with a link to the site."""
    head, body_end, tail = html.rpartition("</body>")
    return head + WAY_BACK + body_end + tail


# sqlglot takes these words for the keywords of json_object(key k value v) where a column is called so.
KEYWORD_COLUMN = re.compile(r"('\w+',\s*)(key|value)(?=\s*[,)])")
# Data that stands in the SQL names no column.
TEXT = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
LONG = 300
ENDS = ("table", "placeholder")
MORE_ROWS = re.compile(r"(values\s*\([^()]*\))(?:\s*,\s*\([^()]*\)){9,}")
# sqlglot does not look into an unpivot: the same columns, as a select.
UNPIVOT = re.compile(r"unpivot \((.*?)\)\s+on ([^()]*?)\s+into name (\w+) value (\w+)", re.DOTALL)
NAMED = re.compile(r'"\w+"\."(\w+)"\."(\w+)"')
# The lists of an increment, which live as long as its run: their columns are those of the table that they are made for.
LIST_OF_AN_INCREMENT = re.compile(r"\bchanged_(?:keys|rows)_of_\w+")


class NoLineage(Exception):
    """What dbt-colibri could not read."""


def lineage(manifest: dict, catalog: dict, page: pathlib.Path) -> dict:
    """Writes the page that follows a column from raw to where it is used; what it shows.

    dbt-colibri 0.3.7 does it, with what it lacks: sqlglot's scopes by the name that it asks for, or unions have no
    lineage; the tables that a model's SQL names beside those it refs (MetricFlow writes such SQL, and hooks make
    tables); and which columns are made in their model, of no column: a count, a constant, all of a Python model.
    """
    from dbt_colibri.lineage_extractor import extractor as colibri
    from dbt_colibri.lineage_extractor import lineage as walks
    from dbt_colibri.report.generator import DbtColibriReportGenerator, inject_data_into_html
    from sqlglot.optimizer.scope import Scope

    Scope.union_scopes = property(lambda scope: scope.set_operation_scopes)
    logging.getLogger("colibri").setLevel(logging.CRITICAL)
    manifest = manifest | {
        "sources": made_by_hooks(manifest, catalog),
        "nodes": {key: with_own_lists(node) for key, node in manifest["nodes"].items()},
    }
    ids = {
        (node["metadata"]["schema"], node["metadata"]["name"]): (kind, key)
        for kind in ("nodes", "sources")
        for key, node in catalog[kind].items()
    }
    lost: set[tuple[str, str]] = set()
    current = ""

    class Extractor(colibri.DbtColumnLineageExtractor):
        def _stub_ephemeral_ctes(self, sql):
            # It parses every model once more to find what this project has none of.
            return super()._stub_ephemeral_ctes(sql) if self._ephemeral_registry else sql

        def _sanitize_sql_for_parsing(
            self, sql, schema=None, selected_columns=None, model_node=None
        ):
            select = r"select unpivoted.*, '' as \3, coalesce(\2) as \4 from (\1) as unpivoted"
            short = TEXT.sub(lambda text: text[0] if len(text[0]) < LONG else "''", sql)
            short = MORE_ROWS.sub(r"\1", short)
            return KEYWORD_COLUMN.sub(r"\1(\2)", UNPIVOT.sub(select, short))

        def _warn_unresolved_qualified_columns(self, *_):
            """Nobody reads its warnings."""

        def _get_parent_nodes_catalog(self, model_info):
            nonlocal current
            current = model_info["unique_id"]
            known.clear()
            found = super()._get_parent_nodes_catalog(model_info)
            for named in set(NAMED.findall(model_info["compiled_code"])):
                kind, key = ids.get(named, ("", ""))
                if kind:
                    found[kind].setdefault(key, self.catalog[kind][key])
            return found

    of_column, to_node = colibri.lineage, walks.to_node
    known: dict = {}

    def once(column, scope, dialect, scope_name=None, upstream=None, **options):
        """What one column of one step comes from, found once however many columns ask: only the ends are kept."""
        key = (id(scope), column)
        if key not in known:
            known[key] = None  # a recursive step asks for itself
            found = to_node(column, scope, dialect, scope_name, **options | {"visited": set()})
            if found is not None:
                ends = [
                    node
                    for node in walked(found)
                    if node and node.source.key in ENDS and node is not found
                ]
                found.downstream = list(
                    {(node.name, id(node.source)): node for node in ends}.values()
                )
            known[key] = found
        if known[key] is not None and upstream is not None:
            upstream.downstream.append(known[key])
        return known[key]

    def noted(column, *arguments, **options):
        try:
            found = of_column(column, *arguments, **options)
        except Exception:
            lost.add((current, column))
            raise
        # What has an alias before it comes from rows that stand in the SQL itself.
        leaves = [node.name for node in walked(found) if node and node.source.key == "placeholder"]
        if any("." not in name for name in leaves):
            lost.add((current, column))
        return found

    with tempfile.TemporaryDirectory() as own:
        files = [pathlib.Path(own, name) for name in ("manifest.json", "catalog.json")]
        for file, content in zip(files, (manifest, catalog), strict=True):
            file.write_text(json.dumps(content), encoding="utf-8")
        extractor = Extractor(*map(str, files))
    colibri.lineage, walks.to_node, colibri.gc = noted, once, types.SimpleNamespace(collect=int)
    try:
        shown = DbtColibriReportGenerator(extractor, disable_telemetry=True).build_full_lineage()
    finally:
        colibri.lineage, walks.to_node, colibri.gc = of_column, to_node, gc
    if shown["errors"]:
        error = shown["errors"][0]
        raise NoLineage(f"{error['node_id']}: {error['error_message']}")
    for key, node in shown["nodes"].items():
        for name, column in node["columns"].items():
            is_made = (key, name) not in lost and column.get("lineageType") in (None, "unknown")
            if node["nodeType"] == "model" and is_made:
                column["lineageType"] = "transformation"
    page.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: shown[name] for name in ("metadata", "nodes", "tree")}
    inject_data_into_html(
        kept | {"lineage": {"edges": shown["lineage"]["edges"]}},
        str(
            pathlib.Path(sys.modules[DbtColibriReportGenerator.__module__].__file__).with_name(
                "index.html"
            )
        ),
        str(page),
        disable_telemetry=True,
    )
    page.write_text(with_way_back(page.read_text(encoding="utf-8")), encoding="utf-8")
    return shown


def with_own_lists(node: dict) -> dict:
    """A node whose SQL reads its own table where it read a list of the run."""
    code = node.get("compiled_code")
    if not code or not LIST_OF_AN_INCREMENT.search(code):
        return node
    return node | {"compiled_code": LIST_OF_AN_INCREMENT.sub(node["relation_name"], code)}


def made_by_hooks(manifest: dict, catalog: dict) -> dict:
    """The tables of the warehouse that no model makes, as sources of dbt's manifest."""
    package = next(iter(manifest["nodes"].values()))["package_name"]
    return {
        key: {
            "unique_id": key,
            "resource_type": "source",
            "package_name": package,
            "name": node["metadata"]["name"],
            "identifier": node["metadata"]["name"],
            "source_name": node["metadata"]["schema"],
            "database": node["metadata"]["database"],
            "schema": node["metadata"]["schema"],
            "relation_name": ".".join(
                f'"{node["metadata"][part]}"' for part in ("database", "schema", "name")
            ),
            "original_file_path": "macros",
            "description": "Made by a hook of the build.",
            "columns": {},
            "config": {},
            "tags": [],
        }
        for key, node in catalog["sources"].items()
    }


def walked(node) -> Iterator:
    """A node of a lineage and all before it."""
    yield node
    for before in node.downstream if node else ():
        yield from walked(before)
