"""The search of the site ranks as that of the terminal, is used with the keyboard, and leads to pages of the site."""

import json
import re
import shutil

import duckdb
import experiments
import home
import pages
import publish
import pytest
import search_index
from published import Published

LOAD = """async () => {
    const script = document.createElement("script");
    script.src = "assets/search.js";
    await new Promise(done => { script.onload = done; document.head.append(script); });
    window.find = makeSearch(SEARCH_INDEX);
}"""


@pytest.fixture(scope="module")
def index(site) -> dict:
    """What the script of the search was given."""
    text = (site / "assets" / "search.js").read_text(encoding="utf-8")
    return json.loads(text.partition("const SEARCH_INDEX=")[2].rstrip().removesuffix(";"))


def test_the_search_of_the_site_ranks_as_that_of_the_terminal(site, golden_hits, open_page):
    """The same assets in the same order, with the same scores and reasons, for every second golden query."""
    queries = list(golden_hits)[::2]
    page = open_page(site / "about.html")
    page.evaluate(LOAD)
    ours = page.evaluate(
        "queries => queries.map(query => find(query).map(hit => [hit.asset.asset_id, hit.score, hit.why]))",
        queries,
    )
    for asked, of_site in zip(queries, ours, strict=True):
        hits = golden_hits[asked]
        assert len(of_site) == len(hits), asked
        for (asset, score, why), hit in zip(of_site[:30], hits, strict=False):
            assert (asset, why) == (hit["asset_id"], hit["why"]), asked
            assert score == pytest.approx(hit["score"], abs=2e-6), asked


def test_hits_lead_to_pages_and_to_places_on_them(site, open_page):
    """To what is called so; only steps on the way, which have no page here, lead to dbt's page or to the list."""
    page = open_page(site / "about.html")
    page.evaluate(LOAD)
    links = page.evaluate(
        "() => SEARCH_INDEX.assets.length && find('a').constructor && makeSearch(SEARCH_INDEX) && "
        "['orders', 'revenue', 'order_id'].map(word => find(word).map(hit => [hit.asset.kind, hit.asset.shown_name, hit.asset.link]))"
    )
    found = {(kind, name): link for hits in links for kind, name, link in hits}
    assert found["model", "orders"] == "tables/orders.html"
    assert found["metric", "revenue"] == "metrics/revenue.html"
    assert found["column", "orders.order_id"] == "tables/orders.html#order_id"


def test_every_hit_leads_somewhere(site, index):
    anchors: dict[str, set[str]] = {}
    for kind, _, name, _, _, _, _, link, others in index["assets"]:
        to = link or f"tables/{others['table']}.html#{name}"
        if ":" in to:
            continue
        page, _, place = to.partition("#")
        assert (site / page).exists(), to
        if page not in anchors:
            anchors[page] = set(re.findall(r'\bid="([^"]+)"', (site / page).read_text("utf-8")))
        assert not place or place in anchors[page], to
        if kind in ("metric", "question", "column", "raw", "reference"):
            assert page != "tables/index.html", (kind, name)


def test_the_index_is_small(site):
    assert (site / "assets" / "search.js").stat().st_size < 1_600_000


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
    ],
)
def test_search_finds(site, open_page, words, kind, name):
    page = open_page(site / "about.html")
    page.fill("#query", words)
    page.wait_for_selector("#results a")
    found = page.locator("#results a").evaluate_all(
        "links => links.slice(0, 6).map(a => [a.querySelector('.kind').textContent,"
        " a.querySelector('.name').textContent])"
    )
    assert [kind, name] in found


def test_search_is_used_with_the_keyboard(site, open_page):
    """A slash goes to the box, arrows through what was found, Enter opens it, Escape goes back."""
    page = open_page(site / "metrics" / "revenue.html")
    page.keyboard.press("/")
    page.keyboard.type("who left")
    page.wait_for_selector("#results a")
    page.wait_for_function("document.getElementById('found').textContent !== ''")
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
    page.wait_for_url(re.compile(r"/(tables|metrics|boards)/|questions\.html"))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_is_found_is_on_the_screen(site, open_page, lang):
    """Whatever the width and however long a name is, nothing is cut off."""
    page = open_page(site / "about.html", lang=lang)
    page.fill("#query", "personal columns classified share")
    page.wait_for_selector("#results a")
    for width in (1440, 1100, 1000, 981, 980, 900, 721, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        left, right, hidden = page.evaluate(
            "() => { const list = document.getElementById('results'), box = list.getBoundingClientRect();"
            " return [box.left, box.right, list.scrollWidth - list.clientWidth]; }"
        )
        assert left >= 0 and right <= width and hidden <= 0, (width, left, right, hidden)


def test_a_hit_opens_at_its_place_in_the_language_of_the_reader(site, open_page):
    page = open_page(site / "about.html", lang="ko")
    page.fill("#query", "매출이 얼마인가요?")
    page.locator("#results a", has=page.locator(".kind", has_text="질문")).first.click()
    page.wait_for_url(re.compile(r"questions\.html\?lang=ko#"))
    assert page.evaluate("document.documentElement.lang") == "ko"
    assert page.locator(":target").count() == 1


def test_search_that_finds_nothing_is_kept_as_a_gap(site, open_page):
    page = open_page(site / "about.html")
    for _ in range(2):
        page.fill("#query", "qqqq zzzz")
        page.wait_for_selector("#results li")
        assert "Nothing is called" in page.locator("#results").inner_text()
        page.press("#query", "Enter")
    page.wait_for_selector("#kept .of-browser")
    page.reload()
    kept = page.locator("#kept .of-browser").inner_text()
    assert "qqqq zzzz" in kept and "2" in kept


def test_an_experiment_of_any_name_is_found_on_its_page(published_demo, company, tmp_path):
    """EXP-7 (new) is no file's name everywhere: its page has another, and all that lead to it know."""
    renamed = tmp_path / "build"
    shutil.copytree(published_demo / "current", renamed)
    with duckdb.connect(str(renamed / publish.DATABASE)) as connection:
        (old,) = connection.execute(
            "select min(experiment_id) from experiments.experiment_verdicts"
        ).fetchone()
        connection.execute(
            "update experiments.experiment_verdicts set verdict = 'ship', decision = null where experiment_id = $1",
            [old],
        )
        for table, column, prefix in (
            ("experiments.experiment_verdicts", "experiment_id", ""),
            ("catalog.catalog_assets", "asset_id", "experiment."),
            ("catalog.search_assets", "asset_id", "experiment."),
            ("catalog.search_terms", "asset_id", "experiment."),
        ):
            connection.execute(
                f"update {table} set {column} = '{prefix}EXP-7 (new)' where {column} = '{prefix}{old}'"
            )
    published = Published(renamed)
    other = pages.Company(published, company.project)
    page = next(
        row["page"] for row in experiments.verdicts(other) if row["experiment_id"] == "EXP-7 (new)"
    )
    assert re.fullmatch(r"experiments/exp-7-new--[0-9a-f]{8}\.html", page)
    connection = search_index.index_of(published, company.project.manifest)
    found = search_index.exported(connection, {page, "tables/experiment_verdicts.html"})
    links = {asset[1]: asset[7] for asset in found["assets"] if asset[0] == "experiment"}
    assert links["experiment.EXP-7 (new)"] == page
    assert set(links.values()) == {page, "tables/experiment_verdicts.html"}
    assert page in {line["link"] for line in home.experiment_lines(other, {page})}
