"""Boards of experiments, trust and models, and the pages of experiments: numbers as SQL has them, nothing untrue."""

import dataclasses
import functools
import itertools
import json
import pathlib
import re
import shutil

import boards
import duckdb
import experiments
import pages
import publish
import pytest
from build import Site
from project import Project
from published import PROJECT, Published

BOARDS = ("experiments", "trust", "models", "review_queue")
# What is planted: a running month, an id that is no file's name, an A/A test and a test of two arms with certain effects,
# months of a group held out, a score whose quality is known, and weeks that drifted.
AS_OF = "2026-06-10"
PLANTED = f"""
    update metrics.metric_periods set last_day = date '{AS_OF}', is_final = false
    where grain = 'month' and period_start = date '2026-06-01';

    update experiments.experiment_verdicts set experiment_id = 'Ex/20 <b>' where experiment_id = 'exp_20';
    update experiments.experiment_results set experiment_id = 'Ex/20 <b>' where experiment_id = 'exp_20';
    update experiments.experiment_results
    set problem = null, control_value = 10, deciding_difference = 20.4, deciding_low = -63.4, deciding_high = 104.1
    where experiment_id = 'Ex/20 <b>' and role = 'success' and segment_type = 'all';

    insert into experiments.experiment_verdicts
    select * replace ('blue' as variant, 'ship' as verdict, 'revenue +2 (1 to 3) got better and every guardrail held' as rule)
    from experiments.experiment_verdicts where experiment_id = 'exp_05';
    insert into experiments.experiment_results
    select * replace ('blue' as variant) from experiments.experiment_results where experiment_id = 'exp_05';

    insert into experiments.experiment_ledger
    select * replace ('exp_12' as experiment_id, 'measured' as evidence, 120.5 as credited_revenue)
    from experiments.experiment_ledger where experiment_id = 'exp_08' and month = date '2026-03-01';

    update ml.model_performance
    set positive_count = 12, auc = 0.81, auc_low = 0.7, auc_high = 0.9, evidence = 'sufficient'
    where model_name = 'fraud_score' and grain = 'month' and period_start = date '2025-12-01';
    update ml.model_performance
    set early_positive_count = 11, early_labels_auc = 0.62, early_labels_auc_low = 0.5, early_labels_auc_high = 0.75,
        prediction_count = 120, confidence_auc = 0.9
    where model_name = 'fraud_score' and grain = 'month' and period_start = date '2026-05-01';
    update ml.feature_drift set verdict = 'drifted', psi = 0.4
    where feature_name = 'amount_usd' and week_start in (date '2026-05-04', date '2026-05-11');
    update ml.feature_drift set verdict = 'stable', psi = 0.05
    where feature_name = 'amount_usd' and week_start in (date '2026-05-18', date '2026-05-25');
"""
# A company that runs no experiment, scores no payment and has no model.
EMPTY_TABLES = {
    "experiments": """experiment_days experiment_health experiment_ledger experiment_ledger_totals experiment_looks
        experiment_results experiment_run_days experiment_segment_differences experiment_sizes experiment_verdicts
        exposures""",
    "trust": "fairness_audit fraud_quality fraud_queue fraud_thresholds label_progress",
    "ml": """challenger_quality feature_drift model_alerts model_cycle model_performance prediction_drift
        recommendation_quality""",
}
EMPTY = "".join(
    f"delete from {schema}.{table};"
    for schema, tables in EMPTY_TABLES.items()
    for table in tables.split()
)


