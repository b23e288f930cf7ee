"""dbt's own docs and column lineage: made from what a build left, without asking dbt again."""

import json
import logging
import pathlib
import re
import resource

import build
import dbt_pages
import pytest
from manifest import read_manifest


@pytest.fixture(scope="module")
def target(demo):
    return demo.with_name("warehouse.duckdb.target")


@pytest.fixture(scope="module")
def made(demo, target, tmp_path_factory):
    """The folder with dbt's page and the page of lineage, what the latter shows, and what was printed meanwhile."""
    folder = tmp_path_factory.mktemp("dbt")
    manifest = dbt_pages.with_compiled_sql(read_manifest(target / "manifest.json"), target)
    catalog = dbt_pages.catalog_of(manifest, demo)
    printed: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: printed.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*.json")}
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    try:
        dbt_pages.dbt_docs(manifest, catalog, folder / "dbt" / "index.html")
        shown = dbt_pages.lineage(manifest, catalog, folder / "lineage" / "index.html")
    finally:
        logging.getLogger().removeHandler(handler)
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - began
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*.json")} == before
    return folder, shown, printed, spent


def test_all_columns_are_known(made):
    """Where every column of every table comes from; nothing could not be read."""
    _, shown, printed, _ = made
    kinds = {
        (key, name): column.get("lineageType")
        for key, node in shown["nodes"].items()
        if node["nodeType"] == "model"
        for name, column in node["columns"].items()
    }
    assert len(kinds) > 5000
    assert [key for key, kind in kinds.items() if kind in (None, "unknown")] == []
    assert shown["errors"] == [] and printed == []


def test_columns_of_the_next_build_are_known(demo, target, next_sql, tmp_path):
    """An increment's SQL reads lists that live as long as its run."""
    manifest = read_manifest(target / "manifest.json")
    for node in manifest["nodes"].values():
        node.pop("compiled_code", None)
    manifest = dbt_pages.with_compiled_sql(manifest, next_sql)
    read = [node for node in manifest["nodes"].values() if node.get("compiled_code")]
    of_lists = {node["unique_id"] for node in read if "changed_keys_of_" in node["compiled_code"]}
    assert len(of_lists) > 5
    catalog = dbt_pages.catalog_of(manifest, demo)
    shown = dbt_pages.lineage(manifest, catalog, tmp_path / "lineage" / "index.html")
    ways = [
        edge for edge in shown["lineage"]["edges"] if edge["sourceColumn"] and edge["targetColumn"]
    ]
    assert of_lists <= {way["target"] for way in ways}
    assert not [way for way in ways if way["source"] == way["target"]]


@pytest.mark.parametrize(
    ("source", "column", "reader", "to"),
    [
        # json_object('value', value, …) is no keyword of JSON.
        ("seed.groundwork.raw_devices__readings", "value", "model.groundwork.validated_devices__readings", "value"),
        # MetricFlow's SQL reads tables that no ref names, and its values pass an unpivot.
        ("model.groundwork.orders", "revenue", "model.groundwork.int_change_cells", "value"),
        # A union of three tables.
        ("model.groundwork.orders", "customer_id", "model.groundwork.int_customer_activities", "customer_id"),
        # A table that a hook makes.
        ("source.groundwork.staging.as_of", "as_of_date", "model.groundwork.alert_quality", "n_mature"),
    ],
)  # fmt: skip
def test_a_column_is_followed(made, source, column, reader, to):
    edges = {
        (edge["source"], edge["sourceColumn"], edge["target"], edge["targetColumn"])
        for edge in made[1]["lineage"]["edges"]
    }
    assert (source, column, reader, to) in edges


def test_what_a_step_is_made_of_is_found_once(made):
    """A time that grows with the columns, not with the ways between them."""
    assert made[3] < 60


