"""What one more unit of spend brings: simulated companies through the project's own SQL, and against scipy."""

import re
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions

MONTHS = 14
CURVES = "int_campaign_curves"
MARGINALS = "int_campaign_marginals"


@pytest.fixture(scope="module")
def models(demo):
    return demo.with_name("warehouse.duckdb.target") / "compiled/groundwork/models/marts/growth"


def run(models, name: str, tables: dict) -> list[dict]:
    """What a model of the campaigns says of these tables."""
    sql = (models / f"intermediate/campaigns/{name}.sql").read_text()
    with duckdb.connect() as connection:
        scipy_functions.register(connection)
        connection.execute("create schema growth; create schema reference")
        for table, rows in tables.items():
            connection.register("rows", rows)
            connection.execute(f"create table {table} as from rows")
        return (
            connection.execute(re.sub(r'"[^"]+"\."(\w+)"\."(\w+)"', r"\1.\2", sql))
            .to_arrow_table()
            .to_pylist()
        )


def curves(models, spend, brought, others) -> list[dict]:
    """The curve of each world, a row of months of spend, conversions and the brand's other conversions."""
    worlds, months = spend.shape
    names = [f"{world:05}" for world in range(worlds)]
    dates = (np.datetime64("2026-05") - np.arange(months)[::-1]).astype("datetime64[D]")
    budgets = pa.table(
        {
            "campaign_id": np.repeat(names, months),
            "brand": np.repeat("b", worlds * months),
            "month": pa.array(np.tile(dates, worlds)),
            "spend": spend.astype(float).ravel(),
            "conversions": brought.ravel(),
            "other_conversions": others.ravel(),
        }
    )
    newest = pa.table(
        {
            "campaign_id": names,
            "brand": ["b"] * worlds,
            "month": pa.array(np.repeat(dates[-1:], worlds)),
        }
    )
    found = run(
        models,
        CURVES,
        {"growth.int_campaign_months": newest, "growth.int_campaign_budgets": budgets},
    )
    return sorted(found, key=lambda row: row["campaign_id"])


def planned(random, worlds: int, elasticity: float, others: float = 400):
    """Budgets drawn by lot around a mean; demand grows by 3 % a month, has a season, and noise of its own."""
    at = np.arange(MONTHS)
    demand = 1.03**at * (1 + 0.3 * np.sin(at / 2)) * np.exp(random.normal(0, 0.1, (worlds, MONTHS)))
    spend = 1000 * random.choice([0.5, 1, 2], (worlds, MONTHS))
    brought = random.poisson(80 * demand * (spend / 1000) ** elasticity)
    return spend, brought, random.poisson(others * demand)


@pytest.mark.parametrize("elasticity", [0.0, 0.3, 0.6, 1.0])
def test_the_interval_holds_the_planted_curve(models, elasticity):
    """95 %, by 3 standard errors of 2,000 worlds, and not wide: a curve that saturates is told from a straight line."""
    found = curves(models, *planned(np.random.default_rng(int(elasticity * 10)), 2_000, elasticity))
    told = [row for row in found if row["problem"] is None]
    assert len(told) > 0.9 * len(found), {row["problem"] for row in found}
    held = np.mean([row["elasticity_low"] <= elasticity <= row["elasticity_high"] for row in told])
    # By chance a lot follows demand in one world of twenty; an interval cut at 0 or at 1 holds at its end.
    assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / len(told)) < held
    width = np.median([row["elasticity_high"] - row["elasticity_low"] for row in told])
    assert width < 0.35
    if elasticity == 0.3:
        assert np.mean([row["elasticity_high"] < 1 for row in told]) > 0.99


def test_spend_that_follows_demand_is_not_identifiable(models):
    """Naive: spend and what it brings rise together, so one more unit brings as much as the average; planted: 0.2."""
    random = np.random.default_rng(4)
    at = np.arange(MONTHS)
    demand = 1.05**at * (1 + 0.3 * np.sin(at / 2)) * np.exp(random.normal(0, 0.15, (2_000, MONTHS)))
    spend = 1000 * demand * np.exp(random.normal(0, 0.1, demand.shape))
    brought = random.poisson(80 * demand * (spend / 1000 / demand) ** 0.2)
    found = curves(models, spend, brought, random.poisson(400 * demand))
    naive = [stats.linregress(np.log(spend[one]), np.log(brought[one])) for one in range(200)]
    assert np.mean([fit.slope - 2.2 * fit.stderr > 0.2 for fit in naive]) > 0.9
    assert np.mean([row["problem"] == "follows_demand" for row in found]) > 0.99


def test_the_interval_is_students_of_a_line_through_logarithms(models):
    """200 random sets with noise beyond counting, against scipy; with none, counting alone is as sure as it gets."""
    random = np.random.default_rng(8)
    spend, brought, others = planned(random, 200, 0.5, 4_000)
    brought = np.maximum(10, (brought * np.exp(random.normal(0, 0.5, brought.shape))).astype(int))
    compared = 0
    for row, x, y, d in zip(
        curves(models, spend, brought, others), spend, brought, others, strict=True
    ):
        if row["problem"] is not None:
            continue
        fit = stats.linregress(np.log(x), np.log(y / d))
        half = stats.t.ppf(0.975, MONTHS - 2) * fit.stderr
        expected = np.clip([fit.slope, fit.slope - half, fit.slope + half], 0, 1)
        ours = [row["elasticity"], row["elasticity_low"], row["elasticity_high"]]
        assert ours == pytest.approx(expected, abs=1e-9)
        compared += 1
    assert compared > 100
    exact = np.array([[500, 1000, 2000] * 4 + [500, 2000]])
    (row,) = curves(
        models, exact, np.round(80 * (exact / 1000) ** 0.5).astype(int), np.full_like(exact, 400)
    )
    assert 0.1 < row["elasticity_high"] - row["elasticity_low"] < 0.4


