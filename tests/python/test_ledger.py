"""The ledger: what shipped tests are credited with, in simulated worlds through its own SQL, and to whom it credits."""

import itertools
import pathlib

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from warehouse import PROJECT, build, query, write_raw

SHIPPED = 1.96
MODELS = "int_experiment_posteriors int_experiment_effects experiment_ledger_totals"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A connection in which the ledger's models are views over tables of simulated tests: a world is a brand."""
    database = tmp_path_factory.mktemp("ledger") / "company.duckdb"
    build(database, command="compile", select=MODELS, variables={"ledger_pool": "brand"})
    compiled = pathlib.Path(f"{database}.target/compiled/groundwork/models/marts/experiments")
    connection = duckdb.connect(f"{database.with_name(database.name)}")
    for schema in ("core", "experiments", "reference"):
        connection.execute(f"create schema if not exists {schema}")
    for seed in ("ledger_priors", "ledger_luck"):
        connection.execute(
            f"create or replace table reference.{seed} as "
            f"from read_csv('{PROJECT}/seeds/reference/{seed}.csv')"
        )
    simulate(connection, np.zeros((1, 6)), np.zeros((1, 6)))
    for name in MODELS.split():
        (path,) = compiled.rglob(f"{name}.sql")
        connection.execute(f"create view experiments.{name} as {path.read_text()}")
    yield connection
    connection.close()


def simulate(connection, z, errors):
    """z: worlds × tests, their observed effects in standard errors; errors: the standard errors."""
    worlds, tests = z.shape
    drawn = pa.table(
        {
            "world": np.repeat(np.arange(worlds), tests),
            "test": np.tile(np.arange(tests), worlds),
            "z": z.ravel(),
            "standard_error": errors.ravel(),
        }
    )
    connection.register("drawn", drawn)
    for statement in (
        """create or replace table experiments.int_experiment_concluded as
        select concat(world, '-', test) as experiment_id, 'treatment' as variant, 'revenue' as metric_name,
            world::varchar as pool, 'ab' as experiment_type, 'orders.revenue' as numerator, 'mean' as kind,
            14 as outcome_days, z * standard_error as observed, standard_error, z,
            true as is_valid, true as is_predeclared, true as is_final from drawn""",
        f"""create or replace table experiments.experiment_ledger as
        select concat(world, '-', test) as experiment_id, 'treatment' as variant, world::varchar as brand,
            'shrunk' as evidence, world::varchar as pool, {tests} as test_count, 1.0::double as effect_value,
            0::decimal(24, 6) as observed_revenue, 0::decimal(24, 6) as credited_revenue, date '2026-01-01' as month
        from drawn where z > {SHIPPED}""",
        "create or replace table core.brands as select distinct world::varchar as brand from drawn",
    ):
        connection.execute(statement)


def effects(connection, tests):
    """(effect, low, high, shrinkage) arrays of worlds × tests."""
    rows = connection.execute(
        """select effect, effect_low, effect_high from experiments.int_experiment_effects
        order by split_part(experiment_id, '-', 1)::int, split_part(experiment_id, '-', 2)::int"""
    ).fetchnumpy()
    return [np.asarray(rows[name]).reshape(-1, tests) for name in rows]


def naive(z):
    """Positive-part James-Stein, as the ledger had it: what is left, and its interval's half width."""
    left = np.maximum(0, 1 - (z.shape[1] - 2) / (z * z).sum(axis=1, keepdims=True))
    return left * z, 1.96 * np.sqrt(left) * np.ones_like(z)


def rare(size, rest):
    def draw(random, shape):
        large = random.random(shape) < 0.1
        return np.where(large, random.normal(size, 0.3, shape), random.normal(0, rest, shape))

    return draw


def spread(size):
    return lambda random, shape: random.normal(0, size, shape)


WORLDS = {
    "spread 0": (spread(0.0), None),
    "spread 0.5": (spread(0.5), None),
    "spread 1": (spread(1.0), 0.98),
    "spread 2": (spread(2.0), 0.98),
    "one in ten, rest 0": (rare(6, 0.0), 0.98),
    "one in ten, rest 0.5": (rare(6, 0.5), 0.98),
}


def coverage(connection, seed, worlds, tests, draw, at_once=2_000):
    """Coverage of shipped tests' intervals and of the sum's, of the naive ones, and the luck left in what was shipped."""
    random = np.random.default_rng(seed)
    held, held_naive, held_sum, left, observed = [], [], [], 0.0, 0.0
    for _ in range(max(1, worlds // at_once)):
        shape = (min(worlds, at_once), tests)
        truth = draw(random, shape)
        z = truth + random.normal(0, 1, shape)
        errors = random.uniform(0.5, 2, shape)
        simulate(connection, z, errors)
        effect, low, high = effects(connection, tests)
        shipped = z > SHIPPED
        true = truth * errors
        held.append(((low <= true) & (true <= high))[shipped])
        shrunk, half = naive(z)
        held_naive.append((abs(shrunk - truth) <= half)[shipped])
        left += ((effect - true) / errors)[shipped].sum()
        observed += (z - truth)[shipped].sum()
        bounds = dict(
            (brand, (low, high))
            for brand, low, high in connection.execute(
                """select brand, credited_revenue_low::double, credited_revenue_high::double
                from experiments.experiment_ledger_totals where brand <> 'all'"""
            ).fetchall()
        )
        centre = np.where(shipped, effect, 0).sum(axis=1)
        sums = np.where(shipped, true, 0).sum(axis=1)
        for world in np.flatnonzero(shipped.any(axis=1)):
            low_sum, high_sum = bounds[str(world)]
            held_sum.append(centre[world] + low_sum <= sums[world] <= centre[world] + high_sum)
    return (
        np.concatenate(held),
        np.concatenate(held_naive),
        np.array(held_sum),
        left / observed,
    )


def held_at_least(found, share):
    """Whether a share may be at least so much, by 4 standard errors of its own number."""
    return found.mean() >= share - 4 * np.sqrt(share * (1 - share) / len(found))


def held_at_most(found, share):
    return share is None or found.mean() <= share + 4 * np.sqrt(share * (1 - share) / len(found))


def check(connection, seed, worlds):
    for tests, (name, (draw, most)) in itertools.product((6, 10, 30), WORLDS.items()):
        held, _, held_sum, luck = coverage(connection, seed, worlds, tests, draw)
        print(f"{tests} {name}: {held.mean():.3f} of {len(held)}, sum {held_sum.mean():.3f}, luck {luck:.2f}")
        assert held_at_least(held, 0.92) and held_at_most(held, most), (tests, name, held.mean())
        assert held_at_least(held_sum, 0.92), (tests, name, held_sum.mean())
