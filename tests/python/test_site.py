"""Every page of the site: whole without a network, on a phone, by keyboard, in both schemes; and of other companies."""

import functools
import html
import json
import pathlib
import random
import re
import shutil
from urllib.parse import unquote

import build
import duckdb
import publish
import pytest
import tables
import warehouse
from axe_playwright_python.sync_playwright import Axe
from contracts import DIRECT, PSEUDONYMS

SMALLEST = 11
KB, MB = 1000, 1_000_000
# Milliseconds between two pictures of a screen: nobody sees less.
FRAME = 17
# A page of each template, and of a raw table, whose page has other parts.
TEMPLATES = [
    "index.html",
    "about.html",
    "questions.html",
    "metrics/index.html",
    "metrics/revenue.html",
    "boards/index.html",
    "boards/growth.html",
    "tables/index.html",
    "tables/metric_values.html",
    "tables/raw_app__customers.html",
    "experiments/index.html",
]
# The same templates, where more or less is on the page.
MORE = [
    "metrics/customer_churn_rate.html",
    "tables/orders.html",
    "tables/rejected_rows.html",
    "tables/metric_goals.html",
    "restricted/patients.html",
]
# What axe finds of colours: in the dark a page differs in nothing else.
OF_COLOURS = ["color-contrast", "link-in-text-block"]

# Text that is shown, by its size on the screen; that of an SVG by its matrix.
TEXT_SIZES = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement, text = node.textContent.trim();
        if (!text || !element.checkVisibility({visibilityProperty: true}) || /^(script|style|title|noscript)$/i.test(element.tagName)) continue;
        let size = parseFloat(getComputedStyle(element).fontSize);
        if (element.ownerSVGElement) {
            const matrix = element.getScreenCTM();
            size *= Math.hypot(matrix.a, matrix.b);
        }
        found.push([Math.round(10 * size) / 10, text.slice(0, 40)]);
    }
    return found;
}"""
CONTROLS = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter(element => element.checkVisibility({visibilityProperty: true}) && !element.disabled).length"""
# Whether a reader sees where the focus is: an outline, or in a picture the edge of a box.
FOCUS = """() => {
    const element = document.activeElement, box = element.querySelector?.(":scope > rect");
    if (element === document.body) return null;
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const edged = box && parseFloat(getComputedStyle(box).strokeWidth) >= 2;
    element.dataset.seen = "";
    return [element.tagName, element.textContent.trim().slice(0, 30), Boolean(outlined || edged)];
}"""


@pytest.fixture(scope="module", params=["few", pytest.param("all", marks=pytest.mark.slow)])
def kinds(site, request) -> list[str]:
    """A page of each template, with two others drawn by lot, or with all of MORE and every board."""
    names = [page.relative_to(site).as_posix() for page in pages_of(site)]
    experiment = next(name for name in names if re.match("experiments/.*_", name))
    found = [*TEMPLATES, experiment]
    if request.param == "few":
        others = [name for name in names if name not in found]
        return [*found, *random.Random(16).sample(others, 2)]
    return list(dict.fromkeys([*found, *MORE, *(n for n in names if n.startswith("boards/"))]))


@pytest.fixture(scope="module")
def target(demo):
    return demo.with_name("warehouse.duckdb.target")


def pages_of(folder: pathlib.Path) -> list[pathlib.Path]:
    """The pages of ours."""
    return [
        path
        for path in sorted(folder.rglob("*.html"))
        if path.parent.name not in ("dbt", "lineage")
    ]


@functools.cache
def text_of(page: pathlib.Path) -> str:
    return page.read_text(encoding="utf-8")


@functools.cache
def anchors_of(page: pathlib.Path) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', text_of(page)))


# ---- Whole, without a network --------------------------------------------------------------------


