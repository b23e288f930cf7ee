"""What contact_churn_effect says of simulated companies whose truth is known, through the marts' own SQL: a brand a company."""

from math import sqrt

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from warehouse import build, query

MODELS = (
    "contact_verdicts comparison_bands int_contact_strata int_contact_people int_contact_estimates "
    "int_contact_balances int_contact_odds int_contact_risks int_contact_verdicts contact_churn_effect"
)
MONTHS = 15
# What makes people call and leave: chance to call, chance to leave, as functions of tenure, month, activity and plan.
HIGH_CALLS, LOW_CALLS = 0.35, 0.05
WORLDS = {
    "nothing": lambda one: (0.12, 0.05),
    "rare": lambda one: (0.008, 0.08),
    "prone": lambda one: (np.minimum(0.12 * one["prone"], 0.95), 0.05),
    "new": lambda one: (
        np.where(one["tenure"] < 3, HIGH_CALLS, LOW_CALLS),
        np.where(one["tenure"] < 3, 0.15, 0.03),
    ),
    "quarter": lambda one: (
        HIGH_CALLS if 6 <= one["t"] <= 8 else LOW_CALLS,
        0.12 if 6 <= one["t"] <= 8 else 0.03,
    ),
    "plan": lambda one: (
        np.where(one["plan"], HIGH_CALLS, LOW_CALLS),
        np.where(one["plan"], 0.12, 0.03),
    ),
    # the engaged call, and stay anyhow
    "engaged": lambda one: (
        0.06 + 0.46 * np.minimum(one["active"] / 15, 1),
        0.125 - 0.105 * np.sqrt(np.minimum(one["active"] / 15, 1)),
    ),
}


def company(random, world: str, customers: int, replicates: int, effect=1.0, is_plan_seen=True):
    """The name of the world, the customers of a company, and the customer months of so many companies.

    A call multiplies the chance to leave by `effect`.
    """
    total = customers * replicates
    who = np.arange(total)
    started = random.integers(0, 12, total)
    habit = np.clip(random.gamma(2, 3, total), 0.3, 25)
    prone = random.gamma(0.5, 2, total)
    there, frames = np.ones(total, bool), []
    for t in range(MONTHS):
        at = np.flatnonzero(there & (started <= t))
        one = {
            "t": t,
            "tenure": t - started[at],
            "active": np.minimum(random.poisson(habit[at]), 30),
            "plan": at % 4 == 0,
            "prone": prone[at],
        }
        calls, leaves = (np.broadcast_to(chance, len(at)) for chance in WORLDS[world](one))
        has_called = random.random(len(at)) < calls
        has_left = random.random(len(at)) < leaves * np.where(has_called, effect, 1)
        frames.append(
            {
                "who": who[at],
                "t": np.full(len(at), t),
                "tenure_months": one["tenure"],
                "active_days": one["active"],
                "is_plus": one["plan"] & is_plan_seen,
                "was_active_before": random.random(len(at)) < 1 - np.exp(-habit[at] / 3),
                "has_called": has_called,
                "has_left": has_left,
            }
        )
        there[at[has_left]] = False
    name = f"{world}{'' if is_plan_seen else ' unseen'} {effect} {customers}"
    columns = {key: np.concatenate([frame[key] for frame in frames]) for key in frames[0]}
    return name, customers, pa.table(columns)


