"""Boards of the company, growth, customers and care: their numbers, and what the old ones said that was not so."""

import copy
import html
import json
import re
import shutil
from datetime import date

import boards
import duckdb
import pages
import publish
import pytest
import tables
import yaml
from project import Project
from published import Published

NAMES = ("overview", "growth", "customers", "care", "patients")
OPEN = NAMES[:-1]


def path_of(name):
    return f"{'restricted' if name == 'patients' else 'boards'}/{name}.html"


def titles_of(name):
    """The English titles of a board's cards, by their id on the page."""
    board = boards.load(boards.FOLDER / f"{name}.yml")
    return {
        f"card{n}": card["title"]["en"]
        for n, card in enumerate(board["cards"], 1)
        if "title" in card
    }


@pytest.fixture(scope="module")
def drawn(site):
    """`drawn(board, title)`: a card as the page carries it."""
    found = {}
    for name in NAMES:
        text = (site / path_of(name)).read_text(encoding="utf-8")
        cards = json.loads(re.search(r'<script id="cards"[^>]*>(.*?)</script>', text, re.S)[1])
        titles = titles_of(name)
        found[name] = {titles[card["id"]]: card for card in cards}
    return lambda name, title: found[name][title]


@pytest.fixture(scope="module")
def sql(demo):
    """`sql(query)`: the rows of a query on the warehouse."""
    with duckdb.connect(str(demo), read_only=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def company(published_demo, parsed_manifest):
    return pages.Company(
        Published(publish.current_of(published_demo)), Project(parsed_manifest), restricted=True
    )


@pytest.fixture
def altered(published_demo, parsed_manifest, tmp_path):
    """`altered(*statements)`: the company whose published tables were changed so."""

    def of(*statements):
        folder = tmp_path / "build"
        shutil.copytree(publish.current_of(published_demo), folder, ignore=lambda *_: ["parquet"])
        file = folder / publish.DATABASE
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)
        return pages.Company(Published(folder), Project(parsed_manifest), restricted=True)

    return of


def card_of(company, name, title):
    board = pages.board_page(company, name)
    return next(card for card in board["cards"] if card.get("title", {}).get("en") == title)


def rows(card, **wanted):
    return [
        row for row in card["rows"] if all(row[name] == value for name, value in wanted.items())
    ]


# ---- Numbers ---------------------------------------------------------------------------------------------------------

