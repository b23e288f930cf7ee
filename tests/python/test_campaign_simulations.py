"""Decisions on simulated campaigns whose increments are planted, through the project's own SQL."""

import datetime as dt
import re
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions

STEPS = ("campaign_measurements", "int_campaign_calibrations", "int_campaign_decisions")
RAW = ("app.orders", "events.events")
GEO = """
    create table growth.int_geo_tests (
        geo_test_id varchar, campaign_id varchar, brand varchar, started_on date, ended_on date, before_from date,
        first_date date, fewest bigint, after_count bigint, touched_conversions bigint, lift double, lift_low double,
        lift_high double
    )
"""


@pytest.fixture(scope="module")
def models(demo):
    return demo.with_name("warehouse.duckdb.target") / "compiled/groundwork/models/marts/growth"


def drawn(worlds: int, seed: int, campaigns: int = 1) -> dict:
    """Holdouts of 2,000 to 20,000 units, and a year's orders; a world is a channel, and its first campaign held out."""
    random = np.random.default_rng(seed)
    shape = (worlds, campaigns)
    base, added = random.uniform(0.02, 0.08, shape), random.uniform(0, 0.06, shape)
    # Of those who convert, so many have a touch: a campaign that adds little is touched all the same.
    seen = random.uniform(0.6, 1, shape)
    added[:, 1:] = added[:, :1] * np.exp(random.normal(0, 0.2, (worlds, campaigns - 1)))
    base[:, 1:], seen[:, 1:] = base[:, :1], seen[:, :1]
    touched_rate = (base + added) * seen
    factor = added / touched_rate
    credited = np.exp(random.uniform(np.log(0.5), np.log(12), shape))
    usual = random.uniform(50, 500, shape)
    treated = random.integers(1_000, 10_000, worlds)
    control = (treated * random.choice([0.5, 1], worlds)).astype(int)
    touched = random.binomial(treated, touched_rate[:, 0])
    others = random.binomial(
        treated - touched, ((base + added) * (1 - seen))[:, 0] / (1 - touched_rate[:, 0])
    )
    orders = random.poisson(usual)
    amounts = [random.lognormal(0, 0.6, count) for count in orders.ravel()]
    return {
        "treated_units": treated,
        "control_units": control,
        "treated_conversions": touched + others,
        "control_conversions": random.binomial(control, base[:, 0]),
        "touched_conversions": touched,
        "planted": factor * credited,
        "credited": credited,
        "spend": usual * np.exp(0.18) / credited,
        "orders": orders,
        "revenue": np.array([each.sum() for each in amounts]).reshape(shape),
        "squares": np.array([(each**2).sum() for each in amounts]).reshape(shape),
        "largest": np.array([each.max(initial=1) for each in amounts]).reshape(shape),
    }


def decide(models, worlds: dict) -> np.ndarray:
    """The decision on each campaign of each world, two months after its holdout ended."""
    shape = worlds["planted"].shape
    count = shape[0] * shape[1]
    names = np.array(
        [f"{world:05}/{place}" for world in range(shape[0]) for place in range(shape[1])]
    )
    held = names.reshape(shape)[:, 0]
    numbers = {name: column for name, column in worlds.items() if column.ndim == 1}
    month = pa.array(np.repeat(np.array(["2026-06-01"], "datetime64[D]"), count))
    windows = {
        "campaign_id": np.tile(names, 2),
        "brand": np.repeat("b", 2 * count),
        "month": pa.chunked_array([month, month]),
        "attribution_model": np.repeat(["touched", "linear"], count),
        "is_delivered": np.repeat(True, 2 * count),
        "conversions": np.tile(worlds["orders"].ravel(), 2),
    } | {
        name: np.tile(worlds[name].ravel(), 2)
        for name in ("spend", "revenue", "squares", "largest")
    }
    channels = np.repeat([f"{world:05}" for world in range(shape[0])], shape[1])
    tables = {
        "growth.int_campaign_holdouts": {
            "experiment_id": held,
            "campaign_id": held,
            "brand": np.repeat("b", len(held)),
            "started_at": np.repeat(np.datetime64("2026-02-01T00:00:00"), len(held)),
            "ended_at": np.repeat(np.datetime64("2026-05-01T00:00:00"), len(held)),
            "problem": pa.nulls(len(held), pa.string()),
        }
        | numbers,
        "staging.stg_ads__campaigns": {"campaign_id": names, "channel": channels},
        "growth.int_campaign_months": {
            "campaign_id": names,
            "brand": np.repeat("b", count),
            "channel": channels,
            "month": month,
        },
        "growth.int_campaign_windows": windows,
        "staging.as_of": {
            "as_of_date": [dt.date(2026, 6, 30)],
            "covered_date": [dt.date(2026, 6, 30)],
        },
        "staging.raw_coverage": {
            "raw_table": RAW,
            "is_delivered": [True] * len(RAW),
            "covered_date": [dt.date(2026, 6, 30)] * len(RAW),
        },
    }
    with duckdb.connect() as connection:
        scipy_functions.register(connection)
        connection.execute("create schema growth; create schema reference; create schema staging")
        connection.execute(GEO)
        seed = PROJECT / "seeds/reference/campaign_decisions.csv"
        connection.execute(f"create table reference.campaign_decisions as from read_csv('{seed}')")
        for table, columns in tables.items():
            connection.register("rows", pa.table(columns))
            connection.execute(f"create table {table} as from rows")
        for step in STEPS:
            (path,) = models.rglob(f"{step}.sql")
            sql = re.sub(r'"[^"]+"\."(\w+)"\."(\w+)"', r"\1.\2", path.read_text())
            connection.execute(f"create table growth.{step} as {sql}")
        rows = connection.execute(
            "select decision from growth.int_campaign_decisions where attribution_model = 'linear' order by campaign_id"
        ).fetchall()
    return np.array([decision for (decision,) in rows]).reshape(shape)


def wrong(decision: np.ndarray, planted: np.ndarray) -> np.ndarray:
    return np.select(
        [decision == "scale", decision == "keep", decision == "cut"],
        [planted < 3, planted < 1, planted >= 1],
        False,
    )


@pytest.mark.parametrize("worlds", [pytest.param(300), pytest.param(4_000, marks=pytest.mark.slow)])
def test_one_decision_in_twenty_contradicts_what_was_planted(models, worlds):
    """At most 5 % and twice its error; naive, by credit, one in three."""
    found = drawn(worlds, 5)
    decision = decide(models, found)
    for name in ("scale", "keep", "cut"):
        here = decision == name
        share = wrong(decision, found["planted"])[here].mean()
        assert here.sum() > 0.03 * worlds
        assert share <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / here.sum()), (name, share, here.sum())
    assert np.mean(decision != "test_first") > 0.5, "a sound holdout mostly says something"
    naive = np.select([found["credited"] >= 3, found["credited"] >= 1], ["scale", "keep"], "cut")
    assert wrong(naive, found["planted"]).mean() > 0.3


@pytest.mark.parametrize("worlds", [pytest.param(300), pytest.param(4_000, marks=pytest.mark.slow)])
def test_so_does_one_on_another_campaign_of_the_channel(models, worlds):
    """Whose own increments are like those measured, give or take 20 %."""
    found = drawn(worlds, 6, campaigns=2)
    decision, planted = decide(models, found)[:, 1], found["planted"][:, 1]
    decided = np.isin(decision, ["scale", "keep", "cut"])
    share = wrong(decision, planted)[decided].mean()
    assert decided.sum() > 0.2 * worlds
    assert share <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / decided.sum()), (share, decided.sum())
