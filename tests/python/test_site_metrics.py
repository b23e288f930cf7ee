"""Pages of metrics: their numbers are those of SQL, their sentences hold for every kind of row, their address keeps."""

import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
from datetime import date
from html import unescape
from types import SimpleNamespace

import duckdb
import figures
import metric_pages
import pages
import pytest
import warehouse

SMALLEST_COMPARED = 25


def cards_of(file: pathlib.Path) -> list[dict]:
    found = re.search(
        r'<script id="cards" type="application/json">(.*?)</script>', file.read_text(), re.DOTALL
    )
    return json.loads(found[1])


def rows_of(series: dict) -> dict:
    """The values of a page by grain, brand and first day, as the script reads them."""
    found = {}
    for grain, of_grain in series.items():
        for brand, kept in of_grain["brands"].items():
            day = date.fromisoformat(of_grain["start"])
            for place, value in enumerate(kept["v"]):
                reason = next(
                    (why for first, last, why in kept["why"] if first <= place <= last), None
                )
                n = kept["n"][place] if "n" in kept else value
                low = kept["low"][place] if "low" in kept else None
                found[grain, brand, day] = (value, n, low, reason)
                day = metric_pages.next_start(day, grain)
    return found


def test_every_value_of_a_page_is_that_of_sql(site, published, company):
    """All grains, brands and periods of every third metric."""
    compared = set()
    small = figures.small
    asked = sorted(company.project.metrics)[::3]
    sql = published.rows(
        f"select * from {{{{ ref('metric_values') }}}} where metric_name in ({', '.join(map(repr, asked))})"
    )
    by_metric = {}
    for row in sql:
        by_metric.setdefault(row["metric_name"], []).append(row)
    for name, rows in by_metric.items():
        cards = cards_of(site / "metrics" / f"{name}.html")
        if not cards:
            assert all(row["value"] is None for row in rows)
            continue
        shown = rows_of(cards[0]["series"])
        for row in rows:
            key = row["grain"], row["brand"], row["period_start"]
            if key not in shown:
                of_brand = [other for other in rows if (other["grain"], other["brand"]) == key[:2]]
                assert all(other["value"] is None for other in of_brand), (name, key)
                continue
            expected = tuple(small(row[column]) for column in ("value", "n", "value_low", "reason"))
            assert shown[key] == expected, (name, key)
            if row["value"] is not None:
                assert row["is_final"] == (row["reason"] in (None, "partly_delivered"))
                compared.add(name)
    assert len(compared) >= SMALLEST_COMPARED


def test_the_list_shows_the_last_full_month_of_sql(site, published, company):
    page = (site / "metrics" / "index.html").read_text()
    lines = page.split("<tr data-words=")[1:]
    assert len(lines) == len(company.project.metrics)
    found = {
        re.search(r'href="(\w+)\.html', line)[1]: value[1]
        for line in lines
        if (value := re.search(r'<td class="number">([^<]*)</td>', line))
    }
    rows = published.rows(
        """
        select metric_name, arg_max(value, period_start) as value
        from {{ ref('metric_values') }}
        where grain = 'month' and brand = 'all' and value is not null
        and period_start + interval 1 month - interval 1 day <= date '{{ until }}'
        group by 1
        """,
        until=published.as_of,
    )
    compared = 0
    for row in rows:
        name = row["metric_name"]
        if name in found:
            assert found[name] == company.amount(
                row["value"], company.project.metrics[name]["unit"]
            ), name
            compared += 1
    assert compared >= SMALLEST_COMPARED