FINAL_YEAR = "select max(month) - interval 11 month from growth.campaign_performance where attribution_model = 'last_touch' and is_final"
# Board, card, the row, the column, and what the warehouse says, from other tables where there are some.
VALUES = [
    ("overview", "Revenue and net revenue by month",
     {"month": "2026-06-01", "brand": "all", "measure": "revenue"}, "value",
     "select sum(revenue) from core.orders where is_paid and date_trunc('month', ordered_date) = '2026-06-01'"),
    ("overview", "Revenue and net revenue by month",
     {"month": "2026-05-01", "brand": "scoot", "measure": "net_revenue"}, "value",
     "select value from metrics.metric_values where metric_name = 'net_revenue' and grain = 'month' and brand = 'scoot' and period_start = '2026-05-01'"),
    ("overview", "Revenue by brand", {"month": "2026-05-01", "brand": "farewell"}, "revenue",
     "select sum(revenue) from core.orders where is_paid and brand = 'farewell' and date_trunc('month', ordered_date) = '2026-05-01'"),
    ("overview", "Recurring revenue at the end of each month", {"month": "2026-05-01", "brand": "care"}, "mrr",
     "select sum(closing_mrr) from core.mrr_movements where brand = 'care' and month = '2026-05-01'"),
    ("overview", "What moved recurring revenue",
     {"month": "2026-05-01", "brand": "all", "movement": "churned_mrr"}, "amount",
     "select -sum(churned_mrr) from core.mrr_movements where month = '2026-05-01'"),
    ("overview", "What moved recurring revenue",
     {"month": "2026-05-01", "brand": "all", "movement": "new_mrr"}, "amount",
     "select sum(new_mrr) from core.mrr_movements where month = '2026-05-01'"),
    ("overview", "New customers by brand", {"month": "2026-04-01", "brand": "learn"}, "customers",
     "select value from metrics.metric_values where metric_name = 'new_customers' and grain = 'month' and brand = 'learn' and period_start = '2026-04-01'"),
    ("overview", "Goals by brand", {"goal_of": "all"}, "off_track",
     "select count(*) from metrics.metric_scorecard where brand = 'all' and status = 'off_track'"),
    ("overview", "Goals by brand", {"goal_of": "care"}, "met",
     "select count(*) from metrics.metric_scorecard where brand = 'care' and status = 'met'"),
    ("growth", "Spend by channel", {"month": "2026-05-01", "brand": "all", "channel": "paid_search"}, "spend",
     "select sum(spend) from growth.campaign_days where channel = 'paid_search' and date_trunc('month', performance_date) = '2026-05-01'"),
    ("growth", "Spend by channel", {"month": "2026-04-01", "brand": "farewell", "channel": "video"}, "spend",
     "select sum(spend) from growth.campaign_days where brand = 'farewell' and channel = 'video' and date_trunc('month', performance_date) = '2026-04-01'"),
    ("growth", "Conversions claimed by platforms and counted by us",
     {"brand": "all", "channel": "paid_social", "counted_by": "claimed"}, "conversions",
     f"select sum(claimed_conversions) from growth.campaign_performance where attribution_model = 'linear' and is_final and channel = 'paid_social' and month >= ({FINAL_YEAR})"),
    ("growth", "Conversions claimed by platforms and counted by us",
     {"brand": "scoot", "channel": "paid_search", "counted_by": "counted"}, "conversions",
     f"select sum(touched_conversions) from growth.campaign_performance where attribution_model = 'linear' and is_final and brand = 'scoot' and channel = 'paid_search' and month >= ({FINAL_YEAR})"),
    ("growth", "Credited return by channel and attribution model",
     {"brand": "all", "channel": "display", "model": "markov"}, "roas",
     f"select sum(revenue)::double / sum(spend)::double from growth.campaign_performance where attribution_model = 'markov' and is_final and channel = 'display' and month >= ({FINAL_YEAR})"),
    ("growth", "Credited revenue by channel and attribution model",
     {"brand": "all", "channel": "email", "model": "last_touch"}, "revenue",
     "select sum(revenue) from growth.channel_attribution where attribution_model = 'last_touch' and channel = 'email' and month between '2025-05-01' and '2026-04-01'"),
    ("growth", "Campaigns and what to do with them", {"campaign": "Quiet banners"}, "roas",
     "select window_roas from growth.campaign_performance where campaign_name = 'Quiet banners' and attribution_model = 'position_based' and month = '2026-05-01'"),
    ("customers", "Of each month's new customers, how many per cent were active so many months later",
     {"brand": "all", "cohort_month": "2026-01-01", "age_months": 2}, "retention",
     "select sum(active_customers) / sum(n_mature) from lifecycle.retention_cohorts where not is_truncated and cohort_month = '2026-01-01' and age_months = 2"),
    ("customers", "Customers who left in the month", {"month": "2026-03-01", "brand": "learn"}, "churn_rate",
     "select avg(is_churned::int) from lifecycle.life_months where brand = 'learn' and month = '2026-03-01'"),
    ("customers", "Promises kept by month of the promise", {"month": "2026-05-01", "brand": "farewell"}, "on_time_share",
     "select value from metrics.metric_values where metric_name = 'on_time_share' and grain = 'month' and brand = 'farewell' and period_start = '2026-05-01'"),
    ("customers", "How many stay 0 to 360 days", {"brand": "scoot", "age": 90}, "survival",
     "select survival from lifecycle.churn_survival where brand = 'scoot' and segment_type = 'all' and age_days <= 90 order by age_days desc limit 1"),
    ("customers", "Share that leaves within each month of life", {"brand": "learn", "month_of_life": 2}, "hazard",
     "select hazard from lifecycle.churn_hazards where brand = 'learn' and segment_type = 'all' and month_of_life = 2"),
    ("customers", "What went with those who left, by reason", {"brand": "scoot", "reason": "price"}, "monthly_revenue",
     "select sum(lost_monthly_revenue) from lifecycle.churn_reasons where brand = 'scoot' and reason = 'price' and cohort_month is not null"),
    ("care", "Why patients need a look today", {"rule": "silence"}, "patients",
     "select count(distinct customer_id) from care.patient_alerts where rule = 'silence'"),
    ("care", "Readings and what became of them", {"measurement": "weight"}, "usable",
     "select avg(is_usable::int) from care.readings where measurement = 'weight'"),
    ("care", "Windows of 30 days by days with data", {"month": "2026-05-01", "brand": "all", "level": "16 to 30 days"}, "windows",
     "select count(*) from care.monitoring_windows where window_end between '2026-05-01' and '2026-05-31' and days_with_data >= 16"),
    ("care", "How many alerts there are, and whether a diagnosis followed", {"brand": "care", "rule": "silence"}, "followed",
     "select followed_count / n_mature from care.alert_quality where brand = 'care' and rule = 'silence'"),
]  # fmt: skip


