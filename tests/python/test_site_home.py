"""Home = this morning: what it says is what SQL says, and it says nothing that nobody knows."""

import json
import re
import shutil
from datetime import date, datetime
from html import unescape
from types import SimpleNamespace

import duckdb
import home
import metric_pages
import pages
import pytest
from published import DATABASE, MANIFEST, Published


@pytest.fixture(scope="module")
def page(site):
    return (site / "index.html").read_text()


def test_home_is_small_and_whole(page, site):
    assert len(page.encode()) <= 300_000
    order = [page.index(f'id="{name}"') for name in ("trust", "headlines", "odd", "goals", "areas")]
    assert order == sorted(order)
    for link in re.findall(r'href="([^"#?]+\.html)', page[page.index("<main") :]):
        assert (site / link).exists(), link


def test_every_line_has_sql_that_runs(page, published):
    """What stands under a line can be copied and run on what is published."""
    found = re.findall(r'<pre id="([a-z]\d+)">(.*?)</pre>', page, re.DOTALL)
    assert len(found) > 10
    for key, sql in found:
        published.connection.execute(unescape(sql)).fetchall()
        assert f'data-copy="{key}"' in page
    assert len(re.findall(r'<li><div class="said">', page)) <= len(found)


def test_headline_numbers_are_those_of_sql(page, published, company):
    tiles = page[page.index('id="headlines"') : page.index('id="odd"')].split('<div class="tile">')[
        1:
    ]
    assert 5 <= len(tiles) <= 6
    for tile in tiles:
        name = re.search(r"metrics/(\w+)\.html", tile)[1]
        sql = unescape(re.search(r"<pre[^>]*>(.*?)</pre>", tile, re.DOTALL)[1])
        names = [column[0] for column in published.connection.execute(sql).description]
        rows = [
            dict(zip(names, row, strict=True))
            for row in published.connection.execute(sql).fetchall()
        ]
        last = [
            row
            for row in rows
            if row["value"] is not None
            and pages.period_end(row["period_start"], "month") <= company.as_of
        ][-1]
        metric = company.project.metrics[name]
        assert f'<div class="value">{company.amount(last["value"], metric["unit"])}' in tile, name
        assert ("not final" in tile) == (not last["is_final"] and last["reason"] != "can_change")


def test_counts_of_goals_and_tests_are_those_of_sql(page, published):
    running = published.connection.execute(
        "select status, count(*) from metrics.metric_scorecard "
        "where status not in ('met', 'missed', 'no_data', 'not_started') group by 1"
    ).fetchall()
    goals = unescape(page[page.index('id="goals"') :])
    for status, n in running:
        assert f'status {status}">{n} ' in goals
    failed = published.connection.execute(
        "select count(*) from platform.run_tests where status in ('fail', 'error')"
    ).fetchone()[0]
    assert failed == 0 and "none failed" in page
    late = published.connection.execute(
        "select count(*) from platform.freshness where verdict in ('late', 'stopped')"
    ).fetchone()[0]
    assert ("Nothing is late" in page) == (late == 0)
    for verdict, said in (
        ("on_time", "raw tables on time: "),
        ("unknown", "not known when they are due: "),
    ):
        (n,) = published.connection.execute(
            "select count(*) from platform.freshness where verdict = $1 and row_count > 0",
            [verdict],
        ).fetchone()
        assert (f"{said}{n}" in page) == (n > 0)


def test_what_is_not_final_is_said(page, published):
    """A13: the running and the young periods are named."""
    months = published.connection.execute(
        "select period_start from metrics.metric_periods where grain = 'month' and not is_final order by 1"
    ).fetchall()
    assert months
    trust = page[page.index('id="trust"') : page.index('id="headlines"')]
    for (month,) in months:
        assert f"{month:%b %Y}" in trust


# ---- Which metrics open the page ----


def with_metrics(company, *metrics, goals=None):
    """The company with metrics of these names and meta only."""
    other = pages.Company.__new__(pages.Company)
    known = {
        name: {
            "name": name,
            "id": f"metric.g.{name}",
            "headline": headline,
            "is_certified": certified,
        }
        for name, headline, certified, _ in metrics
    }
    children = {f"metric.g.{name}": ["x"] * (9 - place) for place, (name, *_) in enumerate(metrics)}
    other.project = SimpleNamespace(metrics=known, manifest={"child_map": children})
    other.as_of = date(2026, 6, 30)
    other.goals = goals or {}
    other.values = {
        name: [
            {
                "grain": "month",
                "brand": "all",
                "period_start": month,
                "value": None if month is None else 1.0,
            }
            for month in [month]
            if month
        ]
        for name, _, _, month in metrics
    }
    return other


JUNE, APRIL, OLD = date(2026, 6, 1), date(2026, 4, 1), date(2025, 6, 1)