def test_parts_are_those_of_sql_and_name_both_periods(site, published, company):
    """The newest final month against the one before; never a day."""
    rows = published.rows(
        """
        select changes.*
        from {{ ref('metric_changes') }} as changes
        semi join (
            select metric_name, period_start from {{ ref('metric_changes') }}
            where is_newest_final and grain = 'month' and brand = 'all' and comparison = 'previous'
        ) as newest using (metric_name, period_start)
        where grain = 'month' and brand = 'all' and comparison = 'previous' and dimension = 'brand'
        and part is not null and value_before > 0
        """
    )
    compared = set()
    for row in rows:
        metric = company.project.metrics[row["metric_name"]]
        page = unescape((site / "metrics" / f"{metric['name']}.html").read_text())
        moved = page[page.index('id="moved"') : page.index('id="goals"')]
        assert (
            not re.search(r'<p class="moved">[^<]*\d+ (Jan|Jun) \d{4}: ', moved)
            or "week of" in moved
        )
        before, after = (
            figures.period_name(row[name], "month")[0] for name in ("before_start", "period_start")
        )
        scale = 100 if metric["unit"] == "share" else 100 / row["value_before"]
        part = figures.points(scale * row["part"])[0]
        assert before in moved and after in moved
        for said in (company.amount(row["segment_before"], metric["unit"]), part):
            assert f">{said}<" in moved, (metric["name"], row["segment"], said)
        compared.add(metric["name"])
    assert len(compared) >= SMALLEST_COMPARED


def test_parts_of_a_table_add_up_to_the_change(company):
    changes = metric_pages.Changes(company)
    compared = 0
    for metric in company.project.metrics.values():
        change = changes.of(metric, "month")
        for table in change["tables"] if change else []:
            total = sum(row["part_raw"] for row in table["rows"])
            assert total == pytest.approx(change["whole"]["change"], rel=1e-4, abs=1e-4), metric[
                "name"
            ]
            compared += 1
    assert compared >= SMALLEST_COMPARED


def test_the_sql_of_a_page_runs(site, published, company):
    pattern = re.compile(r'<pre id="sql">(.*?)</pre>', re.DOTALL)
    for name in sorted(company.project.metrics)[::20]:
        sql = unescape(pattern.search((site / "metrics" / f"{name}.html").read_text())[1])
        found = published.connection.execute(sql).fetchall()
        assert len(found) == sum(
            row["grain"] == metric_pages.first_grain(company, name) and row["brand"] == "all"
            for row in company.values[name]
        )


def test_what_the_semantic_layer_computes_is_what_is_shown(site, demo, company):
    """The SQL under `SQL of the semantic layer` on the warehouse gives the values of the page."""
    compared = 0
    with duckdb.connect(str(demo), read_only=True) as connection:
        for name in (
            "revenue",
            "net_revenue",
            "session_conversion_rate",
            "mrr",
            "average_order_value",
        ):
            page = (site / "metrics" / f"{name}.html").read_text()
            sql = unescape(re.search(r'<pre id="computed">(.*?)</pre>', page, re.DOTALL)[1])
            found = {
                str(day)[:10]: value for day, value in connection.execute(sql).fetchall() if day
            }
            for row in company.values[name]:
                if (row["grain"], row["brand"]) == ("month", "all") and row["value"] is not None:
                    assert float(found[str(row["period_start"])]) == pytest.approx(
                        row["value"], rel=1e-9
                    )
                    compared += 1
    assert compared > 50


@pytest.mark.slow
def test_the_mf_query_of_a_page_runs(site, demo, tmp_path):
    """The command that the page offers to copy, for a sum, a ratio and a snapshot."""
    from test_metrics import project_of

    copy = shutil.copy(demo, tmp_path / demo.name)
    _, environment = warehouse.dbt_command(copy)
    folder = project_of(demo, tmp_path)
    for name in ("net_revenue", "customer_churn_rate", "mrr"):
        page = (site / "metrics" / f"{name}.html").read_text()
        words = unescape(re.search(r'<pre id="mf">(.*?)</pre>', page)[1]).split()
        words[0] = str(pathlib.Path(sys.executable).with_name("mf"))
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stdout + done.stderr
        assert "2026-01-01" in done.stdout


def test_pages_are_small(site):
    sizes = {file.name: file.stat().st_size for file in (site / "metrics").glob("*.html")}
    assert len(sizes) > SMALLEST_COMPARED
    assert {name: size for name, size in sizes.items() if size > 150_000} == {}


# ---- In the browser ----