def test_numbers_are_those_of_sql(drawn, sql):
    for board, title, row, column, query in VALUES:
        found = rows(drawn(board, title), **row)
        assert len(found) == 1, (title, row)
        expected = float(sql(query)[0][0])
        assert found[0][column] == pytest.approx(expected, rel=1e-5), (title, row)


def test_tiles_are_those_of_sql(site, sql):
    text = (site / "boards/care.html").read_text(encoding="utf-8")
    for label, where in (
        ("Patients who need a look", "true"),
        ("Of these urgent", "severity >= 3"),
    ):
        shown = re.search(rf'{label}.*?<div class="value">(.*?)</div>', text, re.S)[1]
        assert (
            int(shown)
            == sql(f"select count(distinct customer_id) from care.patient_alerts where {where}")[0][
                0
            ]
        )


# ---- What the old boards said that was not so ------------------------------------------------------------------------


def test_nobody_is_said_to_stay_before_it_can_be_known(drawn, company, sql):
    """A1: churn was 0 in months of which nobody could know it yet."""
    known = sql("select max(month)::varchar from lifecycle.life_months where is_mature")[0][0]
    months = {row["month"] for row in drawn("customers", "Customers who left in the month")["rows"]}
    assert max(months) == known < str(company.as_of)[:8] + "01"
    assert pages.headline(company, "customer_churn_rate")["now"]["value"] > 0


def test_a_campaign_is_decided_on_by_a_measurement_only(drawn):
    """A2: “scale” stood beside a campaign that adds nothing."""
    found = drawn("growth", "Campaigns and what to do with them")["rows"]
    assert len(found) == 28
    assert {row["decided_by"] for row in found if row["decision"] != "test_first"} <= {
        "holdout",
        "geo",
    }
    quiet = next(row for row in found if row["campaign"] == "Quiet banners")
    assert (quiet["decision"], quiet["added"]) == ("test_first", None)


def test_a_measured_campaign_is_decided_on(altered):
    company = altered(
        "update growth.campaign_performance set decision = 'scale', decided_by = 'holdout', calibrated_roas = 4 "
        "where campaign_name = 'Google courses'"
    )
    first = card_of(company, "growth", "Campaigns and what to do with them")["rows"][0]
    assert (first["campaign"], first["decision"], first["added"]) == ("Google courses", "scale", 4)