def test_pages_load_nothing_from_elsewhere(site):
    loads = re.compile(
        r"""<(?:script|img|iframe|source)[^>]{0,300}\bsrc=["']?(?:https?:)?//"""
        r"""|<link[^>]{0,300}\bhref=["']?(?:https?:)?//|@import|url\(["']?https?:"""
    )
    for file in [*pages_of(site), *site.glob("assets/*.css"), site / "assets" / "site.js"]:
        assert not loads.findall(text_of(file)), file


def links_of(page: pathlib.Path) -> list[str]:
    """Where a page leads to within the site."""
    found = map(html.unescape, re.findall(r'<a\b[^>]*\bhref="([^"]*)"', text_of(page)))
    return [link for link in found if not re.match(r"(https?|mailto|data):", link)]


def broken_links(site: pathlib.Path) -> list[str]:
    """The links to a page that is not there, or to a place that is not on it."""
    broken = []
    for page in pages_of(site):
        for link in set(links_of(page)):
            path, _, place = link.partition("#")
            path = unquote(path.partition("?")[0])
            other = (page.parent / path).resolve() if path else page
            is_there = other.is_file() and (
                not place
                or other.suffix != ".html"
                or other.parent.name in ("dbt", "lineage")
                or unquote(place) in anchors_of(other)
            )
            broken += [] if is_there else [f"{page.relative_to(site)} leads to {link}"]
    return broken


def test_every_link_leads_somewhere(site):
    assert broken_links(site) == []
    assert sum(len(links_of(page)) for page in pages_of(site)) > 5000


def test_no_id_of_a_person_is_on_an_open_page(site, demo):
    """Customers by id are nowhere but in restricted/."""
    with duckdb.connect(str(demo), read_only=True) as connection:
        ids = {
            row[0]
            for row in connection.execute("select customer_id from core.customers").fetchall()
        }
    for page in pages_of(site):
        if page.parent.name != "restricted":
            shown = set(re.findall(r"[\w-]+", text_of(page))) & ids
            assert not shown, (page, sorted(shown)[:3])


def test_sizes(site):
    assert (site / "index.html").stat().st_size <= 300 * KB
    for page in (site / "metrics").glob("*.html"):
        assert page.name == "index.html" or page.stat().st_size <= 150 * KB, page
    assert sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) <= 15 * MB


