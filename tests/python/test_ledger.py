"""The ledger: what shipped tests are credited with, in simulated worlds through its own SQL, and to whom it credits."""

import pathlib

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from warehouse import PROJECT, build, query

SHIPPED = 1.96
MODELS = "int_experiment_posteriors int_experiment_effects experiment_ledger_totals"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A connection in which the ledger's models are views over tables of simulated tests: a world is a brand."""
    database = tmp_path_factory.mktemp("ledger") / "warehouse.duckdb"
    build(database, command="compile", select=MODELS, variables={"ledger_pool": "brand"})
    compiled = pathlib.Path(f"{database}.target/compiled/groundwork/models/marts/experiments")
    connection = duckdb.connect(f"{database}")
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
        connection.execute(f"create view experiments.{name}_made as {path.read_text()}")
        remake(connection, name)
    yield connection
    connection.close()


def remake(connection, *names):
    for name in names:
        connection.execute(
            f"create or replace table experiments.{name} as from experiments.{name}_made"
        )


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
        remake(connection, *MODELS.split())
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


def test_two_thousand_worlds_of_few_tests(ledger):
    """A tenth of what the slow test tries, where intervals are hardest to get right."""
    for tests, name, worlds in (
        (6, "spread 0", 1_000),
        (6, "spread 0.5", 2_000),
        (6, "one in ten, rest 0.5", 1_000),
        (10, "spread 1", 500),
        (30, "one in ten, rest 0", 200),
    ):
        draw, most = WORLDS[name]
        held, held_naive, held_sum, _ = coverage(ledger, 3, worlds, tests, draw)
        assert held_at_least(held, 0.92) and held_at_most(held, most), (tests, name, held.mean())
        assert held_at_least(held_sum, 0.92), (tests, name, held_sum.mean())
        if name != "spread 1":
            assert not held_at_least(held_naive, 0.92), "one normal spread, fitted, holds less"


@pytest.mark.slow
@pytest.mark.parametrize("tests", [6, 10, 30])
def test_twenty_thousand_worlds(ledger, tests):
    for name, (draw, most) in WORLDS.items():
        held, _, held_sum, _ = coverage(ledger, 4, 20_000, tests, draw)
        print(f"{tests} {name}: {held.mean():.3f} of {len(held)}, sum {held_sum.mean():.3f}")
        assert held_at_least(held, 0.92) and held_at_most(held, most), (tests, name, held.mean())
        assert held_at_least(held_sum, 0.92), (tests, name, held_sum.mean())


@pytest.mark.slow
def test_how_much_luck_is_left_is_what_the_seed_says(ledger):
    for tests, said in ledger.execute(
        "select min_tests, luck_left_share from reference.ledger_luck"
    ).fetchall():
        *_, left = coverage(ledger, 5, 4_000, tests, WORLDS["spread 0"][0], at_once=1_000)
        assert said == pytest.approx(left, abs=0.06), tests


def by_hand(z):
    """The same average over priors with numpy: mean, deviation, and the deviation of the sum of those above SHIPPED."""
    spreads = np.array([0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3])
    weights = np.gradient(spreads) / (1 + spreads**2)
    cells = [
        (s, e, w, p * q)
        for s, p in zip(spreads, weights, strict=True)
        for e, w, q in [(0, 0, 0.3)]
        + [(e, w, 0.175 / 2) for e in (0.03, 0.1, 0.2, 0.4) for w in (3, 6)]
    ]
    t2, e, w2, prior = (np.array(column) for column in zip(*cells, strict=True))
    t2, w2 = t2**2, t2**2 + w2**2
    usual = (1 - e) * stats.norm.pdf(z[:, None], 0, np.sqrt(1 + t2))
    large = e * stats.norm.pdf(z[:, None], 0, np.sqrt(1 + w2))
    log_weight = np.log(prior) + np.log(usual + large).sum(axis=0)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    chance = large / (usual + large)
    b1, b2 = t2 / (1 + t2), w2 / (1 + w2)
    mean = ((1 - chance) * b1 + chance * b2) * z[:, None]
    square = (1 - chance) * (b1 + (b1 * z[:, None]) ** 2) + chance * (b2 + (b2 * z[:, None]) ** 2)
    found = mean @ weight
    deviation = np.sqrt(square @ weight - found**2)
    shipped = z > SHIPPED
    sums = mean[shipped].sum(axis=0)
    variances = (square - mean**2)[shipped].sum(axis=0)
    of_sum = np.sqrt(weight @ (variances + sums**2) - (weight @ sums) ** 2)
    return found, deviation, of_sum


def test_two_hundred_random_sets_are_numpys(ledger):
    random = np.random.default_rng(9)
    for tests in (6, 13, 40, 41):
        z = random.normal(0, 1, (50, tests)) * random.choice([0.5, 1, 2, 5], (50, tests))
        errors = random.uniform(0.5, 2, z.shape)
        simulate(ledger, z, errors)
        remake(ledger, *MODELS.split())
        effect, low, high = effects(ledger, tests)
        for world in range(50):
            mean, deviation, _ = by_hand(z[world])
            assert effect[world] == pytest.approx(mean * errors[world], rel=1e-8, abs=1e-10)
            half = stats.norm.ppf(0.975) * deviation * errors[world]
            assert (high - low)[world] / 2 == pytest.approx(half, rel=1e-6)
        simulate(ledger, z, np.ones_like(z))
        remake(ledger, *MODELS.split())
        totals = dict(
            ledger.execute(
                """select brand, (credited_revenue_high - credited_revenue_low)::double / 2
                from experiments.experiment_ledger_totals where brand <> 'all'"""
            ).fetchall()
        )
        for world in np.flatnonzero((z > SHIPPED).any(axis=1)):
            *_, of_sum = by_hand(z[world])
            assert totals[str(world)] == pytest.approx(stats.norm.ppf(0.975) * of_sum, abs=2e-6)


def test_fewer_than_six_tests_credit_nothing_and_a_huge_effect_breaks_nothing(ledger):
    simulate(ledger, np.array([[60.0, 0.1, -0.3, 1.0, 0.2]]), np.ones((1, 5)))
    remake(ledger, *MODELS.split())
    assert ledger.execute(
        "select distinct evidence, effect, test_count from experiments.int_experiment_effects"
    ).fetchall() == [("insufficient evidence", None, None)]
    simulate(ledger, np.array([[60.0, 0.1, -0.3, 1.0, 0.2, -0.5]]), np.ones((1, 6)))
    remake(ledger, *MODELS.split())
    effect, low, _ = effects(ledger, 6)
    assert 55 < low[0, 0] < effect[0, 0] < 60, "a winner that nobody doubts is not cut away"
    assert abs(effect[0, 1:]).max() < 1


def test_the_goal_of_experiments_follows_its_rule(demo):
    """What is credited in the last whole month before the decision, and what of it is above 0: decision record 0169."""
    ((credited, won, baseline, target),) = query(
        demo,
        """
        with goals as (
            from reference.metric_goals where goal_id = 'all_experiment_revenue_contribution_2026_apr_sep'
        )
        select
            sum(credited_revenue)::double, sum(greatest(credited_revenue, 0))::double,
            any_value(baseline), any_value(target)
        from experiments.experiment_ledger
        inner join goals on month = date_trunc('month', decided_on) - interval 1 month
        where evidence = 'shrunk' and credited_revenue is not null
        """,
    )
    assert (baseline, target) == (round(credited), round(won)), (
        "set the goal's row to these numbers"
    )