def test_what_all_leavers_brought_is_not_called_a_monthly_loss(drawn, company):
    """A3: what all who ever left used to bring stood there as lost every month: more than the brand earns."""
    title = "What went with those who left, by reason"
    card = card_of(company, "customers", title)
    learn = sum(row["monthly_revenue"] for row in rows(drawn("customers", title), brand="learn"))
    best = max(row["revenue"] for row in rows(drawn("overview", "Revenue by brand"), brand="learn"))
    assert learn > best
    assert "not what is lost each month" in " ".join(card["about"]["en"].split())
    assert not any("lost" in column["en"].lower() for column in card["columns"].values())


SILENCE = "Patients who measured, by days before a diagnosis"


def test_silence_is_not_drawn_of_too_few(drawn, company, sql):
    """A4: shares from +500 % to −1400 %, of six diagnoses."""
    assert sql("select max(n_mature) from care.days_before_diagnosis")[0][0] < 10
    assert drawn("care", SILENCE)["rows"] == []
    assert "Too few diagnoses" in card_of(company, "care", SILENCE)["empty"]["en"]


def test_silence_of_any_brand_is_drawn_as_shares(altered):
    """A4: the brand was written into the query, and the share had no bounds."""
    company = altered(
        "update care.days_before_diagnosis set evidence = 'sufficient', silent_share = -5.67, brand = 'clinic'"
    )
    card = card_of(company, "care", SILENCE)
    assert len(card["rows"]) == 90 and {row["brand"] for row in card["rows"]} == {"clinic"}
    shares = [row[name] for row in card["rows"] for name in ("share", "low", "high")]
    assert all(0 <= share <= 1 for share in shares if share is not None)


def test_no_board_knows_the_demo_or_its_currency(sql):
    brands = "|".join(brand for (brand,) in sql("select distinct brand from core.customers"))
    for name in NAMES:
        text = (boards.FOLDER / f"{name}.yml").read_text(encoding="utf-8")
        assert not re.search(rf"'({brands})'|USD|\$|₩|€", text), name


def test_young_windows_are_shown_and_marked(drawn, company, sql):
    """A5: windows of the newest month that are not final were left out, which drew a fall."""
    card = drawn("care", "Windows of 30 days by days with data")
    ended = dict(
        sql(
            "select date_trunc('month', window_end)::date::varchar, count(*) from care.monitoring_windows "
            f"where window_end <= '{company.as_of}' and billing_level is not null group by 1"
        )
    )
    newest = max(ended)
    for month, windows in ended.items():
        found = rows(card, month=month, brand="all")
        assert {row["n"] for row in found} == {windows} == {sum(row["windows"] for row in found)}
    assert not any(row["is_final"] for row in rows(card, month=newest))
    assert all(row["is_final"] for row in rows(card, month="2026-03-01"))
    # The metric's own page says of the same months whether they are final.
    said = {
        str(row["period_start"]): row["is_final"] for row in company.last_full("finished_windows")
    }
    assert all(
        row["is_final"] == said[row["month"]] for row in card["rows"] if row["month"] in said
    )


def test_a_change_of_the_rule_is_marked(drawn, sql):
    """A5: a new billing rule looked like a change of behaviour."""
    card = drawn("care", "Windows of 30 days by days with data")
    marked = {
        (row["month"], row["first_seen"])
        for row in card["rows"]
        if row["first_seen"] and row["brand"] == "all"
    }
    began = sql(
        "select valid_from::varchar from reference.care_rules where level = '2 to 15 days'"
    )[0][0]
    assert (began, "2 to 15 days") in marked
    assert any(layer["mark"].get("text") == "▼" for layer in card["spec"]["layer"])


def test_a_running_month_is_not_drawn(published_demo, parsed_manifest):
    """A5: on the tenth, June stood beside May with a third of its spend."""
    published = Published(publish.current_of(published_demo))
    published.as_of = "2026-06-10"
    company = pages.Company(published, Project(parsed_manifest))
    for name in ("overview", "growth", "customers"):
        for card in pages.board_page(company, name)["cards"]:
            if card.get("chart") not in ("line", "columns"):
                continue
            days = {row["month"] for row in card["rows"] if "month" in row}
            assert not days or max(days) <= "2026-05-01", card["title"]["en"]