# ---- Looked at --------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(site, kinds, open_page, request, dark):
    """In the dark only colours are looked at of the few, everything of all."""
    axe, faults = Axe(), []
    options = {"resultTypes": ["violations"]}
    if dark and request.node.callspec.params["kinds"] == "few":
        options["runOnly"] = OF_COLOURS
    opened = open_page(site / kinds[0], dark=dark)
    for page in kinds:
        opened.goto((site / page).as_uri())
        opened.wait_for_timeout(100)
        opened.evaluate(axe.axe_script)
        violations = opened.evaluate(
            "options => axe.run(document, options).then(found => found.violations)", options
        )
        faults += [
            f"{page}: {fault['id']} {fault['nodes'][0]['html'][:120]}" for fault in violations
        ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_phone_shows_all_of_it(site, kinds, open_page, language):
    """Nothing is wider than the screen, no text smaller than 11 px."""
    faults = []
    opened = open_page(site / kinds[0], width=390, lang=language)
    for page in kinds:
        opened.goto(f"{(site / page).as_uri()}?lang={language}")
        if opened.locator(".chart:visible").count():
            opened.wait_for_selector(".chart svg", timeout=5000)
        width = opened.evaluate("document.documentElement.scrollWidth")
        sizes = opened.evaluate(TEXT_SIZES)
        assert len(sizes) > 20, page
        faults += [f"{page} is {width} px wide"] if width > 390 else []
        faults += [f"{page}: {size} px, {text}" for size, text in sizes if size < SMALLEST][:3]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "page",
    [
        "index.html",
        "about.html",
        "boards/growth.html",
        "metrics/revenue.html",
        "tables/metric_scorecard.html",
    ],
)
def test_every_control_is_reached_by_tab_and_seen(site, open_page, page):
    opened = open_page(site / page)
    opened.wait_for_timeout(200)
    controls, steps, unseen = opened.evaluate(CONTROLS), 0, []
    for _ in range(controls + 5):
        opened.keyboard.press("Tab")
        focus = opened.evaluate(FOCUS)
        if focus is None:
            break
        steps += 1
        unseen += [focus] if not focus[2] else []
    assert not unseen
    missed = opened.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, summary')]
        .filter(element => element.checkVisibility({visibilityProperty: true}) && !element.disabled && !("seen" in element.dataset))
        .map(element => element.outerHTML.slice(0, 100))"""
    )
    assert not missed
    assert steps >= controls > 10


def test_the_language_is_kept_over_pages_of_a_disk(site, open_page):
    """In the address: a browser may keep nothing of pages that it opens from a disk."""
    page = open_page(site / "about.html", lang="ko")
    page.evaluate("localStorage.clear()")
    for place, name in (
        ("nav a >> nth=2", "대시보드"),
        ("main li a", None),
        ("header .name", None),
    ):
        page.locator(place).first.click()
        page.wait_for_load_state()
        assert "lang=ko" in page.url
        assert page.evaluate("document.documentElement.lang") == "ko"
        if name:
            assert page.locator("h1").inner_text().strip() == name


def test_a_list_is_filtered_by_typing(site, open_page):
    page = open_page(site / "tables" / "index.html")
    every = page.locator("[data-words]:visible").count()
    page.fill("#filter", "one row per ORDER item")
    shown = page.locator("[data-words]:visible").all_inner_texts()
    assert 0 < len(shown) < every / 10
    assert any(text.startswith("order_items") for text in shown)
    assert page.locator("#filtered").inner_text() == f"{len(shown)} found"
    page.fill("#filter", "")
    assert page.locator("[data-words]:visible").count() == every


@pytest.mark.slow
def test_what_a_search_finds_opens_in_twice_the_time_of_home(site, browser):
    """The best of nine turns, in which each page is opened once: a busy machine is slow for all of them."""

    def opens_in(page: str) -> float:
        context = browser.new_context(offline=True)
        opened = context.new_page()
        opened.goto((site / page).as_uri(), wait_until="load")
        time = opened.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd")
        context.close()
        return time

    names = ("index.html", "tables/orders.html", "metrics/revenue.html", "questions.html")
    turns = [[opens_in(name) for name in names] for _ in range(9)]
    home, *others = map(min, zip(*turns, strict=True))
    for name, time in zip(names[1:], others, strict=True):
        assert time <= 2 * home + FRAME, name


# ---- Tables --------------------------------------------------------------------


def test_rows_are_shown_only_where_nobody_is_in_them(site, published_demo, parsed_manifest):
    """The five of a table without persons; none of a raw table, and none with a customer, a device or a visitor."""
    about = json.loads((published_demo / "current" / publish.MANIFEST).read_text())
    personal = {
        name
        for node in parsed_manifest["nodes"].values()
        if node["resource_type"] == "seed"
        for name, column in node["columns"].items()
        if column["config"]["meta"].get("pii") in DIRECT | PSEUDONYMS
    } | {
        "customer_id",
        "anonymous_id",
        "visitor_id",
        "device_id",
        "session_id",
        "order_id",
        "payment_id",
    }
    with_rows = 0
    for page in (site / "tables").glob("*.html"):
        rows = re.search(r'id="sample"', text_of(page))
        table = next((item for item in about["tables"] if item["table"] == page.stem), None)
        if page.stem == "index":
            continue
        if table is None or personal & {column["name"] for column in table["columns"]}:
            assert not rows, page
        with_rows += bool(rows)
    assert with_rows > 80
    assert "about single persons (order_id, customer_id" in text_of(site / "tables" / "orders.html")


@pytest.mark.parametrize(
    ("column", "is_a_person"),
    [
        ("customer_id", True),
        ("identified_customer_id", True),
        ("patient", True),
        ("device_id", True),
        ("decided_by", False),
        ("unit_id", True),
        ("customers", False),
        ("customer_count", False),
        ("unit", False),
        ("community", False),
        ("measured_devices", False),
    ],
)
def test_what_names_a_person(column, is_a_person):
    assert tables.names_a_person(column) is is_a_person


def test_a_raw_page_is_its_contract(site):
    page = text_of(site / "tables" / "raw_app__orders.html")
    assert re.search(r'id="order_id".*?<b>.*?required', page, re.DOTALL)
    assert "key of app.customers" in page
    page = text_of(site / "tables" / "raw_app__customers.html")
    assert re.search(r'id="email".*?<span class="tag">.*?: email</span>', page, re.DOTALL)


def test_the_select_and_the_python_of_a_page_run(site, published_demo, tmp_path, monkeypatch):
    (tmp_path / "published").symlink_to(published_demo)
    monkeypatch.chdir(tmp_path)
    for name in ("metric_values", "orders"):
        page = text_of(site / "tables" / f"{name}.html")
        sql = html.unescape(re.search(r'<pre id="sql">(.*?)</pre>', page, re.DOTALL)[1])
        python = html.unescape(re.search(r'<pre id="python">(.*?)</pre>', page, re.DOTALL)[1])
        with duckdb.connect(
            str(published_demo / "current" / publish.DATABASE), read_only=True
        ) as connection:
            assert len(connection.execute(sql).fetchall()) == 100
        found: dict = {}
        exec(python, found)
        assert len(found["rows"]) == 100


def test_lists_for_programs(site, parsed_manifest):
    found = json.loads((site / "catalogue.json").read_text(encoding="utf-8"))
    assert {item["name"] for item in found["metrics"]} == {
        node["name"] for node in parsed_manifest["metrics"].values()
    }
    for item in [*found["metrics"], *found["tables"], *found["experiments"]]:
        assert (site / item["page"]).is_file(), item["name"]
    for item in [*found["metrics"], *found["tables"]]:
        assert item["description"], item["name"]
    assert {item["page"] for item in found["experiments"]} == {
        f"experiments/{page.name}"
        for page in (site / "experiments").iterdir()
        if page.name != "index.html"
    }
    revenue = next(item for item in found["metrics"] if item["name"] == "revenue")
    assert revenue["owner"] and revenue["formula"] and revenue["last_full_month"] > 0
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# Groundwork\n\n> ")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (site / link).is_file(), link
    assert "[core.orders](tables/orders.html): One row per order" in text


# ---- Other companies --------------------------------------------------------------------


def emptied(published: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A copy of a published build in which no table but the rules has a row."""
    copy = folder / "builds" / "one"
    copy.mkdir(parents=True)
    about = json.loads((published / "current" / publish.MANIFEST).read_text())
    with duckdb.connect(str(copy / publish.DATABASE)) as connection:
        connection.execute(
            f"attach '{published / 'current' / publish.DATABASE}' as published (read_only)"
        )
        for table in about["tables"]:
            name = f"{table['schema']}.{table['table']}"
            kept = table["schema"] == "reference" or table["table"] in (
                "metric_definitions",
                "search_assets",
                "search_terms",
                "catalog_assets",
            )
            connection.execute(f"create schema if not exists {table['schema']}")
            connection.execute(
                f"create table {name} as from published.{name}{'' if kept else ' limit 0'}"
            )
            table["rows"] = table["rows"] if kept else 0
    (copy / publish.MANIFEST).write_text(json.dumps(about))
    return copy