def test_the_address_keeps_brand_grain_and_period(site, open_page):
    page = open_page(site / "metrics" / "revenue.html", brand="scoot", grain="week", months=6)
    page.wait_for_selector(".chart svg path")
    chosen = {
        name: page.locator(f"select[name={name}]").input_value()
        for name in ("brand", "grain", "months")
    }
    assert chosen == {"brand": "scoot", "grain": "week", "months": "6"}
    page.locator("details summary", has_text="The numbers").click()
    page.wait_for_selector("#trend .rows tbody tr")
    cells = page.evaluate(
        "[...document.querySelectorAll('#trend .rows tbody tr')].map(row => [...row.cells].map(one => one.textContent))"
    )
    assert {brand for _, brand, *_ in cells} == {"scoot"}
    assert re.match(r"scoot: .* in Jun 2026", page.locator("#sentence").inner_text())
    assert (cells[0][0], cells[-1][0]) == ("week of 29 Jun 2026", "week of 5 Jan 2026")
    page.locator("select[name=brand]").select_option("each")
    page.locator("select[name=grain]").select_option("month")
    assert "brand=each" in page.url and "grain" not in page.url and "months=6" in page.url
    page.reload()
    page.wait_for_selector(".chart svg path")
    assert page.locator("select[name=brand]").input_value() == "each"
    assert "scoot" not in page.locator("#sentence").inner_text()


def test_the_table_in_the_browser_has_the_values_of_sql(site, open_page, published, company):
    compared = 0
    for name, grain in (
        ("revenue", "quarter"),
        ("session_conversion_rate", "month"),
        ("orders", "week"),
    ):
        page = open_page(site / "metrics" / f"{name}.html", grain=grain)
        page.locator("details summary", has_text="The numbers").click()
        page.wait_for_selector("#trend .rows tbody tr")
        cells = page.evaluate(
            "[...document.querySelectorAll('#trend .rows tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"
        )
        values = {row[0]: row[2] for row in cells}
        rows = [
            row for row in company.values[name] if (row["grain"], row["brand"]) == (grain, "all")
        ]
        assert len(values) == len(rows)
        for row in rows:
            shown = company.amount(row["value"], company.project.metrics[name]["unit"])
            assert values[figures.period_name(row["period_start"], grain)[0]] == shown
            compared += 1
    assert compared > 90


def test_the_language_is_kept(site, open_page):
    page = open_page(site / "metrics" / "index.html")
    page.locator("#language").click()
    page.locator("a", has_text="매출").first.wait_for()
    page.locator("a[href^='revenue.html']").click()
    page.wait_for_load_state()
    assert "lang=ko" in page.url and page.evaluate("document.documentElement.lang") == "ko"
    assert "2026년" in page.locator("#sentence").inner_text()


def test_the_list_is_filtered_by_typing(site, open_page):
    page = open_page(site / "metrics" / "index.html")
    page.locator("#filter").fill("net revenue")
    shown = page.locator("tr[data-words]:visible")
    assert 0 < shown.count() < 10
    assert page.locator("tr[data-words]:visible a[href='net_revenue.html']").count() == 1
    assert "filter=net" in page.url
    assert page.locator("#filtered").inner_text() == f"{shown.count()} found"
    page.locator("#filter").fill("이탈률")
    assert page.locator("tr[data-words]:visible a[href='customer_churn_rate.html']").count() == 1


@pytest.mark.parametrize("name", ["index", "revenue", "session_conversion_rate", "fraud_auc"])
def test_nothing_is_wider_than_a_phone_or_too_small(site, open_page, name):
    page = open_page(site / "metrics" / f"{name}.html", width=390, dark=True)
    if name in ("revenue", "session_conversion_rate"):
        page.wait_for_selector(".chart svg path")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.evaluate(
        """[...document.querySelectorAll('main *')].filter(one => one.childNodes.length && one.getClientRects().length &&
        [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
        .map(one => parseFloat(getComputedStyle(one).fontSize))"""
    )
    assert min(sizes) >= 11