def test_sums_of_a_year_are_of_final_months(drawn, sql):
    """A5: the newest month of twelve was the one that runs."""
    final = sql(
        "select max(month)::varchar from growth.campaign_performance where attribution_model = 'last_touch' and is_final"
    )[0][0]
    for title in (
        "Conversions claimed by platforms and counted by us",
        "Credited return by channel and attribution model",
    ):
        assert max(row["last_month"] for row in drawn("growth", title)["rows"]) == final
    credited = {
        row["last_month"]
        for row in drawn("growth", "Credited revenue by channel and attribution model")["rows"]
    }
    assert credited == {
        sql("select max(month)::varchar from (select month from growth.channel_attribution where attribution_model in ('first_touch', 'last_touch', 'position_based', 'markov') group by month having bool_and(is_final))")[0][0]
    }  # fmt: skip


def test_every_tile_names_its_month(site, company):
    """A6: churn of April stood beside customers of June, and neither was dated."""
    for name in OPEN:
        text = (site / f"boards/{name}.html").read_text(encoding="utf-8")
        for tile in re.findall(r'<div class="tile">.*?</div>\n</div>', text, re.S):
            if "metrics/" in tile and '<div class="value">–</div>' not in tile:
                assert re.search(r"\b[A-Z][a-z]{2} 20\d\d\b", tile), tile
    churn = pages.headline(company, "customer_churn_rate")["now"]["period"][0]
    assert (
        churn == "Apr 2026"
        and churn in pages.sentence(company, company.project.metrics["customer_churn_rate"])[0]
    )


def test_a_month_in_which_nobody_left_is_shown(altered):
    """A6: a perfect month was thrown away."""
    month = (
        "metric_name = 'customer_churn_rate' and grain = 'month' and period_start = '2026-04-01'"
    )
    company = altered(f"update metrics.metric_values set value = 0 where {month}")
    assert pages.headline(company, "customer_churn_rate")["now"]["shown"] == "0.0%"
    card = card_of(company, "customers", "Customers who left in the month")
    assert {row["churn_rate"] for row in rows(card, month="2026-04-01")} == {0}


def test_churn_is_split_by_brand(drawn, sql):
    """A6: 19.9 % was a mix of 46 %, 10 % and 9 %."""
    found = rows(drawn("customers", "Customers who left in the month"), month="2026-04-01")
    assert {row["brand"] for row in found} >= {"all", "learn", "scoot", "care"}
    assert (
        sum(row["n"] for row in found if row["brand"] != "all")
        == rows({"rows": found}, brand="all")[0]["n"]
    )


def test_what_was_not_delivered_is_not_zero(altered):
    """A7: a company without ads was told that it spends $0."""
    company = altered(
        "delete from growth.campaign_performance",
        "update metrics.metric_values set value = null where metric_name = 'ad_spend'",
        "update platform.freshness set row_count = 0 where raw_table = 'ads.daily_performance'",
    )
    tile = pages.headline(company, "ad_spend")
    assert tile["now"] is None
    for card in pages.board_page(company, "growth")["cards"]:
        if "campaign_performance" in card.get("tables", []):
            assert card["rows"] == [] and card["undelivered"] == ["ads__daily_performance"], card[
                "title"
            ]["en"]


def test_no_goal_that_runs_is_certain(drawn):
    """A10: expected end 0 (0 to 0), probability 0 %, while two experiments run."""
    found = drawn("overview", "Goals still running")["rows"]
    assert {row["status"] for row in found}.isdisjoint({"met", "missed"})
    assert all(0 < row["probability"] < 1 for row in found if row["probability"] is not None)
    experiments = next(row for row in found if row["page"].endswith("running_experiments.html"))
    assert (
        experiments["projection_high"]
        > experiments["projection_low"]
        >= 0
        < experiments["probability"]
    )


