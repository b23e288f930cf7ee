"""The functions that say how odd a value is, against scipy's distributions."""

import sys

import duckdb
import numpy as np
import pytest
import warehouse
from scipy import stats

sys.path.insert(0, str(warehouse.PROJECT / "plugins"))
import scipy_functions

ROWS = 4_000


@pytest.fixture(scope="module")
def call():
    with duckdb.connect() as connection:
        scipy_functions.register(connection)

        def values(name: str, *columns: np.ndarray) -> np.ndarray:
            names = ", ".join(f"unnest(${place + 1}) as c{place}" for place in range(len(columns)))
            inner = ", ".join(f"c{place}" for place in range(len(columns)))
            rows = connection.execute(
                f"select {name}({inner}) from (select {names})",
                [[None if np.isnan(v) else float(v) for v in column] for column in columns],
            ).fetchall()
            return np.array([np.nan if value is None else value for (value,) in rows])

        yield values


def smaller_tail(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    tail = np.minimum(np.maximum(np.minimum(below, above), 1e-300), 0.5)
    return np.where(below < above, -1, 1) * stats.norm.isf(tail)


def test_a_count_is_as_odd_as_its_tail(call):
    random = np.random.default_rng(1)
    mean = random.uniform(0.3, 400, ROWS)
    dispersion = random.choice([1.0, 1.5, 6.0], ROWS)
    count = np.floor(mean * random.uniform(0, 2.5, ROWS))
    shape = mean**2 / np.maximum(mean * dispersion - mean, 1e-6 * mean)
    tails = stats.nbinom(shape, shape / (shape + mean))
    expected = smaller_tail(tails.cdf(count), tails.sf(count - 1))
    assert np.allclose(call("count_z", count, mean, mean * dispersion), expected, rtol=1e-9)
    even = dispersion == 1
    poisson = smaller_tail(stats.poisson.cdf(count, mean), stats.poisson.sf(count - 1, mean))
    assert np.allclose(expected[even], poisson[even], atol=2e-3), (
        "without more spread it is Poisson's"
    )


def test_a_share_is_as_odd_as_its_tail(call):
    random = np.random.default_rng(2)
    n = random.integers(1, 500, ROWS).astype(float)
    share = random.uniform(0.001, 0.999, ROWS)
    hits = random.binomial(n.astype(int), random.uniform(0, 1, ROWS)).astype(float)
    expected = smaller_tail(stats.binom.cdf(hits, n, share), stats.binom.sf(hits - 1, n, share))
    assert np.allclose(
        call("share_z", hits, n, share, np.ones(ROWS)), expected, rtol=1e-7, atol=1e-9
    )
    spread = call("share_z", hits, n, share, np.full(ROWS, 3.0))
    assert (np.abs(spread) <= np.abs(expected) + 1e-9).all(), "more spread is never odder"


def test_the_bounds_are_the_last_values_that_are_no_alert(call):
    random = np.random.default_rng(3)
    chance = random.choice([3e-7, 1e-4, 0.02], ROWS)
    bound = -stats.norm.ppf(chance)
    mean = random.uniform(0.3, 200, ROWS)
    variance = mean * random.choice([1.0, 2.0], ROWS)
    low = call("count_quantile", chance, mean, variance)
    assert (call("count_z", low, mean, variance) > -bound - 1e-6).all()
    some = low > 0
    below = call("count_z", low[some] - 1, mean[some], variance[some])
    assert (below < -bound[some] + 1e-6).all()
    n = random.integers(1, 400, ROWS).astype(float)
    share, dispersion = random.uniform(0.001, 0.999, ROWS), random.choice([1.0, 2.5], ROWS)
    low = call("share_quantile", chance, n, share, dispersion)
    assert (call("share_z", low, n, share, dispersion) > -bound - 1e-6).all()
    some = low > 0
    below = call("share_z", low[some] - 1, n[some], share[some], dispersion[some])
    assert (below < -bound[some] + 1e-6).all()


def test_a_value_of_student_is_as_odd_as_a_normal_one(call):
    random = np.random.default_rng(4)
    t, degrees = random.normal(0, 6, ROWS), random.uniform(4, 60, ROWS)
    expected = np.sign(t) * stats.norm.isf(stats.t.sf(np.abs(t), degrees))
    assert np.allclose(call("t_z", t, degrees), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "count"),
    [("count_z", 3), ("count_quantile", 3), ("share_z", 4), ("share_quantile", 4), ("t_z", 2)],
)
def test_nothing_in_is_nothing_out(call, name, count):
    for missing in range(count):
        columns = [np.array([np.nan if place == missing else 0.5]) for place in range(count)]
        assert np.isnan(call(name, *columns)).all()