@pytest.mark.slow
def test_one_build_has_one_site(site, published_demo, target, tmp_path):
    """Rows and links that tie have an order of their own, so that what changed is seen."""

    def pages(folder: pathlib.Path) -> dict[str, str]:
        built_at = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC · Groundwork")
        return {
            page.relative_to(folder).as_posix(): built_at.sub("", text_of(page))
            for page in pages_of(folder)
        }

    build.build(tmp_path, publish.current_of(published_demo), target, restricted=True)
    again, first = pages(tmp_path), pages(site)
    assert again.keys() == first.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_a_company_without_a_row_has_every_page(site, published_demo, target, tmp_path, open_page):
    """Each says what was not delivered; nothing that nobody delivered is a 0."""
    folder = tmp_path / "site"
    build.build(folder, emptied(published_demo, tmp_path), target, restricted=True)
    names = {page.relative_to(folder).as_posix() for page in pages_of(folder)}
    expected = {page.relative_to(site).as_posix() for page in pages_of(site)}
    assert {name for name in expected if not name.startswith("experiments/")} <= names
    page = text_of(folder / "metrics" / "revenue.html")
    assert re.search(r"app[._]+orders", page) and "was not delivered" in page
    assert "was not delivered" in text_of(folder / "tables" / "raw_app__orders.html")
    assert "was not delivered" in text_of(folder / "tables" / "orders.html")
    zeros = re.compile(r'class="(?:value|number)[^"]*"[^>]*>\s*[−$₩€]?0(?:\.0+)?%?\s*<')
    for page in pages_of(folder):
        assert not zeros.search(text_of(page)), page
    for name in ("index.html", "boards/growth.html", "metrics/revenue.html", "tables/orders.html"):
        opened = open_page(folder / name, width=390)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        is_home = name == "index.html"
        assert is_home or "not delivered" in opened.locator("main").inner_text(), name