def test_a_converted_reading_is_no_fault(drawn, company, sql):
    """A11: pounds were listed among what cannot be right."""
    title = "Readings and what became of them"
    weight = rows(drawn("care", title), measurement="weight")[0]
    faults = sql(
        "select count(*) from care.readings where measurement = 'weight' and not is_usable"
    )[0][0]
    assert weight["n"] * (1 - weight["usable"]) == pytest.approx(faults, abs=0.1)
    assert weight["converted"] > 10 * faults
    assert card_of(company, "care", title)["columns"]["converted"]["en"] == "Converted, count"


def test_every_rate_comes_with_its_n(company):
    """A12: the board said that shares come with how many they are of, and they did not."""
    checked = 0
    for name in NAMES:
        for card in pages.board_page(company, name)["cards"]:
            if "columns" not in card:
                continue
            rates = [
                key
                for key, column in card["columns"].items()
                if column["unit"] in ("share", "points")
                and key not in ("probability", "p_value", "risk")
            ]
            if rates:
                checked += 1
                assert any("(n)" in column["en"] for column in card["columns"].values()), card[
                    "title"
                ]["en"]
                if card["chart"]:
                    fields = json.dumps(card["spec"])
                    assert '"field": "n"' in fields, card["title"]["en"]
    assert checked >= 12


def test_what_is_not_final_is_marked(site, drawn, open_page):
    """A13: no page said that June is not final."""
    for title in ("Revenue and net revenue by month", "Revenue by brand", "New customers by brand"):
        card = drawn("overview", title)
        assert {row["is_final"] for row in rows(card, month="2026-06-01")} == {False}
        assert "datum['is_final'] === false" in json.dumps(card["spec"])
    page = open_page(site / "boards" / "overview.html")
    page.wait_for_selector(".chart svg path")
    assert "not final" in page.locator(".tiles").first.inner_text()
    card = page.locator("section", has=page.locator("h2", has_text="Revenue by brand"))
    card.locator("summary").click()
    assert (
        card.locator("tr", has_text="Jun 2026").first.locator("td").last.inner_text() == "not final"
    )
    assert card.locator("tr", has_text="May 2026").first.locator("td").last.inner_text() == "final"


def test_every_drawing_of_months_knows_what_is_final(company):
    """A13: each has a role for it, and gets it from its rows."""
    for name in NAMES:
        for card in pages.board_page(company, name)["cards"]:
            if (
                card.get("chart")
                and card["columns"].get(card["roles"]["x"], {}).get("unit") == "month"
            ):
                assert {type(row[card["roles"]["final"]]) for row in card["rows"]} == {bool}, card[
                    "title"
                ]["en"]


def test_every_curve_is_a_line_and_every_brand_is_named(drawn, sql):
    """A14: a label without a line; a brand chosen by its p-value and not named."""
    curves = drawn("customers", "Share still with us after so many days")["rows"]
    ages = {
        brand: [row["age_days"] for row in curves if row["brand"] == brand]
        for brand in {row["brand"] for row in curves}
    }
    assert all(len(found) > 1 and found[0] == 0 for found in ages.values())
    table = drawn("customers", "How many stay 0 to 360 days")["rows"]
    assert {row["brand"] for row in table} - set(ages) == {"farewell"}
    enough = {
        brand
        for (brand,) in sql(
            "select distinct brand from lifecycle.churn_hazards where segment_type = 'all' and n_at_risk >= 10"
        )
    }
    assert {
        row["brand"]
        for row in drawn("customers", "Share that leaves within each month of life")["rows"]
    } == enough
    tops = drawn("customers", "Do the top spenders leave less?")["rows"]
    assert len({row["brand"] for row in tops}) > 1 and min(row["n_top"] for row in tops) >= 10
    for row in drawn("customers", "Why they left, as answered and of all who left")["rows"]:
        assert row["label"].startswith(row["brand"])