def test_the_goal_of_the_chosen_brand_is_drawn(site, open_page, company):
    name, goal = next(
        (name, goals[0])
        for name, goals in sorted(company.goals.items())
        if len({goal["brand"] for goal in goals if goal["status"] not in metric_pages.NOT_RUNNING})
        == 1
        and len(goals) == 1
        and goals[0]["projection"] is not None
        and goals[0]["brand"] != "all"
        and goals[0]["status"] not in metric_pages.NOT_RUNNING
    )
    page = open_page(site / "metrics" / f"{name}.html")
    page.wait_for_selector(".chart svg path")
    assert page.locator("#goal-note").inner_text() == ""
    page.locator("select[name=brand]").select_option(goal["brand"])
    note = page.locator("#goal-note")
    target = company.amount(goal["target"], goal["unit"])
    page.wait_for_function("document.getElementById('goal-note').textContent !== ''")
    assert target in note.inner_text() and str(goal["period_end"]) in note.inner_text()


def test_numbers_are_written_alike_by_python_and_by_the_browser(site, open_page):
    page = open_page(site / "metrics" / "revenue.html")
    dice = random.Random(20260630)
    numbers = [
        0,
        1,
        -1,
        0.005,
        0.01,
        0.0099999,
        1.005,
        2.5,
        0.125,
        999.995,
        1000,
        1e6,
        123456.5,
        -0.0005,
        99.95,
        100,
    ]
    for _ in range(1500):
        digits = dice.randint(1, 9)
        size = dice.choice([1, 1, 1, 10, 1000, 1e6, 1e8]) * dice.random() * dice.choice([1, 1, -1])
        numbers.append(float(f"{size:.{digits}g}"))
    units = ["money", "share", "points", "ratio", "count", "hours"]
    asked = [[number, unit] for number in numbers for unit in units]
    by_browser = page.evaluate("asked => asked.map(([number, unit]) => shown(number, unit))", asked)
    sign = page.evaluate("SITE.currency")
    currency = {sign: code for code, sign in figures.SIGNS.items()}.get(sign, sign.strip())
    differ = [
        (number, unit, one, other)
        for (number, unit), one in zip(asked, by_browser, strict=True)
        if one != (other := figures.amount(number, unit, currency))
    ]
    assert differ == []


# ---- Sentences, of rows made by hand ----


def row(start: str, value, *, n=None, reason=None, brand="all", grain="month") -> dict:
    return {
        "grain": grain,
        "brand": brand,
        "period_start": date.fromisoformat(start),
        "value": value,
        "value_low": None,
        "value_high": None,
        "n": n,
        "is_final": reason in (None, "partly_delivered", "nothing_to_count"),
        "reason": reason,
    }


def by_hand(rows, unit="count", direction="up", currency="USD", coverage=None) -> tuple:
    """A company with one metric."""
    metric = {
        "name": "m",
        "label": "M",
        "label_ko": "엠",
        "unit": unit,
        "direction": direction,
        "id": "metric.g.m",
    }
    company = pages.Company.__new__(pages.Company)
    company.published = SimpleNamespace(has=lambda *_: False)
    company.project = SimpleNamespace(metrics={"m": metric})
    company.currency, company.as_of = currency, date(2026, 6, 30)
    company.values = {"m": rows}
    company.coverage = {"m": coverage or {}}
    company.definitions = {"m": {"is_snapshot": False, "grains": "month"}}
    company.goals = {}
    return company, metric


