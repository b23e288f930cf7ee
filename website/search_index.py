"""What the search box of the site looks through: the index of `make find`, as a script for assets/search.js."""

import sys
from collections import Counter

import duckdb
from published import PROJECT, Published, experiment_page

sys.path.insert(0, str(PROJECT / "tools"))

import find

# As a hit is called: English, Korean.
KINDS = {
    "model": ("table", "테이블"),
    "reference": ("table", "테이블"),
    "raw": ("raw table", "원천 테이블"),
    "column": ("column", "컬럼"),
    "metric": ("metric", "지표"),
    "board": ("dashboard", "대시보드"),
    "question": ("question", "질문"),
    "experiment": ("experiment", "실험"),
    "feature": ("feature", "피처"),
}
INNER = ("inner table", "내부 테이블")
TEXT_SHOWN = 140
SCHEMAS = {
    "catalog": ("catalog_assets", "search_assets", "search_terms"),
    "reference": ("search_weights", "search_groups"),
}


def index_of(published: Published, manifest: dict) -> duckdb.DuckDBPyConnection:
    """The index of the published build, else, where the area catalog is not built, one of the manifest."""
    if not published.has(*SCHEMAS["catalog"], *SCHEMAS["reference"]):
        return find.index_of_manifest(manifest)
    connection = duckdb.connect()
    connection.execute(
        f"attach '{str(published.file).replace(chr(39), chr(39) * 2)}' as p (read_only)"
    )
    for schema, names in SCHEMAS.items():
        for name in names:
            connection.execute(f"create view {name} as from p.{schema}.{name}")
    # Steps on the way are not published: their SQL reads what is.
    for name in ("int_search_groups", "int_search_spellings"):
        file = next(model for model in find.CHAIN if model.stem == name)
        connection.execute(f"create table {name} as {find.rendered(file, manifest)}")
    return connection


def exported(connection: duckdb.DuckDBPyConnection, pages: set[str]) -> dict:
    """Assets, terms and settings. `pages` are those of the site: hits lead to them."""
    assets = rows(
        connection,
        f"""
        select search_assets.*, catalog_assets.asset_name, catalog_assets.table_name,
            catalog_assets.node_id, catalog_assets.url,
            {experiment_page("substr(search_assets.asset_id, length('experiment.') + 1)")} as experiment_page
        from search_assets
        inner join catalog_assets on search_assets.asset_id = catalog_assets.asset_id
        order by search_assets.asset_id
        """,
    )
    numbers = {asset["asset_id"]: number for number, asset in enumerate(assets)}
    found = connection.execute(
        "select term, asset_id, field, weight from search_terms order by term, asset_id"
    ).fetchall()
    fields = sorted({field for _, _, field, _ in found})
    each = Counter(float(f"{weight:.9g}") for *_, weight in found)
    weights = {weight: base_36(place) for place, (weight, _) in enumerate(each.most_common())}
    terms: dict[str, list[str]] = {}
    last: dict[str, int] = {}
    for term, asset_id, field, weight in sorted(found, key=lambda row: (row[0], numbers[row[1]])):
        number = numbers[asset_id]
        step = base_36(number - last.get(term, 0))
        last[term] = number
        entry = f"{chr(65 + fields.index(field))}{step}.{weights[float(f'{weight:.9g}')]}"
        terms.setdefault(term, []).append(entry)
    return {
        "kinds": KINDS | {"internal": INNER},
        "assets": [shown(asset, pages) for asset in assets],
        "terms": {term: "".join(entries) for term, entries in terms.items()},
        "fields": fields,
        "weights": list(weights),
        "settings": settings(connection),
    }


def base_36(number: int) -> str:
    """A whole number as JavaScript reads it with parseInt(…, 36)."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    found = digits[number % 36]
    while number := number // 36:
        found = digits[number % 36] + found
    return found


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


def shown(asset: dict, pages: set[str]) -> list:
    """An asset as assets/search.js takes it apart: [kind, id, name, text, trust, uses, boost, link, others]."""
    title = asset["label"] if asset["kind"] == "board" else asset["asset_name"]
    words = [asset["label"], asset["label_ko"], asset["description"]]
    text = " · ".join(word for word in dict.fromkeys(words) if word and word != title)
    others = {
        "table": asset["table_name"] if asset["kind"] in ("column", "feature") else "",
        "title": title if title != asset["asset_name"] else "",
        "is_deprecated": asset["is_deprecated"],
        "deprecated_by": asset["deprecated_by"],
    }
    # A column's id and link follow from its table and name.
    follows = asset["kind"] == "column"
    link = link_of(asset, pages)
    return [
        asset["kind"],
        "" if follows else asset["asset_id"],
        asset["asset_name"],
        text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN].rstrip()}…",
        asset["trust"],
        asset["use_count"],
        asset["boost"],
        ""
        if follows and link == f"tables/{asset['table_name']}.html#{asset['asset_name']}"
        else link,
        {name: value for name, value in others.items() if value},
    ]


def link_of(asset: dict, pages: set[str]) -> str:
    """Where a hit leads to: its page, dbt's for a step on the way, else the list of what is like it."""
    kind, node, table = asset["kind"], asset["node_id"] or "", asset["table_name"] or ""
    name = node.split(".")[-1]
    of_table = f"tables/{table}.html"
    if kind == "column":
        page = f"{of_table}#{asset['asset_name']}"
    elif kind == "metric":
        page = f"metrics/{name}.html"
    elif kind == "board":
        ours = [f"{folder}/{name}.html" for folder in ("boards", "restricted")]
        page = next((page for page in ours if page in pages), "boards/index.html")
        page = page if node or not asset["url"] else asset["url"]
    elif kind == "question":
        page = f"questions.html#{anchor(asset['asset_id'])}"
    elif kind == "experiment":
        page = asset["experiment_page"]
        page = page if page in pages else "tables/experiment_verdicts.html"
    else:
        page = of_table
    if page.split("#")[0] in pages or ":" in page:
        return page
    if node and "dbt/index.html" in pages:
        return f"dbt/index.html#!/{node.split('.')[0]}/{node}"
    return "tables/index.html"


def anchor(asset_id: str) -> str:
    """Where a question stands on its page: `question.orders.1` is orders-1."""
    return asset_id.removeprefix("question.").replace(".", "-")
