"""Bills that jump, in simulated resources through the project's own SQL: noise is not called, spikes are."""

import pathlib

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from warehouse import build

MODELS = "int_charges int_bill_baselines int_bill_verdicts"
WEEKS = 60


@pytest.fixture(scope="module")
def bills(tmp_path_factory):
    """A connection in which a resource is a world, billed weekly, and the verdicts are views over its bills."""
    database = tmp_path_factory.mktemp("bills") / "warehouse.duckdb"
    build(database, command="compile", select=MODELS)
    compiled = pathlib.Path(f"{database}.target/compiled/groundwork/models/marts/platform")
    connection = duckdb.connect(f"{database}")
    connection.execute("create schema if not exists platform")
    simulate(connection, np.ones((1, WEEKS)))
    for name in MODELS.split():
        (path,) = compiled.rglob(f"{name}.sql")
        connection.execute(f"create view platform.{name} as {path.read_text()}")
    yield connection
    connection.close()


def simulate(connection, amounts: np.ndarray) -> None:
    """`amounts` is resources x weeks; rounded to cents."""
    worlds, weeks = amounts.shape
    connection.register(
        "simulated",
        pa.table(
            {
                "world": np.repeat(np.arange(worlds), weeks),
                "week": np.tile(np.arange(weeks), worlds),
                "amount": np.round(amounts.ravel(), 2),
            }
        ),
    )
    connection.execute(
        """
        create or replace table platform.int_bills as
        select world || '_' || week as bill_id, 'compute' as service, 'r' || world as resource, 'USD' as currency,
            amount::decimal(24, 8) as amount, amount::decimal(24, 6) as cost, 1.0::double as rate,
            7 as period_days, false as is_credit, date '2025-01-06' + 7 * week::int as billed_on
        from simulated
        """
    )


def called(connection) -> list[tuple]:
    """(resource, week, verdict) of all that is not the usual bill, and how many were judged."""
    rows = connection.execute(
        """
        select resource, (billed_on - date '2025-01-06') // 7, verdict from platform.int_bill_verdicts
        where verdict not in ('too_few', 'new')
        """
    ).fetchall()
    return [row for row in rows if row[2] != "usual"], len(rows)


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "most"), [(0.05, 0), (0.2, 2e-4), (0.5, 2e-4)])
def test_noise_is_not_called(bills, noise, most):
    worlds = 2_000
    rng = np.random.default_rng([17, int(100 * noise)])
    growth = 1.006 ** np.arange(WEEKS)
    simulate(bills, 100 * growth * np.exp(rng.normal(0, noise, (worlds, WEEKS))))
    found, judged = called(bills)
    assert judged == worlds * (WEEKS - 8)
    assert len(found) / judged <= most + 2 * np.sqrt(max(most, 0) / judged)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "factor", "least"), [(0.05, 2, 0.99), (0.05, 6, 1), (0.2, 6, 0.8)]
)
def test_a_spike_is_called_on_its_day_and_the_next_bill_is_not(bills, noise, factor, least):
    worlds, week = 1_000, 40
    rng = np.random.default_rng([18, int(100 * noise * factor)])
    amounts = 100 * 1.006 ** np.arange(WEEKS) * np.exp(rng.normal(0, noise, (worlds, WEEKS)))
    amounts[:, week] *= factor
    simulate(bills, amounts)
    found, _ = called(bills)
    jumped = {name for name, on, verdict in found if on == week and verdict == "jumped"}
    assert len(jumped) / worlds >= least - 2 * np.sqrt(least * (1 - least) / worlds)
    others = [row for row in found if row[1] != week]
    assert len(others) <= 4e-4 * worlds * WEEKS