MAY, JUNE = "2026-05-01", "2026-06-01"
CASES = {
    "better": (
        [row(MAY, 100), row(JUNE, 110)],
        {},
        "110 in Jun 2026, +10.0 % on May 2026, which is better.",
    ),
    "worse": (
        [row(MAY, 100), row(JUNE, 110)],
        {"direction": "down"},
        "110 in Jun 2026, +10.0 % on May 2026, which is worse.",
    ),
    "points": (
        [row(MAY, 0.2, n=50), row(JUNE, 0.25, n=1200)],
        {"unit": "share"},
        "25.0% in Jun 2026 (n 1,200), +5.0 points on May 2026, which is better.",
    ),
    "not final": (
        [row(MAY, 100), row(JUNE, 90, reason="too_recent")],
        {"unit": "money"},
        "$90 in Jun 2026 (not final: late data may still change it), −10.0 % on May 2026, which is worse.",
    ),
    "month between": (
        [row("2026-04-01", 100), row(MAY, None), row(JUNE, 90)],
        {},
        "90 in Jun 2026.",
    ),
    "month between is no row": ([row("2026-04-01", 100), row(JUNE, 90)], {}, "90 in Jun 2026."),
    "first month": ([row(JUNE, 7)], {}, "7 in Jun 2026."),
    "the running month is not shown": (
        [row(JUNE, 7), row("2026-07-01", 1, reason="running")],
        {},
        "7 in Jun 2026.",
    ),
    "below nothing": (
        [row(MAY, 100), row(JUNE, -50.5)],
        {"unit": "money"},
        "−$50.50 in Jun 2026, after $100 in May 2026, which is worse.",
    ),
    "from below nothing": (
        [row(MAY, -20), row(JUNE, 30)],
        {"unit": "money", "currency": "KRW"},
        "₩30 in Jun 2026, after −₩20 in May 2026, which is better.",
    ),
    "from nothing": (
        [row(MAY, 0), row(JUNE, 5)],
        {},
        "5 in Jun 2026, after 0 in May 2026, which is better.",
    ),
    "nothing twice": ([row(MAY, 0), row(JUNE, 0)], {}, "0 in Jun 2026, as in May 2026."),
    "the same": ([row(MAY, 5), row(JUNE, 5)], {}, "5 in Jun 2026, ±0.0 % on May 2026."),
    "nearly the same": (
        [row(MAY, 0.90001, n=9), row(JUNE, 0.9, n=9)],
        {"unit": "share"},
        "90.0% in Jun 2026 (n 9), ±0.0 points on May 2026.",
    ),
    "hours": ([row(JUNE, 53.08)], {"unit": "hours"}, "53.1 hours in Jun 2026."),
    "not delivered": (
        [row(JUNE, None, reason="not_delivered")],
        {"coverage": {"missing_tables": "payments.refunds"}},
        "It has no value: not delivered (payments.refunds).",
    ),
    "cannot be known": (
        [row(JUNE, None, reason="too_early")],
        {},
        "It has no value: its outcome cannot be known yet.",
    ),
    "nothing to count": (
        [row(JUNE, None, reason="nothing_to_count")],
        {},
        "It has no value: there was nothing to count.",
    ),
    "no row": ([], {}, "It has no value yet."),
    "can change": ([row(JUNE, 7, reason="can_change")], {}, "7 in Jun 2026 (can still change)."),
    "young, and partly delivered": (
        [row(MAY, 8, reason="partly_delivered"), row(JUNE, 7, reason="too_recent")],
        {"coverage": {"missing_tables": "payments.refunds"}},
        "7 in Jun 2026 (not final: late data may still change it; computed without tables that were not delivered: "
        "payments.refunds), −12.5 % on May 2026, which is worse.",
    ),
    "partly delivered": (
        [row(JUNE, 7, reason="partly_delivered")],
        {"coverage": {"missing_tables": "app.refunds"}},
        "7 in Jun 2026 (computed without tables that were not delivered: app.refunds).",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_says_what_its_rows_say(case):
    rows, settings, expected = CASES[case]
    company, metric = by_hand(rows, **settings)
    english, korean = pages.sentence(company, metric)
    assert english == expected
    assert korean.endswith(".") and re.search(r"[가-힣]", korean)


def test_why_later_months_are_empty_is_said():
    rows = [
        row("2026-04-01", 0.2, n=9),
        row(MAY, None, reason="too_early"),
        row(JUNE, None, reason="too_early"),
    ]
    company, metric = by_hand(rows, unit="share")
    assert metric_pages.later_months(company, metric) == (
        "No value for May 2026, Jun 2026: its outcome cannot be known yet.",
        "2026년 5월, 2026년 6월 값 없음: 결과를 아직 알 수 없음.",
    )
    assert metric_pages.later_months(*by_hand([row(JUNE, 7)])) is None


def test_a_series_keeps_gaps_reasons_and_bounds():
    rows = [
        row("2026-03-01", 1),
        row(MAY, None, reason="nothing_to_count"),
        row(JUNE, 3, reason="too_recent"),
        row(MAY, 4, brand="b"),
    ]
    found = metric_pages.series(rows)["month"]
    assert found["start"] == "2026-03-01"
    assert found["brands"]["all"]["v"] == [1, None, None, 3]
    assert found["brands"]["all"]["why"] == [[2, 2, "nothing_to_count"], [3, 3, "too_recent"]]
    assert found["brands"]["b"]["v"] == [None, None, 4, None] and "low" not in found["brands"]["b"]


def test_an_undelivered_metric_has_no_number_on_its_page():
    """A7: a company that brings no refunds is not told they are nothing."""
    rows = [row(f"2026-0{month}-01", None, reason="not_delivered") for month in range(1, 7)]
    company, metric = by_hand(rows, unit="money", coverage={"missing_tables": "payments.refunds"})
    assert metric_pages.series(rows) == {}
    card = metric_pages.trend_card(company, metric, {})
    assert card["series"] is None and card["undelivered"] == ["payments.refunds"]
    found = metric_pages.headline(company, "m")
    assert found["now"] is None and found["undelivered"] == ["payments.refunds"]


def goal(rule: str, **more) -> dict:
    return {
        "brand": "all",
        "status": "on_track",
        "goal_rule": rule,
        "target": 1200.0,
        "actual_to_date": 300.0,
        "projection": 900.0,
        "projection_low": 600.0,
        "projection_high": 1500.0,
        "probability": 0.3,
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 12, 31),
    } | more


def test_a_goal_is_drawn_as_far_as_a_grain_can_show_it():
    company, metric = by_hand([row(JUNE, 7)])
    company.definitions["m"]["grains"] = "day, week, month, quarter"
    drawn = metric_pages.goal_drawn(company, metric, goal("sum"))["grains"]
    assert drawn["month"]["target"] == 100 and drawn["quarter"]["target"] == 300
    assert drawn["week"]["target"] == pytest.approx(1200 * 7 / 365, rel=1e-4)
    # 600 of the 900 expected are left for the 184 days after June.
    assert drawn["day"]["expected"] == pytest.approx(600 / 184, rel=1e-4)
    assert (drawn["day"]["from"], drawn["day"]["to"]) == ("2026-07-01", "2026-12-31")
    level = metric_pages.goal_drawn(company, metric, goal("level"))["grains"]
    assert list(level) == ["month"] and level["month"]["target"] == 1200
    assert (level["month"]["low"], level["month"]["from"]) == (600, "2026-12-31")
    assert set(metric_pages.goal_drawn(company, metric, goal("ratio"))["grains"]) == set(
        metric_pages.GRAINS
    )
    for status in ("met", "missed", "not_started", "no_data"):
        assert metric_pages.goal_drawn(company, metric, goal("sum", status=status)) is None
    unknown = metric_pages.goal_drawn(company, metric, goal("sum", projection=None))["grains"][
        "month"
    ]
    assert unknown == {"target": 100}


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.0, "<1%"), (0.0049, "<1%"), (0.28, "28%"), (0.996, ">99%"), (1.0, ">99%")],
)
def test_what_is_not_certain_is_not_said_to_be(probability, said):
    assert metric_pages.likely(probability) == said