# ---- Filters ----------------------------------------------------------------------------------------------------------


def test_a_brand_is_chosen_for_tiles_and_cards(site, open_page, company):
    page = open_page(site / "boards" / "overview.html", brand="scoot", months=6)
    page.wait_for_selector(".chart svg path")
    shown = page.locator(".tiles:visible .value").first.inner_text()
    assert shown == pages.headline(company, "revenue", "scoot")["now"]["shown"]
    left = page.evaluate("read('cards').map(card => chosen(card, choicesOf()))")
    assert all(row["brand"] == "scoot" for found in left for row in found)
    months = {row["month"] for row in left[0]}
    assert (min(months), max(months), len(months)) == ("2026-01-01", "2026-06-01", 6)


def test_each_brand_by_itself_is_never_added_to_all(site, open_page):
    """Rows of all brands together and rows of each are never in one drawing."""
    for name in OPEN:
        page = open_page(site / "boards" / f"{name}.html")
        left = page.evaluate(
            "['', 'each'].flatMap(brand => read('cards').map(card => chosen(card, {brand}).map(row => row.brand)))"
        )
        for brands in left:
            assert "all" not in brands or set(brands) == {"all"}


def test_a_card_that_cannot_be_cut_by_brand_says_so(site, open_page):
    page = open_page(site / "boards" / "care.html", brand="care")
    page.wait_for_selector(".chart svg path")
    readings = page.locator("section", has=page.locator("h2", has_text="Readings and what became"))
    assert readings.locator(".scope").is_visible()
    windows = page.locator("section", has=page.locator("h2", has_text="Windows of 30 days"))
    assert not windows.locator(".scope").is_visible()


