"""What the search box of the site looks through: the index of `make find`, as JSON for docs/search.js."""

import json
import pathlib
import sys

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

import find  # noqa: E402

KINDS = {"model": "table", "reference": "table", "raw": "raw table", "board": "dashboard"}
TEXT_SHOWN = 180


def exported(manifest: dict, database: pathlib.Path) -> dict:
    """Assets, terms and settings; of the manifest alone where the area catalog is not built."""
    connection = find.index_of_warehouse(database) or find.index_of_manifest(manifest)
    assets = rows(
        connection,
        """
        select search_assets.*, catalog_assets.asset_name, catalog_assets.table_name,
            catalog_assets.node_id, catalog_assets.url
        from search_assets
        inner join catalog_assets on search_assets.asset_id = catalog_assets.asset_id
        order by search_assets.asset_id
        """,
    )
    numbers = {asset["asset_id"]: number for number, asset in enumerate(assets)}
    fields: list[str] = []
    terms: dict[str, list] = {}
    for term, asset_id, field, weight in connection.execute(
        "select term, asset_id, field, weight from search_terms order by term, asset_id"
    ).fetchall():
        if field not in fields:
            fields.append(field)
        terms.setdefault(term, []).extend((numbers[asset_id], weight, fields.index(field)))
    return {
        "assets": [shown(asset) for asset in assets],
        "terms": terms,
        "fields": fields,
        "settings": settings(connection),
    }


def as_script(index: dict) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def settings(connection: duckdb.DuckDBPyConnection) -> dict:
    """What the ranking is told: the constants of matches, and how words are read."""
    weights = connection.sql("select name, weight from search_weights where part = 'match'")
    own = find.settings()
    groups = connection.sql("select term, group_term from int_search_groups order by term")
    return dict(weights.fetchall()) | {
        "groups": dict(groups.fetchall()),
        "endings": own["search_endings"],
        "stop_words": own["search_stop_words"],
    }


def shown(asset: dict) -> dict:
    """An asset as the page shows and ranks it."""
    kind = KINDS.get(asset["kind"], asset["kind"])
    title = asset["asset_name"]
    if asset["kind"] in ("column", "feature"):
        title = f"{asset['asset_name']} in {asset['table_name']}"
    elif asset["kind"] == "board":
        title = asset["label"]
    words = [asset["label"], asset["label_ko"], asset["description"]]
    text = " · ".join(word for word in dict.fromkeys(words) if word and word != title)
    kept = (
        "asset_id",
        "kind",
        "shown_name",
        "full_term",
        "exact_term",
        "trust",
        "use_count",
        "boost",
    )
    return {name: asset[name] for name in kept} | {
        "is_deprecated": asset["is_deprecated"],
        "deprecated_by": asset["deprecated_by"] or "",
        "shown_kind": f"inner {kind}" if asset["trust"] == "internal" else kind,
        "title": title,
        "text": text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN].rstrip()}…",
        "link": link_of(asset),
    }


def link_of(asset: dict) -> str:
    """Where a hit leads to: dbt's page of a table or metric, or a board."""
    if asset["url"]:
        return asset["url"].removeprefix("../")  # dbt docs stand one folder deeper
    node = asset["node_id"]
    return f"dbt/index.html#!/{node.split('.')[0]}/{node}" if node else "#boards"


def gaps(database: pathlib.Path) -> list[tuple[str, int, str]]:
    """The searches in the terminal that found nothing."""
    return find.gaps(database)
