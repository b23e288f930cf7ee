"""The front page of the docs site: what dbt's manifest knows, and the numbers of the warehouse."""

import json
import pathlib
import re
from datetime import UTC, datetime

import build_dashboards
import duckdb
import jinja2
import questions
import search_index

FOLDER = pathlib.Path(__file__).resolve().parent
AREA_NAMES = {"core": "Core", "metrics": "Metrics", "vault": "Vault", "reference": "Rules as data"}
STATUS_NAMES = {
    "met": "met",
    "on_track": "on track",
    "at_risk": "at risk",
    "off_track": "off track",
    "missed": "missed",
    "season_unknown": "season unknown",
    "too_early": "too early to say",
    "not_started": "not started",
    "no_data": "no data",
}
FRESHNESS_NAMES = {"on_time": "on time"}
# What is shown of an asset where the warehouse does not say.
UNKNOWN = {
    "freshness": None,
    "covered_until": None,
    "view_count": None,
    "downstream_count": None,
    "cost": None,
    "failed_test_count": None,
    "has_passed_tests": None,
}
SPARKLINE_MONTHS = 18
# What is said of a newest value that metric_values gives a reason for.
MARKS = {"can_change": "can change", "partly_delivered": "partly delivered"}
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩"}
REPORTING_CURRENCY = build_dashboards.reporting_currency()
CURRENCY = SIGNS.get(REPORTING_CURRENCY, f"{REPORTING_CURRENCY} ")