def test_what_says_too_little_says_so(models):
    exact = np.array([[500, 1000, 2000] * 4])
    brought, others = np.full_like(exact, 80), np.full_like(exact, 400)
    some = np.where(np.arange(12) == 3, 1, 0)
    cases = {
        "too_few_months": (exact[:, :7], brought[:, :7], others[:, :7]),
        "too_few_conversions": (exact, brought * (1 - some), others),
        "spend_alike": (np.full_like(exact, 1000), brought, others),
        "not_saturating": (exact, (20 * (exact / 500) ** 2).astype(int), others),
        "too_uncertain": (exact, np.array([[15, 240] * 6]), others),
    }
    for problem, tables in cases.items():
        (row,) = curves(models, *tables)
        assert row["problem"] == problem, row
    (row,) = curves(models, exact, brought, others * (1 - some))
    assert row["problem"] == "too_few_conversions"
    (row,) = curves(models, np.full_like(exact, 1000), np.zeros_like(exact), np.zeros_like(exact))
    assert row["problem"] == "too_few_conversions" and row["elasticity"] is None


def told(models, problem, elasticity, roas, is_planned=True) -> dict:
    """One campaign's row of int_campaign_marginals; roas: the calibrated return with its ends, or None."""
    import csv

    key = {
        "campaign_id": ["c"],
        "brand": ["b"],
        "month": pa.array(np.array(["2026-05-01"], "datetime64[D]")),
    }
    low, middle, high = elasticity or (None, None, None)
    numbers = lambda *values: [pa.array([value], pa.float64()) for value in values]  # noqa: E731
    names = ("elasticity", "elasticity_low", "elasticity_high")
    curve = key | dict(zip(names, numbers(middle, low, high), strict=True))
    curve |= {
        "planned_months": [12],
        "fewest": [4],
        "spend_ratio": [1.25],
        "problem": pa.array([problem], pa.string()),
    }
    ends = ("calibrated_roas_low", "calibrated_roas", "calibrated_roas_high")
    returns = key | dict(zip(ends, numbers(*(roas or (None,) * 3)), strict=True))
    with (PROJECT / "seeds/reference/marginal_returns.csv").open(encoding="utf-8") as seed:
        sentences = pa.Table.from_pylist(list(csv.DictReader(seed)))
    (row,) = run(
        models,
        MARGINALS,
        {
            "growth.int_campaign_curves": pa.table(curve),
            "growth.int_campaign_decisions": pa.table(
                returns | {"is_known_by_then": [roas is not None]}
            ),
            "reference.planned_budgets": pa.table(
                {"campaign_id": ["c" if is_planned else "other"]}
            ),
            "reference.marginal_returns": sentences,
        },
    )
    assert "{" not in row["marginal_return"] + row["marginal_return_ko"], row
    return row


def test_the_sentence_has_the_numbers_or_says_why_there_are_none(models):
    row = told(models, None, (0.4, 0.5, 0.6), (3.0, 4.0, 5.0))
    assert row["marginal_roas"] == pytest.approx(2)
    error = np.hypot(4 * 0.1, 0.5 * 1)
    assert row["marginal_roas_low"] == pytest.approx(2 - error)
    assert row["marginal_roas_high"] == pytest.approx(2 + error)
    assert "brings 2.00 (1.36 to 2.64)" in row["marginal_return"]
    assert "where one brings 4.00 on average" in row["marginal_return"]
    assert "2.00 (1.36 ~ 2.64)" in row["marginal_return_ko"]
    for problem, roas, is_planned, words in (
        (None, (3.0, 4.0, 5.0), False, "spend may have followed demand"),
        (None, None, True, "nothing sound has measured"),
        (
            "too_few_months",
            (3.0, 4.0, 5.0),
            True,
            "12 months with a planned budget are complete; it takes 8",
        ),
        ("too_few_conversions", (3.0, 4.0, 5.0), True, "has 4 conversions; each needs 10"),
        ("spend_alike", (3.0, 4.0, 5.0), True, "is 1.25 times the smallest; it takes 1.5 times"),
        ("follows_demand", (3.0, 4.0, 5.0), True, "rose and fell with the brand's other orders"),
        ("not_saturating", (3.0, 4.0, 5.0), True, "faster than spend"),
        ("too_uncertain", (3.0, 4.0, 5.0), True, "12 months leave it open"),
    ):
        row = told(models, problem, (0.4, 0.5, 0.6), roas, is_planned)
        assert (
            row["marginal_return"].startswith("Not identifiable")
            and words in row["marginal_return"]
        )
        assert row["marginal_return_ko"].startswith("식별할 수 없습니다")
        assert row["marginal_roas"] is row["marginal_roas_low"] is row["marginal_roas_high"] is None