def effects(database, worlds: list[tuple[str, int, pa.Table]]) -> pd.DataFrame:
    """A row a company: contact_churn_effect, with the name of the world."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("set threads = 2; create schema lifecycle")
        for number, (name, customers, drawn) in enumerate(worlds):
            connection.register("drawn", drawn)
            rows = f"""
                (select *, '{name} ' || (who // {customers}) as brand, '{number} ' || who as customer_id,
                    (date '2025-01-01' + to_months(t::int))::date as month from drawn)"""
            for table, select in {
                "int_contact_months": f"""
                    select customer_id, brand, month, if(is_plus, 'plus', 'basic') as plan, tenure_months, active_days,
                        tenure_months >= 2 as was_there_two_months_before, false as is_churned_this_month,
                        has_left as is_churned_next_month,
                        case when tenure_months >= 1 then was_active_before end as was_active_before
                    from {rows}""",
                "int_support_contacts": f"""
                    select customer_id, brand, 'trouble' as topic, false as is_after_decision, month
                    from {rows} where has_called""",
            }.items():
                begin = "insert into" if number else "create table"
                between = "" if number else "as"
                connection.execute(f"{begin} lifecycle.{table} {between} {select}")
            connection.unregister("drawn")
    build(database, select=MODELS, tests=False)
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select * from lifecycle.contact_churn_effect").df()
    found["world"] = found["brand"].str.rsplit(n=1).str[0]
    return found


def planted(database, world: str, effect: float) -> dict[str, float]:
    """By company the difference that was planted, weighted as the estimate weighs its cells."""
    chance = {"nothing": "0.05", "new": "if(tenure_band in ('0', '1', '2'), 0.15, 0.03)"}[world]
    return dict(
        query(
            database,
            f"""
            select brand, ({effect} - 1) * sum(contact_n * other_n / n * {chance}) / sum(contact_n * other_n / n)
            from lifecycle.int_contact_strata
            where outcome = 'churn' and brand like '{world} {effect} %' group by brand
            """,
        )
    )


def held(rows: pd.DataFrame, truth=0.0) -> float:
    """The share of intervals that hold the truth, where there is one."""
    given = rows[rows["standardised_low"].notna()]
    truth = given["brand"].map(truth) if isinstance(truth, dict) else truth
    return ((given["standardised_low"] <= truth) & (truth <= given["standardised_high"])).mean()


def error(share: float, n: int) -> float:
    """Three standard errors of Monte Carlo."""
    return 3 * sqrt(share * (1 - share) / n)


def check(database, found: pd.DataFrame, replicates: int) -> None:
    """Every world, at 92 to 99 % and what chance does to so many companies."""
    worlds = lambda name: found[found["world"] == name]  # noqa: E731
    low, high = 0.92 - error(0.92, replicates), 0.99 + error(0.99, replicates)
    for name in ("nothing", "prone", "new", "quarter", "plan", "engaged"):
        rows = worlds(f"{name} 1.0 800")
        assert low <= held(rows) <= high, (name, held(rows))
        said = rows["verdict"].isin(["keeps", "does_not_keep"]).mean()
        assert said <= 0.06 + error(0.06, replicates), (name, said)
        assert (rows["comparable_share"] > 0.75).all(), name
    # rare contacts: often no verdict; where there is one it holds
    rare = worlds("rare 1.0 3000")
    assert 0.05 < (rare["verdict"] == "too_few").mean() < 0.5
    assert held(rare) >= low
    assert not rare["verdict"].isin(["keeps", "does_not_keep"]).mean() > 0.06 + error(
        0.06, len(rare)
    )
    # with a plan that nobody sees the naive interval, and ours, are wrong: the negative exposure says so
    unseen = worlds("plan unseen 1.0 800"), worlds("plan unseen 1.0 3000")
    assert held(unseen[1]) < 0.05
    flagged = (unseen[1]["verdict"] == "not_comparable").mean()
    assert flagged >= 0.9 - error(0.9, len(unseen[1])), flagged
    for rows in unseen:
        told = rows[rows["verdict"] == "not_comparable"]["verdict_sentence"]
        assert told.str.contains("something else, or an effect that lasts|before the contact").all()
        told = rows[rows["verdict"].isin(["keeps", "does_not_keep"])]
        assert told["verdict_sentence"].str.contains("something else").all()
        for e_value, sentence in zip(told["e_value"], told["verdict_sentence"], strict=True):
            assert f"{e_value:.1f} times" in sentence or f"{e_value + 1e-9:.1f} times" in sentence
    # a call that truly keeps three of ten
    for name in ("nothing", "new"):
        rows = worlds(f"{name} 0.7 800")
        truth = planted(database, name, 0.7)
        assert low <= held(rows, truth) <= high, (name, held(rows, truth))
        assert not (rows["verdict"] == "does_not_keep").any()
        least = 0.6 if name == "new" else 0.2
        assert (rows["verdict"] == "keeps").mean() >= least - error(least, replicates), name
    # the naive answer: wrong of the new, of the quarter, of the plan and of the engaged
    for name in ("new", "quarter", "plan", "engaged"):
        rows = worlds(f"{name} 1.0 800")
        naive = ((rows["naive_low"] <= 0) & (rows["naive_high"] >= 0)).mean()
        assert naive < 0.55, (name, naive)
    assert (worlds("new 0.7 800")["naive_low"] > 0).mean() > 0.4, "a call that keeps looks harmful"


def simulate(database, seed: int, replicates: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    worlds = [company(random, world, 800, replicates) for world in WORLDS if world != "rare"]
    worlds += [company(random, world, 800, replicates, effect=0.7) for world in ("nothing", "new")]
    worlds.append(company(random, "plan", 800, replicates, is_plan_seen=False))
    worlds.append(company(random, "rare", 3_000, max(replicates // 3, 20)))
    worlds.append(company(random, "plan", 3_000, max(replicates // 3, 20), is_plan_seen=False))
    return effects(database, worlds)


def test_thirty_companies_of_each_world(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    check(database, simulate(database, 1, 30), 30)


@pytest.mark.slow
def test_three_hundred_companies_of_each_world(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    check(database, simulate(database, 2, 300), 300)