def test_headlines_say_so_themselves_then_have_a_goal_then_are_certified(company):
    goal = {"brand": "all", "status": "at_risk", "period_end": date(2026, 9, 30)}
    metrics = [
        ("used", None, True, JUNE),
        ("asked_second", 2, True, APRIL),
        ("asked_first", 1, False, JUNE),
        ("asked_but_old", 0, True, OLD),
        ("asked_but_empty", 0, True, None),
        ("has_goal", None, False, JUNE),
        ("goal_of_a_brand", None, False, JUNE),
        ("less_used", None, True, JUNE),
    ]
    goals = {"has_goal": [goal], "goal_of_a_brand": [goal | {"brand": "b"}]}
    found = home.headline_names(with_metrics(company, *metrics, goals=goals))
    assert found == ["asked_first", "asked_second", "has_goal", "used", "less_used"]


def test_a_company_without_any_value_sees_what_is_missing(company):
    empty = with_metrics(company, ("a", 1, True, None), ("b", None, True, None))
    assert home.headline_names(empty) == ["a"]
    assert home.headline_names(with_metrics(company, ("b", None, False, None))) == []


def test_there_are_at_most_six(company):
    many = with_metrics(company, *((f"m{place}", place, True, JUNE) for place in range(9)))
    assert home.headline_names(many) == [f"m{place}" for place in range(6)]


# ---- Goals that changed side ----


def earlier(folder, as_of: str, statuses: dict | None) -> None:
    """A published build with the goals of a day."""
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(json.dumps({"as_of": as_of}))
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("create schema metrics")
        if statuses is not None:
            connection.execute(
                "create table metrics.metric_scorecard (goal_id varchar, status varchar)"
            )
            connection.executemany(
                "insert into metrics.metric_scorecard values (?, ?)", list(statuses.items())
            )


def a_goal(goal_id: str, status: str, **more) -> dict:
    return {
        "goal_id": goal_id,
        "metric_name": "m",
        "label": goal_id.upper(),
        "label_ko": goal_id,
        "brand": "all",
        "unit": "count",
        "status": status,
        "target": 10.0,
        "actual_to_date": 4.0,
        "projection": 9.0,
        "projection_low": None,
        "projection_high": None,
        "probability": 0.4,
        "period_start": date(2026, 4, 1),
        "period_end": date(2026, 6, 30),
    } | more


def of_goals(*goals):
    company = pages.Company.__new__(pages.Company)
    company.as_of, company.currency = date(2026, 6, 30), "USD"
    company.goals = {"m": list(goals)}
    company.project = SimpleNamespace(metrics={})
    return company


def test_goals_are_compared_with_the_newest_build_of_an_earlier_day(tmp_path):
    builds = tmp_path / "builds"
    earlier(builds / "1", "2026-06-28", {"fell": "off_track", "rose": "on_track"})
    earlier(
        builds / "2",
        "2026-06-29",
        {
            "fell": "on_track",
            "rose": "off_track",
            "same": "met",
            "ended": "on_track",
            "known": "too_early",
        },
    )
    earlier(builds / "3", "2026-06-30", {"fell": "off_track", "rose": "on_track"})
    company = of_goals(
        a_goal("fell", "off_track"),
        a_goal("rose", "on_track"),
        a_goal("same", "on_track"),
        a_goal("ended", "missed"),
        a_goal("known", "at_risk"),
        a_goal("unknown_now", "season_unknown"),
        a_goal("newly_set", "off_track"),
    )
    head, lines = home.goal_lines(company, builds / "3")
    assert head == (
        "Since the build with data up to 29 Jun 2026:",
        "2026년 6월 29일까지의 발행본 이후:",
    )
    assert [line["en"] for line in lines] == [
        "ENDED, all brands: goal 10 by 30 Jun 2026, so far 4; it was on track.",
        "FELL, all brands: goal 10 by 30 Jun 2026, so far 4, probability 40%; it was on track.",
        "KNOWN, all brands: goal 10 by 30 Jun 2026, so far 4, probability 40%; it was too early to say.",
        "ROSE, all brands: goal 10 by 30 Jun 2026, so far 4, probability 40%; it was off track.",
    ]
    assert [line["goal"]["status"] for line in lines] == [
        "missed",
        "off_track",
        "at_risk",
        "on_track",
    ]