def write(page: pathlib.Path, target: pathlib.Path, database: pathlib.Path) -> None:
    """Writes the page from target/manifest.json and what was built into the database."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(database), read_only=True) as warehouse:
        tables = all_tables(manifest, warehouse)
        metrics = all_metrics(manifest, warehouse)
        goals = all_goals(manifest, warehouse)
        as_of = newest_day(manifest, warehouse)
        facts = asset_facts(warehouse)
    boards = all_boards(manifest)
    sections = questions.sections(manifest)
    for goal in goals:
        metrics[goal["metric_name"]]["goals"].append(goal)
    for asset in [*tables, *metrics.values()]:
        asset |= facts.get(asset["node_id"], UNKNOWN)
        asset["used_by"] = used_by(manifest, asset["node_id"])

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"amount": amount, "whole": lambda number: f"{number:,.0f}"}
    page.write_text(
        environment.get_template("front_page.html.j2").render(
            as_of=as_of,
            built_at=datetime.now(UTC),
            layers=layers(tables, metrics, boards),
            areas=areas(tables),
            questions=sections,
            tables={table["name"]: table for table in tables},
            metrics=metrics,
            goals=goals,
            statuses=STATUS_NAMES,
            boards=boards,
            freshness=FRESHNESS_NAMES,
            currency=REPORTING_CURRENCY,
            gaps=search_index.gaps(database),
            search=(FOLDER / "search.js").read_text(encoding="utf-8"),
            search_index=search_index.as_script(search_index.exported(manifest, database)),
        ),
        encoding="utf-8",
    )


def all_tables(manifest: dict, warehouse: duckdb.DuckDBPyConnection) -> list[dict]:
    """Every model and seed: layer, area, grain, owner, columns, number of tests and of rows."""
    tests: dict[str, int] = {}
    for node in [*manifest["nodes"].values(), *manifest["unit_tests"].values()]:
        if node["resource_type"] == "unit_test":
            tested = [
                parent for parent in node["depends_on"]["nodes"] if parent.startswith("model.")
            ]
        elif node["resource_type"] == "test":
            tested = [node["attached_node"]] if node.get("attached_node") else []
            tested = tested or node["depends_on"]["nodes"]
        else:
            continue
        for parent in tested:
            tests[parent] = tests.get(parent, 0) + 1

    tables = []
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] not in ("model", "seed"):
            continue
        folders = pathlib.PurePath(node["path"]).parts
        layer = folders[0]
        group = manifest["groups"].get(
            f"group.{node['package_name']}.{node['config'].get('group')}"
        )
        meta = node["config"]["meta"]
        tables.append(
            {
                "node_id": unique_id,
                "name": node["name"],
                "layer": layer,
                "area": folders[1] if layer == "marts" else layer,
                "is_public": node.get("access") == "public",
                "description": " ".join(node["description"].split()),
                "grain": first_sentence(node["description"]),
                "truth_of": meta.get("truth_of", ""),
                "synonyms": meta.get("synonyms", []),
                "owner": group["owner"]["name"] if group else "",
                "columns": list(node["columns"].values()),
                "test_count": tests.get(unique_id, 0),
                "row_count": count_rows(node, warehouse),
                "docs": f"dbt/index.html#!/{node['resource_type']}/{unique_id}",
                "lineage": f"lineage/index.html?model={unique_id}&parents=1&children=1",
            }
        )
    return sorted(tables, key=lambda table: table["name"])


def count_rows(node: dict, warehouse: duckdb.DuckDBPyConnection) -> int | None:
    """The rows of a built table; none for a view (counting computes it) or what is not built."""
    materialised = node["config"]["materialized"]
    if node["resource_type"] == "model" and materialised not in ("table", "incremental"):
        return None
    try:
        return warehouse.execute(f"select count(*) from {node['relation_name']}").fetchone()[0]
    except duckdb.CatalogException:
        return None


def all_metrics(manifest: dict, warehouse: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """Every metric by name, with its newest value by month and the values before it."""
    history: dict[str, list] = {}
    for name, value, n, reason, month in warehouse.execute(
        f"""
        with last_day as (
            select max(period_start) as as_of_date
            from {relation(manifest, "metric_values")}
            where grain = 'day'
        )

        select metric_name, value, n, reason, period_start
        from {relation(manifest, "metric_values")}
        cross join last_day
        where
            grain = 'month'
            and brand = 'all'
            and value is not null
            and period_start + interval 1 month <= as_of_date + interval 1 day
        order by metric_name, period_start
        """
    ).fetchall():
        history.setdefault(name, []).append((month, value, n, reason))

    metrics = {}
    for unique_id, node in sorted(manifest["metrics"].items(), key=lambda item: item[1]["name"]):
        meta = node["config"]["meta"]
        months = history.get(node["name"], [])[-SPARKLINE_MONTHS:]
        metrics[node["name"]] = {
            "node_id": unique_id,
            "name": node["name"],
            "label": node["label"],
            "label_ko": meta["label_ko"],
            "description": " ".join(node["description"].split()),
            "owner": meta["owner"],
            "unit": meta["unit"],
            "direction": meta["direction"],
            "certified": meta["certified"],
            "synonyms": meta.get("synonyms", []),
            "type": node["type"],
            "month": months[-1][0] if months else None,
            "value": months[-1][1] if months else None,
            "n": None if not months or months[-1][2] == months[-1][1] else months[-1][2],
            "mark": MARKS.get(months[-1][3], "not final") if months and months[-1][3] else "",
            "sparkline": sparkline([month[1] for month in months]),
            "goals": [],
            "docs": f"dbt/index.html#!/metric/{unique_id}",
        }
    return metrics


def all_goals(manifest: dict, warehouse: duckdb.DuckDBPyConnection) -> list[dict]:
    """The rows of the scorecard: goals that run first, then those that have ended, newest first."""
    rows = warehouse.execute(
        f"""
        select
            *,
            status in ('met', 'missed', 'no_data') as is_over
        from {relation(manifest, "metric_scorecard")}
        order by is_over, period_end desc, brand, metric_name
        """
    )
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def newest_day(manifest: dict, warehouse: duckdb.DuckDBPyConnection):
    """The last day that counts."""
    return warehouse.execute("select as_of_date from staging.as_of").fetchone()[0]


def all_boards(manifest: dict) -> list[dict]:
    """The dashboards that dbt knows as exposures."""
    return [
        {
            "name": node["name"],
            "label": node["label"] or node["name"],
            "description": " ".join(node["description"].split()),
            "owner": node["owner"]["name"],
            "url": node["url"].removeprefix("../"),  # dbt docs stand one folder deeper
            "synonyms": node["config"]["meta"].get("synonyms", []),
            "tables": sorted(parent.split(".")[-1] for parent in node["depends_on"]["nodes"]),
        }
        for node in manifest["exposures"].values()
        if node["type"] == "dashboard"
    ]


def layers(tables: list[dict], metrics: dict, boards: list[dict]) -> dict[str, dict]:
    """What the picture of the way of the data says about each layer."""

    def of(layer: str, *, public: bool = False) -> list[dict]:
        return [t for t in tables if t["layer"] == layer and (t["is_public"] or not public)]

    def rows(some: list[dict]) -> int:
        return sum(table["row_count"] or 0 for table in some)

    raw = of("raw")
    return {
        "raw": {"tables": len(raw), "rows": rows(raw)},
        "staging": {"tables": len([t for t in of("staging") if t["name"].startswith("stg_")])},
        "marts": {"tables": len(of("marts", public=True)), "rows": rows(of("marts", public=True))},
        "metrics": {
            "metrics": len(metrics),
            "values": sum(
                t["row_count"] or 0 for t in tables if t["name"].endswith("_metric_values")
            ),
        },
        "dashboards": {"boards": len(boards)},
        "vault": {
            "rejected": sum(t["row_count"] or 0 for t in tables if t["name"] == "rejected_rows")
        },
    }


def areas(tables: list[dict]) -> list[dict]:
    """The tables by area: public ones first, then the vault and the rules."""
    shown = [t for t in tables if t["is_public"] or t["layer"] in ("vault", "reference")]
    order = ["core", *sorted({t["area"] for t in shown} - set(AREA_NAMES))]
    return [
        {
            "name": AREA_NAMES.get(area, area.capitalize()),
            "area": area,
            "tables": [table for table in shown if table["area"] == area],
        }
        for area in [*order, "metrics", "vault", "reference"]
        if any(table["area"] == area for table in shown)
    ]


def asset_facts(warehouse: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """What the catalog knows of each table and metric; nothing where the area is not built."""
    try:
        found = warehouse.execute(
            f"select node_id, {', '.join(UNKNOWN)} from catalog.catalog_assets where asset_id = node_id"
        )
    except duckdb.CatalogException:
        return {}
    return {row[0]: dict(zip(UNKNOWN, row[1:], strict=True)) for row in found.fetchall()}


def used_by(manifest: dict, node_id: str) -> list[str]:
    """The public tables, metrics and boards that read it without another of them between."""
    found, seen, left = [], set(), list(manifest["child_map"].get(node_id, []))
    while left:
        child = left.pop()
        if child in seen:
            continue
        seen.add(child)
        kind = child.split(".")[0]
        if kind in ("metric", "exposure"):
            found.append(manifest[f"{kind}s"][child])
        elif kind == "model" and manifest["nodes"][child].get("access") == "public":
            found.append(manifest["nodes"][child])
        elif kind in ("model", "semantic_model"):
            left += manifest["child_map"].get(child, [])
    return sorted({node.get("label") or node["name"] for node in found})


def relation(manifest: dict, name: str) -> str:
    """Where a model stands in the database."""
    return next(
        node["relation_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["name"] == name
    )


def first_sentence(description: str) -> str:
    """A description opens with its grain."""
    return re.split(r"(?<=\.)\s", " ".join(description.split()), maxsplit=1)[0].replace("`", "")


def amount(value: float | None, unit: str) -> str:
    """A value as a person reads it in its unit (money, count, share or ratio)."""
    if value is None:
        return "–"
    if unit == "ratio":
        return f"{value:,.2f}"
    if unit == "share":
        return f"{value:.2%}" if 0 < abs(value) < 0.01 else f"{value:.1%}"
    digits = 2 if unit == "money" and abs(value) < 1000 and value != int(value) else 0
    sign = "−" if value < 0 else ""
    return f"{sign}{CURRENCY if unit == 'money' else ''}{abs(value):,.{digits}f}"


def sparkline(values: list[float]) -> str:
    """The points of a line 100 wide and 24 high; empty for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    return " ".join(
        f"{100 * index / (len(values) - 1):.1f},{22 - 20 * (value - low) / ((high - low) or 1):.1f}"
        for index, value in enumerate(values)
    )
