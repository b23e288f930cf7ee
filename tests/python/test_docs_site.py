"""The docs site opens without a network, finds what people look for, and shows the warehouse's numbers."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from warehouse import PROJECT, dbt_command, query

sys.path.insert(0, str(PROJECT / "docs"))
sys.path.insert(0, str(PROJECT / "tools"))
import build_dashboards
import search_quality
from report import BROWSERS

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def company(demo, tmp_path_factory) -> pathlib.Path:
    """A copy of the demo company's warehouse: dbt docs generate wants it for itself."""
    return pathlib.Path(shutil.copy(demo, tmp_path_factory.mktemp("docs")))


@pytest.fixture(scope="module")
def site(company) -> pathlib.Path:
    """The site of the demo company."""
    folder = company.parent / "site"
    done = subprocess.run(
        [sys.executable, str(PROJECT / "docs" / "build_site.py"), "--out", str(folder)],
        env=dbt_command(company)[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def manifest(site, company) -> dict:
    return json.loads(pathlib.Path(f"{company}.target", "manifest.json").read_text())


@pytest.fixture(scope="module")
def browser():
    """Chromium or Chrome as the machine has it; `make browser` installs it."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("there is no Chromium or Chrome on this machine: run make browser as root")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page without a network; the test fails on any request for one and on any script error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    opened = context.new_page()
    asked, errors = [], []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


def test_pages_load_nothing(site):
    """No page names a script, style, font or picture outside itself."""
    pages = sorted(site.rglob("*.html"))
    assert [str(page.relative_to(site)) for page in pages] == [
        "dashboards/alerts.html",
        "dashboards/care.html",
        "dashboards/customers.html",
        "dashboards/data_costs.html",
        "dashboards/data_team.html",
        "dashboards/experiments.html",
        "dashboards/growth.html",
        "dashboards/models.html",
        "dashboards/overview.html",
        "dashboards/trust.html",
        "dbt/index.html",
        "index.html",
        "lineage/index.html",
    ]
    loads = re.compile(
        r"""<(?:script|img|iframe|source)[^>]{0,300}\bsrc=["']?(?:https?:)?//"""
        r"""|<link[^>]{0,300}\bhref=["']?(?:https?:)?//|@import\s+["']?(?:url)?|url\(["']?https?:"""
    )
    for page in pages:
        found = [match.group() for match in loads.finditer(page.read_text(encoding="utf-8"))]
        assert [text for text in found if "//" in text or text.startswith("@import")] == [], page


def test_links_of_the_front_page_lead_somewhere(site, manifest):
    html = (site / "index.html").read_text(encoding="utf-8")
    targets = set(re.findall(r'href="([^"#][^"]*)"', html)) - {"data:,"}
    assert len(targets) > 50
    for target in targets:
        assert (site / re.split(r"[?#]", target)[0]).exists(), target
    shown = set(re.findall(r"#!/(?:model|seed)/([\w.]+)", html))
    public = {key for key, node in manifest["nodes"].items() if node.get("access") == "public"}
    assert public <= shown
    assert shown <= manifest["nodes"].keys()


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("orders", "table", "orders"),
        ("주문", "table", "orders"),
        ("매출은", "metric", "revenue"),
        ("활성 고객", "metric", "active_customers"),
        ("churn", "metric", "subscriber_churn_rate"),
        ("revenue", "column", "revenue in orders"),
        ("how much sell", "question", "How much did we sell?"),
        ("대시보드", "dashboard", "How the company stands"),
    ],
)
def test_search_finds(site, page, words, kind, name):
    page.goto((site / "index.html").as_uri())
    page.fill("#query", words)
    found = page.locator("#results a").evaluate_all(
        "links => links.slice(0, 6).map(a => [a.querySelector('.kind').textContent,"
        " a.querySelector('.name').textContent])"
    )
    assert [kind, name] in found


def test_search_of_the_site_ranks_as_that_of_the_terminal(site, company, page):
    """The same assets in the same order, with the same scores and reasons, for all golden queries."""
    connection = search_quality.find.index_of_warehouse(company)
    queries = [row["query"] for row in search_quality.golden()]
    page.goto((site / "index.html").as_uri())
    ours = page.evaluate(
        "queries => queries.map(query => search(query).map(hit => [hit.asset.asset_id, hit.score, hit.why]))",
        queries,
    )
    for asked, of_site in zip(queries, ours, strict=True):
        hits = search_quality.find.search(connection, asked)
        assert len(of_site) == len(hits), asked
        for (asset, score, why), hit in zip(of_site[:30], hits, strict=False):
            assert (asset, why) == (hit["asset_id"], hit["why"]), asked
            assert score == pytest.approx(hit["score"], abs=2e-6), asked


def test_search_is_used_with_the_keyboard(site, page):
    """A slash goes to the box, arrows through what was found, Enter opens it, Escape goes back."""
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("who left")
    names = page.locator("#results .name").all_inner_texts()
    active = "() => document.activeElement.querySelector?.('.name')?.textContent ?? document.activeElement.id"
    for pressed, focus in (
        ("ArrowDown", names[0]),
        ("ArrowDown", names[1]),
        ("ArrowUp", names[0]),
        ("ArrowUp", "query"),
        ("ArrowDown", names[0]),
        ("Escape", "query"),
        ("ArrowDown", names[0]),
    ):
        page.keyboard.press(pressed)
        assert page.evaluate(active) == focus, pressed
    page.keyboard.press("Enter")
    page.wait_for_url("**/dbt/index.html#!/**")