def test_the_pages_load_nothing_and_lead_back(made):
    loads = re.compile(
        r"""<(?:script|img|iframe|source)[^>]{0,300}\bsrc=["']?(?:https?:)?//|<link[^>]{0,300}\bhref=["']?(?:https?:)?//"""
    )
    for name in ("dbt", "lineage"):
        page = (made[0] / name / "index.html").read_text(encoding="utf-8")
        assert not [
            text for text in (found.group() for found in loads.finditer(page)) if "//" in text
        ]
        assert 'href="../index.html"' in page
    assert "window.colibriTelemetry = false" in page
    assert [path.name for path in (made[0] / "lineage").iterdir()] == ["index.html"]


def test_the_page_of_dbt_shows_tables_and_tests(made, browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(150_000)
    page.goto((made[0] / "dbt" / "index.html").as_uri() + "#!/model/model.groundwork.orders")
    page.wait_for_selector("text=One row per order")
    text = page.locator("body").inner_text()
    assert "revenue" in text and "promised_at" in text
    page.locator("text=Data Tests").last.click()
    assert "unique_key_orders_order_id" in page.locator("body").inner_text()
    context.close()


def test_the_page_of_lineage_shows_where_orders_come_from(made, open_page):
    page = open_page(made[0] / "lineage" / "index.html", model="model.groundwork.orders", parents=1)
    page.wait_for_selector(".react-flow__node", timeout=60_000)
    text = page.locator(".react-flow").inner_text()
    assert "stg_app__orders" in text and "revenue" in text


def test_a_model_that_the_last_command_did_not_compile_has_its_sql(target, tmp_path):
    """dbt test and dbt parse write a manifest without the SQL of models; the build left it in files."""
    manifest = {
        "nodes": {
            "model.p.a": {"resource_type": "model", "package_name": "p", "original_file_path": "models/a.sql"},
            "model.p.b": {"resource_type": "model", "package_name": "p", "original_file_path": "models/b.sql", "compiled_code": "select 2"},
        }
    }  # fmt: skip
    file = tmp_path / "compiled" / "p" / "models" / "a.sql"
    file.parent.mkdir(parents=True)
    file.write_text("select 1")
    found = dbt_pages.with_compiled_sql(manifest, tmp_path)["nodes"]
    assert [found[key]["compiled_code"] for key in ("model.p.a", "model.p.b")] == [
        "select 1",
        "select 2",
    ]


def test_sql_that_sqlglot_cannot_read_is_said(demo, target, tmp_path):
    manifest = dbt_pages.with_compiled_sql(read_manifest(target / "manifest.json"), target)
    catalog = dbt_pages.catalog_of(manifest, demo)
    key = "model.groundwork.orders"
    broken = manifest["nodes"][key] | {"compiled_code": "select from from"}
    with pytest.raises(dbt_pages.NoLineage, match="orders"):
        dbt_pages.lineage(manifest | {"nodes": {key: broken}}, catalog, tmp_path / "index.html")


def test_pages_of_tables_lead_to_those_of_dbt(published_demo, target, tmp_path):
    project = build.Project(read_manifest(target / "manifest.json"))
    published = build.Published(pathlib.Path(build.publish.current_of(published_demo)))
    site = build.Site(tmp_path, published, project, restricted=False, has_dbt=True)
    table = project.tables["orders"]
    site.write(
        "tables/orders.html",
        "table.html.j2",
        "orders",
        table=build.tables.page(site.company, table),
    )
    html = (tmp_path / "tables" / "orders.html").read_text(encoding="utf-8")
    assert f'href="../dbt/index.html#!/model/{table["id"]}"' in html
    assert f'href="../lineage/index.html?model={table["id"]}&amp;parents=1&amp;children=1"' in html
    index = build.search_index.exported(
        build.search_index.index_of(published, project.manifest), site.pages
    )
    links = {asset[2]: asset[7] for asset in index["assets"] if asset[0] == "model"}
    assert links["int_change_cells"] == "dbt/index.html#!/model/model.groundwork.int_change_cells"
    assert json.dumps(index)