def test_without_an_earlier_build_nothing_is_invented(tmp_path):
    builds = tmp_path / "builds"
    earlier(builds / "1", "2026-06-30", {"now": "off_track"})
    earlier(builds / "2", "2026-06-30", {"now": "on_track"})
    (builds / ".half").mkdir()
    company = of_goals(
        a_goal("now", "on_track", period_end=date(2026, 9, 30)),
        a_goal("ended", "missed"),
        a_goal("long_ago", "missed", period_end=date(2026, 6, 23)),
    )
    head, lines = home.goal_lines(company, builds / "2")
    assert "is not known" in head[0] and [line["goal"]["status"] for line in lines] == ["missed"]
    # A build whose scorecard cannot be read is passed over.
    earlier(builds / "0", "2026-06-29", None)
    assert home.earlier_build(builds / "2", date(2026, 6, 30)) is None


# ---- What is not there ----


def test_areas_that_are_switched_off_leave_their_lines_out(published, company, demo):
    """Only what every company has is published: the page is built, and says unknown, not fine."""
    less = Published(published.folder)
    kept = (
        "metric_values",
        "metric_definitions",
        "metric_coverage",
        "metric_periods",
        "metric_scorecard",
    )
    less.tables = {name: table for name, table in less.tables.items() if name in kept}
    other = pages.Company(less, company.project)
    found = home.page(other, metric_pages.Changes(other), published.folder, set())
    assert [line["en"] for line in found["trust"]][1:3] == [
        "Whether anything is late is unknown.",
        "Whether the tests passed is unknown.",
    ]
    assert found["odd"] == found["experiments"] == found["waiting"] == []
    assert found["headlines"] and found["areas"]
    metric = other.project.metrics["revenue"]
    shown = metric_pages.metric_page(other, metric_pages.Changes(other), {}, metric)
    assert shown["test_results"] is None and shown["changes"] == [] and shown["by_brand"]


def of_tests(**statuses) -> SimpleNamespace:
    at = datetime(2026, 6, 30, 6, 10)
    return SimpleNamespace(
        tests={
            "model.g.t": [
                {"test_name": name, "status": status, "failures": 1, "finished_at": at}
                for name, status in statuses.items()
            ]
        }
    )


@pytest.mark.parametrize(
    ("statuses", "said", "severity"),
    [
        (
            {"a": "pass", "b": "success"},
            "Tests: 2 passed, none failed (last run 2026-06-30 06:10 UTC).",
            "info",
        ),
        (
            {"a": "pass", "b": "warn"},
            "Tests: 1 passed, 1 with a warning (b), none failed (last run 2026-06-30 06:10 UTC).",
            "notice",
        ),
        (
            {"a": "pass", "b": "fail", "c": "error"},
            "Tests: 1 passed, 2 failed (b, c) (last run 2026-06-30 06:10 UTC).",
            "warning",
        ),
        ({}, "Whether the tests passed is unknown.", "notice"),
    ],
)
def test_tests_are_results_not_counts(statuses, said, severity):
    found = home.tests_line(of_tests(**statuses))
    assert (found["en"], found["severity"]) == (said, severity)


def test_late_tables_are_named_first(published, company, tmp_path):
    copy = shutil.copytree(
        published.folder, tmp_path / "build", ignore=shutil.ignore_patterns("parquet")
    )
    (copy / DATABASE).chmod(0o644)
    with duckdb.connect(str(copy / DATABASE)) as connection:
        connection.execute(
            "update platform.freshness set verdict = 'late', sentence = 'app.orders is late.' where raw_table = 'app.orders'"
        )
    other = pages.Company(Published(copy), company.project)
    (line,) = home.late_lines(other)
    assert (line["en"], line["severity"], line["link"]) == (
        "app.orders is late.",
        "warning",
        "tables/raw_app__orders.html",
    )


# ---- In the browser ----


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_home_fits_and_can_be_read(site, open_page, width, dark):
    page = open_page(site / "index.html", width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate(
        """[...document.querySelectorAll('main *')].filter(one => one.getClientRects().length &&
        [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
        .map(one => parseFloat(getComputedStyle(one).fontSize))"""
    )
    assert min(sizes) >= 11
    assert page.locator("#query").is_visible()
    if width > 720:
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(200)
        assert page.locator("#query").bounding_box()["y"] >= 0
    page.locator("[data-focus=query]").click()
    assert page.evaluate("document.activeElement.id") == "query"


def test_home_keeps_the_language(site, open_page):
    page = open_page(site / "index.html", lang="ko")
    assert "2026년" in page.locator("#headlines").inner_text()
    page.locator("#headlines a").first.click()
    page.wait_for_load_state()
    assert "lang=ko" in page.url and page.evaluate("document.documentElement.lang") == "ko"


@pytest.mark.slow
def test_axe_finds_nothing(site, open_page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for name in (
        "index.html",
        "metrics/index.html",
        "metrics/revenue.html",
        "metrics/fraud_auc.html",
    ):
        for dark in (False, True):
            page = open_page(site / name, dark=dark)
            found = axe.run(page)
            assert found.violations_count == 0, (name, dark, found.generate_report())
