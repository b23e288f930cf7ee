"""The boards of the data team: what they show is what SQL says, and an empty company gets no zeros."""

import json
import re
from pathlib import Path

import boards
import duckdb
import pages
import publish
import pytest
from manifest import read_manifest
from project import Project
from published import Published
from small_published import published

BOARDS = ("alerts", "data_costs", "data_team")
EVERY_BOARD = sorted(file.stem for file in boards.FOLDER.glob("*.yml"))


@pytest.fixture(scope="module")
def current(published_demo) -> Path:
    return publish.current_of(published_demo)


@pytest.fixture(scope="module")
def ask(current):
    """`ask(sql)`: the only row of a query on the published demo."""
    with duckdb.connect(str(current / publish.DATABASE), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchone()


@pytest.fixture(scope="module")
def company(current, demo):
    target = demo.with_name("warehouse.duckdb.target")
    return pages.Company(Published(current), Project(read_manifest(target / "manifest.json")))


def cards_of(site: Path, board: str) -> dict[str, dict]:
    """What a page carries of each card, by its English title."""
    html = (site / "boards" / f"{board}.html").read_text(encoding="utf-8")
    titles = dict(
        re.findall(r'<h2 id="(card\d+)-title"><span class="t" lang="en">([^<]*)</span>', html)
    )
    data = re.search(r'<script id="cards" type="application/json">(.*?)</script>', html, re.S)[1]
    return {titles[card["id"]].replace("&#39;", "'"): card for card in json.loads(data)}


def tiles_of(company, board: str) -> dict[str, dict]:
    found = pages.board_page(company, board)["cards"]
    return {tile["label"][0]: tile for card in found if "tiles" in card for tile in card["tiles"]}


def test_alerts_are_those_of_sql(site, ask, company):
    tiles, cards = tiles_of(company, "alerts"), cards_of(site, "alerts")
    (last,) = ask("select max(measured_date) from platform.anomalies where tier <> 'too_early'")
    week = f"measured_date > date '{last}' - 7"
    (alerts,) = ask(f"select count(*) from platform.data_alerts where {week}")
    (looks,) = ask(f"select count(*) from platform.anomalies where tier = 'look' and {week}")
    (days, loud) = ask(
        "select count(distinct measured_date), count(distinct measured_date) filter (where tier = 'alert') "
        f"from platform.anomalies where tier <> 'too_early' and measured_date > date '{last}' - 30"
    )
    (judged,) = ask(
        "select count(*) from platform.anomalies where basis = 'fact' and tier <> 'too_early' and measured_date = "
        "(select max(measured_date) from platform.anomalies where basis = 'fact' and tier <> 'too_early')"
    )
    assert tiles["Alerts in seven days"]["shown"] == f"{alerts}"
    assert tiles["Worth a look, no alert"]["shown"] == f"{looks}"
    assert tiles["Days without an alert"]["shown"] == f"{days - loud}"
    assert tiles["Days without an alert"]["note"][0].startswith(f"of {days} judged until ")
    assert tiles["Measures of raw tables judged"]["shown"] == f"{judged:,}" != "0"

    by_month = cards["Alerts by month"]["rows"]
    assert (
        sum(row["alerts"] for row in by_month)
        == ask("select count(*) from platform.data_alerts")[0]
        > 0
    )
    assert any(row["alerts"] == 0 for row in by_month)
    watched = {
        row["basis"]: row for row in cards["What is watched, on its newest judged day"]["rows"]
    }
    assert watched["fact"]["judged"] == judged
    assert (
        len(cards["How small a loss of rows would have been noticed"]["rows"])
        == ask(
            "select count(*) from platform.anomalies where measure = 'rows' and basis = 'fact' and measured_date = "
            "(select max(measured_date) from platform.anomalies where basis = 'fact' and tier <> 'too_early')"
        )[0]
    )
    newest = cards["The newest alerts, against what was expected"]["rows"]
    assert newest and all(abs(row["place"]) > 1 for row in newest)


def test_costs_are_those_of_sql(site, ask, company):
    tiles, cards = tiles_of(company, "data_costs"), cards_of(site, "data_costs")
    cost, idle = ask(
        "select sum(cost)::double, sum(cost) filter (where used_by = 'nothing' or used_by = 'table')::double "
        "from platform.data_costs where cost_date > (select max(cost_date) - 91 from platform.data_costs)"
    )
    assert tiles["Share of cost that nobody used"]["shown"] == f"{idle / cost:.1%}"
    assert tiles["Cost that nobody used"]["shown"] == f"${idle:.2f}"
    (open_questions, asked) = ask(
        "select count(*) filter (where answered_at is null), count(*) from platform.questions where status <> 'unknown'"
    )
    assert tiles["Questions without an answer"]["shown"] == f"{open_questions}"
    assert tiles["Questions without an answer"]["note"][0] == f"of {asked} ever asked"

    services = cards["Cost by month and service"]["rows"]
    assert sum(row["cost"] for row in services) == pytest.approx(
        ask("select sum(cost)::double from platform.data_costs")[0], rel=1e-5
    )
    april = [row for row in services if row["month"] == "2026-04-01"]
    assert sum(row["cost"] for row in april) == pytest.approx(
        ask(
            "select value from metrics.metric_values where metric_name = 'data_cost' and brand = 'all' "
            "and grain = 'month' and period_start = date '2026-04-01'"
        )[0],
        rel=1e-5,
    )
    assert {row["is_final"] for row in april} == {True}
    assert {row["is_final"] for row in services if row["month"] == "2026-06-01"} == {False}
    teams = cards["Cost by team in the newest 91 days"]["rows"]
    assert sum(row["cost"] for row in teams) == pytest.approx(cost, rel=1e-5)
    assert sum(row["share"] for row in teams) == pytest.approx(1, rel=1e-4)
    views = cards["Views of boards by month, certified or not"]["rows"]
    certified = sum(row["views"] for row in views if row["certified"] == "certified")
    assert (certified, sum(row["views"] for row in views)) == ask(
        "select sum(certified_views), sum(views) from platform.dashboard_use"
    )
    for title, count in {
        "Boards, what they cost and whether anybody opens them": "platform.cost_value where asset_kind = 'board'",
        "What nobody uses": "platform.unused_assets",
        "Boards that may be the same": "platform.duplicate_boards",
        "Questions that wait for an answer": "platform.questions where status = 'open'",
        "How long questions wait, by quarter of asking": "platform.question_waits where is_total and grain = 'quarter'",
    }.items():
        assert len(cards[title]["rows"]) == ask(f"select count(*) from {count}")[0] > 0, title
    open_by_week = cards["Questions open at the end of each week"]["rows"]
    assert (open_by_week[-1]["open_at_end"],) == ask(
        "select open_at_end from platform.question_days where dayofweek(question_date) = 0 "
        "order by question_date desc limit 1"
    )


def test_feeds_jobs_and_tests_are_those_of_sql(site, ask, company):
    tiles, cards = tiles_of(company, "data_team"), cards_of(site, "data_team")
    late, on_time, unknown, tables = ask(
        "select count_if(verdict in ('late', 'stopped')), count_if(verdict = 'on_time'), "
        "count_if(verdict = 'unknown'), count(*) from platform.freshness"
    )
    assert tiles["Tables late or stopped"]["shown"] == f"{late}"
    assert tiles["Tables late or stopped"]["note"] == (
        f"{on_time} on time, {unknown} unknown",
        f"제때 {on_time}개, 알 수 없음 {unknown}개",
    )
    assert tiles["Tables never delivered"]["note"][0] == f"of {tables}"
    assert len(cards["Every raw table, and when its next rows are due"]["rows"]) == tables

    by_month = {
        row["month"]: row
        for row in cards["Appointments of jobs that were missed, by month"]["rows"]
    }
    missed, scheduled = ask(
        "select sum(missed_count), sum(scheduled_count) from platform.job_days where month_start = date '2026-05-01'"
    )
    assert (by_month["2026-05-01"]["missed"], by_month["2026-05-01"]["scheduled"]) == (
        missed,
        scheduled,
    )
    assert (
        sum(row["missed"] for row in by_month.values())
        == ask("select sum(missed_count) from platform.job_days")[0]
    )
    jobs = cards["Jobs in their newest month, the least budget left first"]["rows"]
    assert len(jobs) == ask("select count(distinct job_name) from platform.job_days")[0]
    assert [row["budget_left"] for row in jobs] == sorted(row["budget_left"] for row in jobs)
    shares = cards["Data on time by month, share of table days"]["rows"]
    assert (
        shares[-1]["n"]
        == ask(
            "select n from metrics.metric_values where metric_name = 'data_on_time_share' and grain = 'month' "
            "and brand = 'all' and value is not null order by period_start desc limit 1"
        )[0]
    )
    assert {row["is_final"] for row in shares} == {True, False}
    assert len(cards["The newest 200 runs"]["rows"]) == ask("select count(*) from platform.runs")[0]
    failed, executed = ask(
        "select count_if(last_status in ('fail', 'error')), count(*) from (select arg_max(results.status, "
        "runs.started_at) as last_status from platform.run_tests as results inner join platform.runs as runs "
        "using (invocation_id) where results.status <> 'skipped' group by results.node_id, results.tested_node_id)"
    )
    assert tiles["Tests that failed"]["shown"] == (f"{failed}" if executed else "–")


@pytest.mark.parametrize("board", BOARDS)
def test_every_link_leads_to_a_page(site, board):
    for card in cards_of(site, board).values():
        for column in card["columns"].values():
            if "link" in column:
                found = {row[column["link"]] for row in card["rows"]} - {None}
                assert [page for page in found if not (site / page).exists()] == []


@pytest.mark.parametrize("board", EVERY_BOARD)
def test_a_company_without_a_row_gets_no_zeros(board, current, company, tmp_path):
    """Tables without rows: no query fails, no number is 0, and no card shows rows that nobody delivered."""
    real = Published(current)
    names = {"metric_values", "metric_definitions", "metric_scorecard", "freshness"}
    names |= set(boards.tables_of(boards.load(boards.FOLDER / f"{board}.yml")))
    tables = {
        name: f"select * from warehouse.{real.ref(name)} limit 0"
        for name in names
        if real.has(name)
    }
    empty = published(tmp_path / "published", tables, current / publish.DATABASE)
    for card in pages.board_page(pages.Company(empty, company.project), board)["cards"]:
        if "metrics" in card:
            assert [metric["name"] for metric in card["metrics"] if metric["now"]] == []
        elif "tiles" in card:
            assert {tile["shown"] for tile in card["tiles"]} == {"–"}
        else:
            assert card["rows"] == [], card["title"]["en"]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("board", BOARDS)
def test_a_board_is_read_on_every_screen(site, open_page, board, width):
    """Nothing is wider than the screen, no text is under 11 px, and every card has its drawing or its rows."""
    page = open_page(site / "boards" / f"{board}.html", width=width, dark=width == 390, lang="ko")
    page.wait_for_selector(".chart svg path")
    page.wait_for_function(
        "[...document.querySelectorAll('.chart')].every(one => one.hidden || one.querySelector('svg'))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('main *, footer *')]
            .filter(one => one.getClientRects().length && [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim()))
            .map(one => parseFloat(getComputedStyle(one).fontSize) * (one.ownerSVGElement ? Math.hypot(one.getScreenCTM().a, one.getScreenCTM().b) : 1)))"""
    )
    assert smallest >= 11
    assert (
        page.locator("section.card:not(:has(.chart svg, table, .empty:not([hidden])))").count() == 0
    )


def test_rows_are_sorted_and_turned_by_keyboard(site, open_page):
    page = open_page(site / "boards" / "data_team.html", lang="ko")
    card = page.locator("section.card", has_text="모든 원천 테이블")
    card.locator("tbody tr").first.wait_for()
    assert card.locator("tbody tr:visible").count() == 20
    assert card.locator("tbody tr", has_text="제때").count() > 0
    head = card.locator("thead button").nth(5)
    head.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    rows = [
        int(text.replace(",", ""))
        for text in card.locator("tbody tr:visible td:nth-child(6)").all_inner_texts()
    ]
    assert rows == sorted(rows, reverse=True) and rows[0] > 1000
    card.get_by_role("button", name="다음").focus()
    page.keyboard.press("Enter")
    assert 0 < card.locator("tbody tr:visible").count() < 20
    link = card.locator("tbody tr:visible a").first
    assert "lang=ko" in link.get_attribute("href")


def test_an_empty_card_says_whether_that_is_good(site, open_page):
    page = open_page(site / "boards" / "alerts.html")
    assert (
        page.locator(".empty:visible")
        .first.inner_text()
        .startswith("No alert among what was judged in these 30 days.")
    )


def test_alerts_of_the_last_days_are_listed(current, company, ask, tmp_path):
    """The demo as it was a week after its alerts began: seven days of them, and what hangs on each."""
    (first,) = ask("select min(measured_date) from platform.data_alerts")
    tables = {
        "anomalies": f"select * from warehouse.platform.anomalies where measured_date <= date '{first}' + 7",
        "data_alerts": "select * from warehouse.platform.data_alerts",
        "metric_values": "select * from warehouse.metrics.metric_values limit 0",
    }
    then = published(tmp_path / "published", tables, current / publish.DATABASE)
    found = pages.board_page(pages.Company(then, company.project), "alerts")["cards"]
    tiles = {
        tile["label"][0]: tile["shown"]
        for card in found
        if "tiles" in card
        for tile in card["tiles"]
    }
    rows = next(
        card["rows"]
        for card in found
        if "rows" in card and card["title"]["en"].startswith("Alerts of the last")
    )
    week = f"measured_date > date '{first}'"
    assert (
        tiles["Alerts in seven days"]
        == f"{ask(f'select count(*) from platform.data_alerts where {week}')[0]}"
    )
    assert len(rows) == ask("select count(*) from platform.data_alerts")[0] > 0
    assert [row["measured_date"] for row in rows] == sorted(
        (row["measured_date"] for row in rows), reverse=True
    )
    assert {row["page"] for row in rows} <= {
        f"metrics/{name}.html" for name in company.project.metrics
    } | {f"tables/{name}.html" for name in company.project.tables}
    assert int(tiles["Days without an alert"]) == 30 - len({row["measured_date"] for row in rows})