def test_another_currency_in_a_folder_with_a_space(
    site, published_demo, target, tmp_path, open_page
):
    """Won: no dollar anywhere; a page opens from the folder, with its charts and its search."""
    told = tmp_path / "target"
    told.mkdir()
    shutil.copy(target / "manifest.json", told)
    (told / "run_results.json").write_text(
        json.dumps({"args": {"vars": {"reporting_currency": "KRW"}}})
    )
    folder = tmp_path / "our sites" / "for 2026"
    build.build(folder, publish.current_of(published_demo), told)
    for page in [*pages_of(folder), folder / "assets" / "words.js", folder / "llms.txt"]:
        amounts = re.findall(r".{0,30}\$\s?\d.{0,10}", text_of(page))
        assert not amounts, (page, amounts[:3])
    assert "₩" in text_of(folder / "metrics" / "revenue.html")
    assert not (folder / "restricted").exists()
    opened = open_page(folder / "metrics" / "revenue.html")
    opened.wait_for_selector(".chart svg path")
    assert "$" not in opened.locator("main").inner_text()
    opened.fill("#query", "orders")
    opened.wait_for_selector("#results a")
    opened.press("#query", "Enter")
    opened.wait_for_url("**/tables/orders.html")


def test_areas_that_are_switched_off_leave_no_page(published_demo, parsed_manifest, tmp_path):
    """core alone: tables of other areas are neither published nor in dbt's manifest; no link leads to them."""
    built, told = tmp_path / "builds" / "one", tmp_path / "target"
    built.mkdir(parents=True)
    told.mkdir()
    manifest = of_areas(parsed_manifest, {"core", "metrics"})
    (told / "manifest.json").write_text(json.dumps(manifest))
    names = {node["name"] for node in manifest["nodes"].values()}
    about = json.loads((published_demo / "current" / publish.MANIFEST).read_text())
    about["tables"] = [table for table in about["tables"] if table["table"] in names]
    (built / publish.MANIFEST).write_text(json.dumps(about))
    (built / publish.DATABASE).symlink_to((published_demo / "current" / publish.DATABASE).resolve())
    folder = tmp_path / "site"
    build.build(folder, built, told, restricted=True)
    assert (folder / "metrics" / "revenue.html").exists()
    assert not (folder / "metrics" / "roas.html").exists()
    assert not (folder / "boards" / "growth.html").exists()
    assert not (folder / "tables" / "freshness.html").exists()
    assert broken_links(folder) == []