# ---- Who reads it, and of which company -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width, dark, lang", [(1440, True, "en"), (390, False, "ko")])
def test_a_board_is_read_everywhere(site, open_page, name, width, dark, lang):
    page = open_page(site / path_of(name), width=width, dark=dark, lang=lang)
    page.wait_for_function(
        "[...document.querySelectorAll('.chart')].every(one => one.hidden || one.querySelector('svg'))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """[...document.querySelectorAll('main *')].filter(one => [...one.childNodes].some(
          node => node.nodeType === 3 && node.textContent.trim()) && one.getBoundingClientRect().width > 0).map(one =>
          one instanceof SVGElement ? Math.hypot(one.getScreenCTM().a, one.getScreenCTM().b) * parseFloat(getComputedStyle(one).fontSize)
            : parseFloat(getComputedStyle(one).fontSize)).filter(size => size < 11)"""
    )
    assert small == []
    clipped = page.evaluate(
        """[...document.querySelectorAll('.role-legend text')].filter(one => one.getBoundingClientRect().right >
          one.closest('.card').getBoundingClientRect().right).map(one => one.textContent)"""
    )
    assert clipped == []
    # A8: a fall of 4 % filled a seventh of the chart's height.
    scales = page.evaluate(
        """[...drawn.values()].map(({view}) => ['x', 'y'].map(name => {
          try { return view.scale(name); } catch { return null; }
        }).filter(scale => scale && scale.type === 'linear').map(scale => scale.domain()))"""
    )
    assert scales and all(min(domain) <= 0 <= max(domain) for found in scales for domain in found)


@pytest.mark.slow
def test_axe_finds_nothing(site, open_page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for name in NAMES:
        page = open_page(site / path_of(name), width=390, dark=name == "care")
        page.wait_for_timeout(300)
        assert [found["id"] for found in axe.run(page).response["violations"]] == [], name


def test_persons_are_on_the_restricted_board_only(
    site, company, sql, published_demo, parsed_manifest
):
    ids = {str(key) for (key,) in sql("select customer_id from core.customers")}
    for name in OPEN:
        words = set(
            re.findall(
                r"[\w-]+", html.unescape((site / f"boards/{name}.html").read_text(encoding="utf-8"))
            )
        )
        assert not words & ids, name
    words = set(
        re.findall(r"[\w-]+", (site / "restricted/patients.html").read_text(encoding="utf-8"))
    )
    assert words & ids
    assert not (site / "boards/patients.html").exists()
    table = company.project.tables["patient_alerts"]
    assert "restricted/patients.html" in {
        link["link"] for link in tables.page(company, table)["children"]
    }
    kept = copy.copy(company)
    kept.restricted = False
    assert not any("patients" in link["link"] for link in tables.page(kept, table)["children"])


def test_areas_that_are_off_leave_cards_empty(published_demo, parsed_manifest):
    published = Published(publish.current_of(published_demo))
    published.tables = {
        name: table
        for name, table in published.tables.items()
        if table["schema"] in ("core", "metrics")
    }
    company = pages.Company(published, Project(parsed_manifest))
    for name in NAMES:
        for card in pages.board_page(company, name)["cards"]:
            if "rows" in card:
                assert bool(card["rows"]) != bool(card["missing"]), card["title"]["en"]


def test_a_table_is_never_cut_silently(company, monkeypatch):
    monkeypatch.setattr(boards, "MOST_ROWS", 5)
    card = card_of(company, "growth", "Campaigns and what to do with them")
    assert (len(card["rows"]), card["in_all"]) == (5, 28)


def test_amounts_are_in_the_reporting_currency(company):
    card = next(
        yaml.safe_load((boards.FOLDER / "growth.yml").read_text(encoding="utf-8"))["cards"][number]
        for number in (1,)
    ) | {"size": "half"}
    filled = boards.filled(card, company.published, 1, "KRW")
    assert "₩" in json.dumps(filled["spec"], ensure_ascii=False) and "'$'" not in json.dumps(
        filled["spec"]
    )


def test_no_share_is_outside_0_and_1(company):
    for name in NAMES:
        for card in pages.board_page(company, name)["cards"]:
            for column, about in card.get("columns", {}).items():
                values = [
                    row[bound]
                    for row in card["rows"]
                    for bound in (column, about.get("low"), about.get("high"))
                    if bound
                ]
                if about["unit"] == "share":
                    assert all(0 <= value <= 1 for value in values if value is not None), card[
                        "title"
                    ]["en"]
    assert date.fromisoformat(company.published.as_of) == company.as_of


def test_a_card_says_what_it_needs_and_not_all_that_is_missing(altered):
    """Of a company of three tables nearly every raw table is missing: a card names those that fill it."""
    company = altered(
        "update platform.freshness set row_count = 0 where raw_table not in ('app.customers', 'app.orders', 'app.order_items')",
        "delete from lifecycle.churn_reasons",
        "delete from care.readings",
        "delete from care.patient_alerts",
    )
    assert card_of(company, "customers", "Why they left, as answered and of all who left")[
        "undelivered"
    ] == ["surveys__responses"]
    board = pages.board_page(company, "care")
    for tile in next(card["tiles"] for card in board["cards"] if "tiles" in card):
        assert (tile["shown"], tile["undelivered"]) == ("–", ["devices__readings"])


def test_a_company_without_any_row_gets_no_zeros(altered, company):
    tables = {
        table
        for name in NAMES
        for table in boards.tables_of(boards.load(boards.FOLDER / f"{name}.yml"))
    }
    empty = altered(*(f"delete from {company.published.ref(table)}" for table in sorted(tables)))
    for name in NAMES:
        for card in pages.board_page(empty, name)["cards"]:
            assert card.get("rows", []) == []
            assert [metric["name"] for metric in card.get("metrics", []) if metric["now"]] == []
            assert {tile["shown"] for tile in card.get("tiles", [])} <= {"–"}