@dataclasses.dataclass
class Shown:
    """A page as it was written: its cards by their English titles."""

    file: pathlib.Path

    @functools.cached_property
    def html(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @functools.cached_property
    def cards(self) -> dict[str, dict]:
        found = re.search(
            r'<script id="cards" type="application/json">(.*?)</script>', self.html, re.DOTALL
        )
        titles = re.findall(
            r'<h2 id="(\w+)-title">(?:<span class="t" lang="en">)?([^<]*)', self.html
        )
        by_id = {card["id"]: card for card in json.loads(found[1])}
        return {title.replace("&#39;", "'"): by_id[key] for key, title in titles if key in by_id}

    def rows(self, title: str, **wanted) -> list[dict]:
        """The rows of a card with these values."""
        rows = next(card["rows"] for name, card in self.cards.items() if name.startswith(title))
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def one(self, title: str, column: str, **wanted):
        (row,) = self.rows(title, **wanted)
        return row[column]


@pytest.fixture(scope="module")
def shown(site):
    return lambda page: Shown(site / page)


@pytest.fixture(scope="module")
def sql(published_demo):
    database = publish.current_of(published_demo) / "groundwork.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        yield lambda query: connection.sql(query).fetchone()[0]


@pytest.fixture(scope="module")
def changed(published_demo, demo, tmp_path_factory):
    """`changed(sql)`: the company of a copy of the published demo, after this."""
    manifest = json.loads(
        demo.with_name("warehouse.duckdb.target").joinpath("manifest.json").read_text("utf-8")
    )

    def company(change: str, **kept) -> pages.Company:
        folder = tmp_path_factory.mktemp("changed")
        for name in ("manifest.json", "groundwork.duckdb"):
            shutil.copyfile(publish.current_of(published_demo) / name, folder / name)
        with duckdb.connect(str(folder / "groundwork.duckdb")) as connection:
            connection.execute(change)
        return pages.Company(Published(folder), Project(manifest), **kept)

    return company


@pytest.fixture(scope="module")
def planted(changed):
    return changed(PLANTED)


def card_of(company: pages.Company, board: str, title: str) -> dict:
    """A card of a board, filled."""
    found = boards.load(PROJECT / "dashboards" / f"{board}.yml")
    number, card = next(
        (number, card)
        for number, card in enumerate(found["cards"], 1)
        if card.get("title", {}).get("en", "").startswith(title)
    )
    return boards.filled(card, company.published, number, company.currency)


RESULT = "from experiments.experiment_results where segment_type = 'all' and role = 'success' and experiment_id ="
LEDGER = (
    "from experiments.experiment_ledger where evidence = 'shrunk' and month > date '2025-06-01'"
)
AUDIT = "from trust.fairness_audit where window_name = 'all' and measure = 'false_positive_rate' and group_kind = 'country'"
# Page, title of the card, which row, column, and the same by SQL written for this test.
NUMBERS = [
    (
        "boards/experiments",
        "Which experiments",
        {"name": "Two-step checkout"},
        "effect",
        f"select deciding_difference / control_value {RESULT} 'exp_04'",
    ),
    (
        "boards/experiments",
        "Which experiments",
        {"name": "Night rate"},
        "effect_low",
        f"select deciding_low / control_value {RESULT} 'exp_29'",
    ),
    (
        "boards/experiments",
        "Which experiments",
        {"name": "Parking photo"},
        "n",
        f"select n_mature {RESULT} 'exp_11'",
    ),
    (
        "boards/experiments",
        "Was shipped",
        {"brand": "all", "verdict": "inconclusive"},
        "shipped",
        "select count(*) from experiments.experiment_verdicts where decision = 'ship' and verdict = 'inconclusive'",
    ),
    (
        "boards/experiments",
        "What did shipped tests bring",
        {"brand": "all", "step": "Apr 2026"},
        "change",
        f"select sum(credited_revenue) {LEDGER} and month = date '2026-04-01'",
    ),
    (
        "boards/experiments",
        "What did shipped tests bring",
        {"brand": "scoot", "step": "Jun 2026"},
        "ends",
        f"select sum(credited_revenue) {LEDGER} and brand = 'scoot'",
    ),
    (
        "boards/experiments",
        "Which tests brought it",
        {"brand": "all", "name": "Dark map"},
        "credited",
        f"select sum(credited_revenue) {LEDGER} and experiment_id = 'exp_05'",
    ),
    (
        "boards/experiments",
        "Which tests brought it",
        {"brand": "all", "is_total": True},
        "high",
        "select credited_revenue_high from experiments.experiment_ledger_totals "
        "where brand = 'all' and month = date '2026-06-01'",
    ),
    (
        "boards/experiments",
        "Running tests",
        {"day": "2026-05-30"},
        "effect_high",
        "select always_valid_high / control_value from experiments.experiment_days where experiment_id = 'exp_29' "
        "and view_name = 'cumulative' and metric_name = 'revenue' and exposed_date = date '2026-05-30'",
    ),
    (
        "boards/trust",
        "Are honest people",
        {"country": "KR"},
        "estimate_high",
        f"select estimate_high {AUDIT} and group_name = 'KR'",
    ),
    (
        "boards/trust",
        "Does the score mean",
        {"group_name": "BR"},
        "estimate",
        "select estimate from trust.fairness_audit where window_name = 'all' and measure = 'calibration' "
        "and group_name = 'BR'",
    ),
    (
        "boards/trust",
        "Would another threshold",
        {},
        "recall_low",
        "select recall_low from trust.fraud_thresholds where is_current",
    ),
    (
        "boards/trust",
        "What does each threshold",
        {"threshold": 0.3, "kind": "cost"},
        "amount",
        "select cost from trust.fraud_thresholds where threshold = 0.3",
    ),
    (
        "boards/trust",
        "How much fraud passed",
        {"month": "2026-02-01", "kind": "stopped"},
        "amount_low",
        "select fraud_stopped_amount_low from trust.fraud_quality "
        "where group_kind = 'all' and month_start = date '2026-02-01'",
    ),
    (
        "boards/trust",
        "How many payments wait",
        {"is_total": True},
        "expected_loss",
        "select sum(expected_loss) from trust.fraud_queue",
    ),
    (
        "boards/models",
        "How often are",
        {"month": "2026-05-01"},
        "click_high",
        "select click_rate_high from ml.recommendation_quality where list_rank = 'all' and model_version = 'v2' "
        "and month = date '2026-05-01'",
    ),
    (
        "boards/models",
        "What does each model",
        {"model": "recommender v2"},
        "credited_high",
        "select credited_revenue_high from ml.model_cycle where model_name = 'recommender' and model_version = 'v2'",
    ),
    (
        "restricted/review_queue",
        "Which payments",
        {"queue_rank": 1},
        "expected_loss",
        "select max(expected_loss) from trust.fraud_queue",
    ),
    (
        "experiments/exp_08",
        "How many units did",
        {"variant": "treatment"},
        "n",
        "select count(*) from experiments.exposures where experiment_id = 'exp_08' and variant = 'treatment' "
        "and is_analysed",
    ),
    (
        "experiments/exp_08",
        "What are the numbers",
        {"role": "success"},
        "difference_high",
        f"select deciding_high {RESULT} 'exp_08'",
    ),
    (
        "experiments/exp_23",
        "What did it change",
        {"role": "success"},
        "effect_low",
        f"select deciding_low / control_value {RESULT} 'exp_23'",
    ),
    (
        "experiments/exp_08",
        "How many came",
        {"day": "2025-11-11", "variant": "control"},
        "n",
        "select count(*) from experiments.exposures where experiment_id = 'exp_08' and variant = 'control' "
        "and is_analysed and exposed_date = date '2025-11-11'",
    ),
    (
        "experiments/exp_08",
        "What is it credited with",
        {"is_total": True},
        "low",
        "select sum(credited_revenue_low) from experiments.experiment_ledger where experiment_id = 'exp_08'",
    ),
    (
        "experiments/exp_29",
        "How many units would",
        {"effect": 0.5},
        "needed",
        "select units_per_arm_always_valid from experiments.experiment_sizes where brand = 'scoot' "
        "and unit = 'customer' and metric_name = 'revenue' and relative_effect = 0.5",
    ),
]


def test_numbers_are_those_of_the_warehouse(shown, sql):
    for page, title, row, column, query in NUMBERS:
        found, right = shown(f"{page}.html").one(title, column, **row), sql(query)
        assert right is not None, (page, title)
        assert found == pytest.approx(float(right), rel=1e-5), (page, title)


def test_every_experiment_has_a_page_and_the_list_leads_to_it(shown, site, sql):
    rows = shown("experiments/index.html").rows("All experiments")
    assert len(rows) == sql("select count(*) from experiments.experiment_verdicts")
    assert {row["page"] for row in rows} == {
        f"experiments/{file.name}"
        for file in (site / "experiments").glob("*.html")
        if file.stem != "index"
    }
    links = [row["page"] for row in shown("boards/experiments.html").rows("Which experiments")]
    assert all((site / link).exists() for link in links)


def test_a_running_test_has_no_day_without_new_outcomes(shown, sql):
    """A5: n stays while days pass; drawn, they look like confirmations."""
    days = shown("boards/experiments.html").rows("Running tests", name="Night rate")
    numbers = [row["n"] for row in days]
    assert numbers == sorted(set(numbers))
    # All days of the table would have flat ones.
    naive = (
        "from experiments.experiment_days where experiment_id = 'exp_29' and metric_name = 'revenue' "
        "and view_name = 'cumulative' and problem is null"
    )
    assert (
        sql(f"select count(*) {naive}")
        > len(numbers)
        == sql(f"select count(distinct n_mature) {naive}")
    )
    assert {row["state"] for row in days} == {"not_final"}


def test_months_that_run_are_in_no_ledger(planted):
    """A5: the old board counted back from the newest month there was, over or not."""
    steps = card_of(planted, "experiments", "What did shipped tests bring")["rows"]
    months = [row["step"] for row in steps if row["brand"] == "all"]
    assert months[-2:] == ["May 2026", "Together"] and "Jun 2026" not in months
    tests = card_of(planted, "experiments", "Which tests brought it")["rows"]
    (total,) = planted.published.rows(
        "select credited_revenue as credited from {{ ref('experiment_ledger_totals') }} "
        "where brand = 'all' and month = date '2026-05-01'"
    )
    for scope in ("all", "scoot"):
        of_scope = [row for row in tests if row["brand"] == scope]
        parts = sum(row["credited"] for row in of_scope if not row["is_total"])
        (whole,) = (row["credited"] for row in of_scope if row["is_total"])
        assert whole == pytest.approx(parts, rel=1e-4)
        (step,) = (row for row in steps if row["brand"] == scope and row["kind"] == "sum")
        assert step["ends"] == whole
    assert float(total["credited"]) == pytest.approx(
        next(row["credited"] for row in tests if row["brand"] == "all" and row["is_total"]),
        rel=1e-5,
    )
    views = card_of(planted, "experiments", "What do groups held out")["rows"]
    assert max(row["month"] for row in views) == "2026-05-01"


def test_a_waterfall_goes_on_where_the_step_before_it_ended(shown):
    steps = shown("boards/experiments.html").rows("What did shipped tests bring", brand="all")
    for before, after in itertools.pairwise(steps[:-1]):
        assert after["begins"] == pytest.approx(before["ends"], abs=0.01)
    assert steps[-2]["ends"] == pytest.approx(steps[-1]["ends"], abs=0.01)


def test_months_without_a_group_held_out_say_so(planted):
    """A5: a blank beside a number looked like a zero, or like nothing to know."""
    views = [
        row
        for row in card_of(planted, "experiments", "What do groups held out")["rows"]
        if row["brand"] == "all"
    ]
    assert all(row["why"] for row in views if row["held_out"] is None)
    by_month = {row["month"]: row for row in views}
    assert by_month["2026-03-01"]["held_out"] == 120.5
    assert by_month["2026-05-01"]["why_ko"] == "홀드아웃 집단이 없었음"


def test_a_forest_says_where_it_was_cut(shown, open_page, site):
    """A9: dots stood on the frame, and ends were cut without a mark."""
    rows = shown("boards/experiments.html").rows("Which experiments")
    above = [row for row in rows if row["effect_high"] is not None and row["effect_high"] > 1]
    below = [row for row in rows if row["effect_low"] is not None and row["effect_low"] < -1]
    assert above and below
    page = open_page(site / "boards" / "experiments.html", width=1440)
    page.wait_for_selector(".chart svg path")
    drawn = page.locator("section", has_text="Which experiments worked").first
    texts = drawn.locator("svg text").all_text_contents()
    assert texts.count("▶") == len(above) and texts.count("◀") == len(below)
    for row in above:
        assert f"+{100 * row['effect_high']:,.0f}%" in texts
    # Verdicts have a legend, A/A tests are marked; who has no interval says why; the table has the true ends.
    assert {"inconclusive", "keep running", "fewer than 30 units in an arm"} <= set(texts)
    assert "A/A of the ride app · n 24, A/A" in texts
    assert "Loyalty points holdout · n 122, holdout" in texts
    drawn.locator("summary").click()
    night_rate = drawn.locator("tbody tr", has_text="Night rate")
    night_rate.wait_for()
    cells = night_rate.locator("td").all_text_contents()
    assert "−32.2 % (−313.8 % – +249.5 %)" in cells and "not final" in cells and "A/B test" in cells


def test_an_estimate_beyond_the_frame_is_no_dot_on_it(planted):
    """A9: +204 % was a dot at +100 %."""
    card = card_of(planted, "experiments", "Which experiments")
    (row,) = (row for row in card["rows"] if row["name"] == "A/A of the learn shop")
    assert (row["effect"], row["kind"]) == (pytest.approx(2.04), "aa")
    assert row["label"].endswith(", A/A")
    points = [layer for layer in card["spec"]["layer"] if layer["mark"]["type"] == "point"]
    frame = card["spec"]["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert frame == [-1, 1] and points
    for layer in points:
        assert f"<= {frame[1]}" in json.dumps(layer["transform"])
    # What is not final is hollow, in a layer of its own.
    assert {layer["mark"]["filled"] for layer in points} == {True, False}


def test_a_frame_is_no_wider_than_what_it_shows():
    roles = {"x": "x", "low": "low", "high": "high"}
    rows = [{"x": 0.03, "low": -0.01, "high": 0.07}, {"x": None, "low": None, "high": None}]
    framed = boards.frame(roles | {"clip": 1}, rows)
    assert -0.02 < framed["clip_low"] < -0.01 and 0.07 < framed["clip_high"] < 0.08
    assert boards.frame(roles | {"clip": 0.05}, rows)["clip_high"] == 0.05
    shares = boards.frame(roles, [{"x": 0.03, "low": 0, "high": 0.07}])
    assert shares["clip_low"] == 0
    assert boards.frame(roles | {"at": 1, "clip": 2}, [])["clip_low"] < 1


def test_evidence_that_is_not_enough_says_so(shown):
    thin = shown("experiments/exp_01.html")
    assert "Its evidence is not enough for an answer: fewer than 30 units in an arm" in thin.html
    assert "집단의 대상이 30 미만" in thin.html
    assert thin.one("What did it change", "effect", role="success") is None
    assert (
        thin.one("What did it change", "why_none", role="success")
        == "fewer than 30 units in an arm"
    )
    assert "Its evidence is not enough" not in shown("experiments/exp_08.html").html
    assert "shipped without proof" in shown("experiments/exp_08.html").html
    assert "shipped without proof" not in shown("experiments/exp_11.html").html


def test_what_is_not_final_is_marked(shown, site):
    running = shown("experiments/exp_29.html")
    assert (
        "not final: outcomes still come in" in running.html and "nobody has decided" in running.html
    )
    assert {row["state"] for row in running.rows("What are the numbers")} == {"not_final"}
    assert "not final" not in re.sub(
        r"<script.*", "", shown("experiments/exp_08.html").html, flags=re.DOTALL
    )
    for name in (
        "boards/experiments",
        "boards/trust",
        "boards/models",
        "experiments/exp_29",
        "experiments/exp_08",
    ):
        for title, card in shown(f"{name}.html").cards.items():
            for row in card["rows"]:
                if "is_final" in row:
                    assert row["state"] == ("final" if row["is_final"] else "not_final"), (
                        name,
                        title,
                    )
            if card.get("spec") and any("is_final" in row for row in card["rows"]):
                assert "datum['is_final']" in json.dumps(card["spec"]), (name, title)


def test_shares_lie_between_0_and_1(shown, site):
    checked = 0
    for file in [*(site / "boards").glob("*.html"), *(site / "experiments").glob("*.html")]:
        if file.stem not in BOARDS and file.parent.name == "boards":
            continue
        for title, card in Shown(file).cards.items():
            for name, column in card["columns"].items():
                for row in card["rows"]:
                    unit = row[column["unit_of"]] if column.get("unit_of") else column["unit"]
                    for value in (
                        row.get(name),
                        row.get(column.get("low")),
                        row.get(column.get("high")),
                    ):
                        if unit == "share" and value is not None:
                            assert 0 <= value <= 1, (file.name, title, name)
                            checked += 1
    assert checked > 100


def test_young_quality_is_hollow_and_thin_quality_is_not_shown(planted, shown):
    """A month's early labels and the score's own promise are estimates; fewer than 10 frauds say nothing."""
    rows = card_of(planted, "models", "How well")["rows"]
    assert {(row["month"], row["kind"], row["auc"], row["is_final"]) for row in rows} == {
        ("2025-12-01", "mature", 0.81, True),
        ("2026-05-01", "early", 0.62, False),
        ("2026-05-01", "confidence", 0.9, False),
    }
    # The demo has AUCs of 1.0 that rest on one or two frauds.
    assert shown("boards/models.html").rows("How well") == []
    assert "Fewer say nothing." in shown("boards/models.html").html


def test_drift_is_of_weeks_that_can_be_judged(planted):
    (row,) = card_of(planted, "models", "Which features")["rows"]
    assert (row["month"], row["drifted_share"], row["n"], row["largest"]) == (
        "2026-05-01",
        0.5,
        4,
        0.4,
    )


def test_months_that_are_not_all_mature_are_no_drop(shown, sql):
    """A5: 3 of 94 payments of March are mature, and none of them was fraud."""
    months = {row["month"] for row in shown("boards/trust.html").rows("How much fraud passed")}
    assert "2026-02-01" in months and "2026-03-01" not in months
    assert (
        sql(
            "select fraud_passed_amount from trust.fraud_quality where group_kind = 'all' "
            "and month_start = date '2026-03-01'"
        )
        == 0
    )


def test_single_payments_and_units_stay_out_of_open_pages(shown, site, sql):
    payment, customer = (
        sql("select min(payment_id) from trust.fraud_queue"),
        sql("select min(customer_id) from trust.fraud_queue"),
    )
    unit = sql("select min(unit_id) from experiments.exposures where experiment_id = 'exp_08'")
    assert payment in shown("restricted/review_queue.html").html
    for page in (
        "boards/trust.html",
        "boards/experiments.html",
        "boards/models.html",
        "experiments/exp_08.html",
    ):
        assert not any(f'"{key}"' in shown(page).html for key in (payment, customer, unit)), page


def test_an_experiment_may_be_called_anything(planted, tmp_path):
    found = {page["id"]: page for page in experiments.experiment_pages(planted)}
    odd = found["Ex/20 <b>"]
    assert re.fullmatch(r"experiments/ex-20-b--[0-9a-f]{8}\.html", odd["page"])
    assert len({page["page"].lower() for page in found.values()}) == len(found)
    site = Site(tmp_path, planted.published, planted.project, restricted=False)
    site.experiment_pages()
    assert "<code>Ex/20 &lt;b&gt;</code>" in (tmp_path / odd["page"]).read_text("utf-8")
    assert "where experiment_id = 'Ex/20 <b>'" in odd["sql"]
    # A test of several arms has a verdict for each, and rows that can be told apart.
    both = found["exp_05"]
    assert [row["variant"] for row in both["treatments"]] == ["blue", "treatment"]
    assert both["treatments"][0]["rule"][1] == "revenue +2 (1 to 3) 개선, 모든 가드레일 통과"
    labels = [
        row["label"]
        for card in both["cards"]
        for row in card["rows"]
        if "effect" in row and "role" in row
    ]
    assert len(labels) == len(set(labels))
    names = [row["label"] for row in card_of(planted, "experiments", "Which experiments")["rows"]]
    assert len(names) == len(set(names))


def test_a_company_without_any_of_it_has_empty_cards_that_say_why(changed, tmp_path):
    company = changed(EMPTY)
    site = Site(tmp_path, company.published, company.project, restricted=True)
    site.board_pages()
    site.experiment_pages()
    for name in BOARDS:
        page = Shown(
            tmp_path / ("restricted" if name == "review_queue" else "boards") / f"{name}.html"
        )
        assert all(card["rows"] == [] for card in page.cards.values())
        assert page.html.count('<div class="empty">') == len(page.cards) > 0
    assert [file.name for file in (tmp_path / "experiments").iterdir()] == ["index.html"]
    assert "No experiment has been registered." in (
        tmp_path / "experiments" / "index.html"
    ).read_text("utf-8")


def test_an_area_that_is_off_has_no_pages_of_experiments(changed, tmp_path):
    company = changed("select 1")
    company.published.tables = {
        name: table
        for name, table in company.published.tables.items()
        if table["schema"] not in ("experiments", "trust")
    }
    site = Site(tmp_path, company.published, company.project, restricted=True)
    site.board_pages()
    site.experiment_pages()
    assert not (tmp_path / "experiments").exists()
    page = Shown(tmp_path / "boards" / "experiments.html")
    assert "experiments/index.html" not in page.html
    assert all(card["rows"] == [] for card in page.cards.values())
    assert "experiments/index.html" not in (tmp_path / "boards" / "models.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["boards/trust", "experiments/exp_29"])
def test_a_phone_reads_it(site, open_page, name):
    page = open_page(site / f"{name}.html", width=390)
    page.wait_for_selector(".chart svg path")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.evaluate(
        "[...document.querySelectorAll('main *, svg text')].filter(e => e.textContent.trim() && e.getClientRects().length)"
        ".map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 11


def test_sums_stay_below_however_a_table_is_sorted(site, open_page):
    page = open_page(site / "boards" / "experiments.html")
    card = page.locator("section", has_text="Which tests brought it").first
    for _ in range(2):
        card.locator("th button", has_text="Credited").click()
        assert card.locator("tfoot td").first.text_content() == "Together"
        assert "Together" not in card.locator("tbody").inner_text()
    values = [
        float(cell.get_attribute("data-value"))
        for cell in card.locator("tbody tr td:last-child").all()
    ]
    assert values == sorted(values, reverse=True)