def of_areas(manifest: dict, areas: set[str]) -> dict:
    """dbt's manifest with the marts of these areas alone, and what reads nothing else."""

    def is_left_out(node: dict) -> bool:
        folders = pathlib.PurePath(node["original_file_path"]).parts
        return folders[:2] == ("models", "marts") and folders[2] not in areas

    gone = {
        key
        for kind in ("nodes", "metrics", "exposures", "semantic_models")
        for key, node in manifest[kind].items()
        if is_left_out(node)
    }
    # The parts of areas in the tables of all metrics go with them.
    gone |= {
        key
        for key, node in manifest["nodes"].items()
        if node["name"].endswith("_metric_values")
        and node["name"].split("_")[0] not in {*areas, "metric"}
    }
    kinds = {
        kind: {key: node for key, node in manifest[kind].items() if key not in gone}
        for kind in ("nodes", "metrics", "exposures", "semantic_models")
    }
    ways = {
        kind: {
            key: [other for other in others if other not in gone]
            for key, others in manifest[kind].items()
            if key not in gone
        }
        for kind in ("parent_map", "child_map")
    }
    disabled = {
        key: [manifest[kind][key]] for kind in kinds for key in gone & manifest[kind].keys()
    }
    return manifest | kinds | ways | {"disabled": disabled}


def small_company(folder: pathlib.Path, *, with_orders: bool) -> dict[str, str]:
    """A shop of the three tables that a company must have; without its orders one of readings alone."""
    customers = ["customer_id,brand,country_code,created_at"]
    customers += [
        f"c{number},shop,FR,2026-01-{number % 28 + 1:02d} 09:00:00" for number in range(40)
    ]
    orders = ["order_id,customer_id,order_type,ordered_at,paid_at,status,currency"]
    items = ["order_id,line_number,product_id,quantity,unit_price"]
    for number in range(120):
        day = f"2026-0{number % 5 + 1}-{number % 28 + 1:02d}"
        orders.append(f"o{number},c{number % 40},purchase,{day} 10:00:00,{day} 10:05:00,paid,USD")
        items.append(f"o{number},1,p{number % 3},1,{10 + number % 7}")
    tables = {"app__customers": "\n".join(customers)}
    if with_orders:
        tables |= {"app__orders": "\n".join(orders), "app__order_items": "\n".join(items)}
    return tables


@pytest.mark.slow
@pytest.mark.parametrize("with_orders", [True, False])
def test_a_small_company_has_a_whole_site(tmp_path, open_page, with_orders):
    """Built from three tables, and from customers alone: pages are whole, and say what was not delivered."""
    raw = warehouse.write_raw(tmp_path / "raw", small_company(tmp_path, with_orders=with_orders))
    database = tmp_path / "warehouse.duckdb"
    warehouse.build(database, raw, tests=False, artifacts=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(warehouse.WHOLE_RUN)
    target = tmp_path / "warehouse.duckdb.target"
    published = publish.publish(tmp_path / "published", database, target)
    folder = tmp_path / "site"
    build.build(folder, published, target, restricted=True, database=database)
    assert broken_links(folder) == []
    assert "was not delivered" in text_of(folder / "tables" / "raw_ads__daily_performance.html")
    for name in (
        "index.html",
        "boards/index.html",
        "metrics/ad_spend.html",
        "boards/growth.html",
        "tables/orders.html",
    ):
        opened = open_page(folder / name, width=390)
        opened.wait_for_timeout(300)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert not [size for size, _ in opened.evaluate(TEXT_SIZES) if size < SMALLEST], name
    spend = text_of(folder / "metrics" / "ad_spend.html")
    assert "$0" not in spend and "was not delivered" in spend
    revenue = text_of(folder / "metrics" / "revenue.html")
    assert ("was not delivered" in revenue) is not with_orders