def test_search_that_finds_nothing_is_kept_as_a_gap(site, page):
    page.goto((site / "index.html").as_uri())
    page.fill("#query", "qqqq zzzz")
    page.press("#query", "Enter")
    page.press("#query", "Enter")
    page.reload()
    kept = page.locator("#kept .of-browser").inner_text()
    assert "qqqq zzzz" in kept and "2" in kept


def test_tables_and_metrics_show_their_state_and_use(site, manifest, page):
    page.goto((site / "index.html").as_uri())
    row = page.locator("#area-core + .scroll tr", has=page.get_by_text("orders", exact=True)).first
    facts = row.locator(".facts").inner_text()
    assert "freshness unknown" in facts or "on time" in facts or "late" in facts
    assert "views" in facts and "used by" in facts
    facts = page.locator("#metric-revenue .facts").inner_text()
    assert "data to 20" in facts and "used by" in facts


def test_search_says_when_nothing_is_found(site, page):
    page.goto((site / "index.html").as_uri())
    page.fill("#query", "zzzz")
    assert "Nothing is called" in page.locator("#results").inner_text()


def test_search_leads_to_the_page_of_orders(site, page):
    page.goto((site / "index.html").as_uri())
    page.fill("#query", "orders")
    page.press("#query", "Enter")
    page.wait_for_url("**/dbt/index.html#!/model/model.groundwork.orders*")
    page.wait_for_selector("text=One row per order")
    text = page.locator("body").inner_text()
    assert "revenue" in text and "promised_at" in text
    assert "Data Tests" in text or "Data tests" in text, "the tests that read it"
    page.locator("text=Data Tests").last.click()
    assert "unique_key_orders_order_id" in page.locator("body").inner_text()


def test_lineage_shows_where_orders_come_from(site, page):
    page.goto(
        (site / "lineage" / "index.html").as_uri() + "?model=model.groundwork.orders&parents=1"
    )
    page.wait_for_selector(".react-flow__node")
    text = page.locator(".react-flow").inner_text()
    assert "stg_app__orders" in text and "revenue" in text


def test_lineage_reports_to_nobody(site):
    html = (site / "lineage" / "index.html").read_text(encoding="utf-8")
    assert "window.colibriTelemetry = false" in html


def test_lineage_passes_through_unions(site, page):
    """int_customer_activities is a union of three tables; its key is not of unknown origin."""
    page.goto(
        (site / "lineage" / "index.html").as_uri()
        + "?model=model.groundwork.customer_days&parents=1"
    )
    page.wait_for_selector("[data-id='model.groundwork.customer_days']")
    own = page.locator("[data-id='model.groundwork.customer_days']").inner_text()
    assert re.search(r"customer_id\s+[TPR]\b", own), "transformed, passed through or renamed"


def test_board_shows_the_numbers_of_metric_values(site, demo, page):
    month, values = query(
        demo,
        """
        select period_start, map_from_entries(list((metric_name, value)))
        from metrics.metric_values
        where
            grain = 'month'
            and brand = 'all'
            and period_start + interval 1 month <= (
                select max(period_start) + interval 1 day from metrics.metric_values where grain = 'day'
            )
        group by period_start
        order by period_start desc
        limit 1
        """,
    )[0]
    goals = dict(query(demo, "select status, count(*) from metrics.metric_scorecard group by 1"))
    page.goto((site / "dashboards" / "overview.html").as_uri())
    text = re.sub(r"\s+", "", page.locator("body").inner_text())
    assert f"{month:%B%Y}" in text
    for metric in ("new_customers", "active_customers"):
        assert f"{values[metric]:,.0f}" in text
    for metric in ("revenue", "net_revenue", "mrr"):
        assert f"${three_figures(values[metric])}" in text, metric
    on_track = goals.get("on_track", 0) + goals.get("met", 0)
    assert f"{on_track}Goals" in text
    charts = page.locator("svg").evaluate_all(
        "svgs => svgs.filter(svg => svg.querySelectorAll('path, rect').length > 20).length"
    )
    assert charts >= 1
    assert "NoData" not in text and "Error" not in text


def three_figures(value: float) -> str:
    """A number as the board's headlines print it: 27679.86 is 27.7k."""
    for size, suffix in ((1e6, "mn"), (1e3, "k"), (1, "")):
        if value >= size:
            return f"{float(f'{value / size:.3g}'):g}{suffix}"
    return f"{value:g}"


def test_no_warehouse_is_said_in_a_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, str(PROJECT / "docs" / "build_site.py"), "--out", str(tmp_path)],
        env=os.environ | {"GROUNDWORK_DB": str(tmp_path / "none/warehouse.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Run make build first" in done.stderr and "Traceback" not in done.stderr


def test_boards_of_another_currency_show_no_dollars():
    board = (
        "regional: {currency: USD}\nkpi: {format: currency_compact}\nother: {format: currency}\n"
    )
    assert build_dashboards.in_currency(board, "EUR") == board.replace("USD", "EUR")
    won = build_dashboards.in_currency(board, "KRW")
    assert won == 'kpi: {format: ".3s"}\nother: {format: ",.2f"}\n'