@pytest.mark.parametrize(
    ("until", "is_now", "lapsed"),
    [(None, True, False), ("2026-06-30", True, False), ("2026-06-29", False, True)],
)
def test_a_certificate_can_end(until, is_now, lapsed):
    company, metric = by_hand([])
    metric |= {"is_certified": True, "certified_by": "Finance", "certified_until": until}
    found = metric_pages.certified(company, metric)
    assert (found["is"], found["lapsed"], found["by"]) == (is_now, lapsed, "Finance")


def test_failed_tests_are_named(company):
    """A test that failed on a table of the metric stands on its page."""
    tests = {
        "model.groundwork.orders": [
            {
                "test_name": "fine",
                "status": "pass",
                "failures": 0,
                "finished_at": date(2026, 6, 30),
            },
            {
                "test_name": "broken",
                "status": "fail",
                "failures": 3,
                "finished_at": date(2026, 6, 30),
            },
        ]
    }
    other = SimpleNamespace(project=company.project, tests=tests)
    found = metric_pages.tests_of(other, company.project.metrics["average_order_value"])
    assert found["passed"] == 1 and [test["test_name"] for test in found["failed"]] == ["broken"]
    assert (
        metric_pages.tests_of(
            SimpleNamespace(project=company.project, tests={}), company.project.metrics["revenue"]
        )
        is None
    )
