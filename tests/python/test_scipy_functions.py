"""The SQL functions of the plugin against scipy, on random and on awkward input."""

import sys

import duckdb
import numpy as np
import pytest
import warehouse
from scipy import stats

sys.path.insert(0, str(warehouse.PROJECT / "plugins"))
import scipy_functions


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        scipy_functions.register(connection)
        yield connection


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("normal_cdf", stats.norm.cdf),
        ("normal_quantile", stats.norm.ppf),
        ("t_cdf", stats.t.cdf),
        ("t_quantile", stats.t.ppf),
        ("chi_square_quantile", stats.chi2.ppf),
    ],
)
def test_function_is_scipys(connection, name, function):
    random = np.random.default_rng(1)
    first = random.uniform(0, 1, 5000) if "quantile" in name else random.normal(0, 3, 5000)
    arguments = [first, random.uniform(0.5, 60, 5000)][: 2 if name.startswith(("t_", "chi")) else 1]
    columns = ", ".join(f"unnest(${i + 1}) as c{i}" for i in range(len(arguments)))
    call = f"{name}({', '.join(f'c{i}' for i in range(len(arguments)))})"
    rows = connection.execute(
        f"select {call} from (select {columns})", [list(map(float, a)) for a in arguments]
    ).fetchall()
    assert np.allclose([value for (value,) in rows], function(*arguments), rtol=1e-12, atol=1e-15)


def test_binomial_quantiles_are_scipys(connection):
    """Chunks with many rows alike, as ranks of values are, and what has no answer."""
    random = np.random.default_rng(8)
    counts = random.integers(1, 400, 40).repeat(100)
    chances = random.choice([0.1, 0.5, 0.9], len(counts))
    rows = connection.execute(
        "select binomial_quantile(0.025, n, q) from (select unnest($1) as n, unnest($2) as q)",
        [counts.tolist(), chances.tolist()],
    ).fetchall()
    assert [value for (value,) in rows] == stats.binom.ppf(0.025, counts, chances).tolist()
    none = connection.execute(
        "select binomial_quantile(null, 5, 0.5), binomial_quantile(0.5, null, 0.5), binomial_quantile(0.5, 5, 2)"
    ).fetchall()
    assert none == [(None, None, None)]


def test_chance_of_best_is_the_closed_form_of_two_and_what_draws_say_of_four(connection):
    random = np.random.default_rng(6)

    def chance(value, error, others, errors):
        ((found,),) = connection.execute(
            "select chance_of_best(?, ?, ?::double[], ?::double[])", [value, error, others, errors]
        ).fetchall()
        return found

    for value, other, error, other_error in random.uniform(0.1, 3, (200, 4)).tolist():
        exact = stats.norm.cdf((value - other) / np.hypot(error, other_error))
        assert chance(value, error, [other], [other_error]) == pytest.approx(exact, abs=1e-9)
    means, errors = np.array([1.0, 1.2, 0.8, 1.1]), np.array([0.2, 0.3, 0.5, 0.1])
    draws = random.normal(means, errors, (200_000, 4))
    ours = [
        chance(means[i], errors[i], np.delete(means, i).tolist(), np.delete(errors, i).tolist())
        for i in range(4)
    ]
    assert sum(ours) == pytest.approx(1, abs=1e-9)
    assert ours == pytest.approx(np.bincount(draws.argmax(axis=1)) / 200_000, abs=0.005)


@pytest.mark.parametrize(
    "call",
    [
        "normal_cdf(null)",
        "normal_cdf('nan'::double)",
        "normal_quantile(1.5)",
        "t_cdf(null, 5)",
        "t_cdf(1.0, null)",
        "t_cdf(1.0, 0)",
        "t_quantile(0.9, 0)",
        "t_quantile(null, null)",
        "nbinom_cdf(1, null, 0.5)",
        "nbinom_cdf(1, 2, 1.5)",
        "nbinom_mid_quantile(0.9, 0, 0.5)",
        "nbinom_mid_quantile(2, 3, 0.5)",
        "t_test_size(null, 0.05, 0.8)",
        "t_test_size(0, 0.05, 0.8)",
        "t_test_size(0.2, 0.05, 1)",
        "t_test_size(0.2, 0.05, 0.01)",
        "chance_of_best(1, 0, [1.0], [1.0])",
        "chance_of_best(1, null, [1.0], [1.0])",
        "chance_of_best(1, 1, [null], [1.0])",
        "always_valid_size(0, 5000, 0.05, 0.8)",
        "always_valid_size(0.2, 5000, 0.05, 0.01)",
        "always_valid_size(0.2, null, 0.05, 0.8)",
    ],
)
def test_what_has_no_answer_is_null(connection, call):
    assert connection.execute(f"select {call}").fetchone() == (None,)


def test_sizes_from_the_smallest_effect_to_the_largest(connection):
    """Found as often as asked by the power of scipy's noncentral t; never fewer than two."""
    rows = connection.execute(
        "select effect, t_test_size(effect, 0.05, 0.8) from (select unnest([0.001, 0.02, 0.5, 1, 2, 3, 15, 1e9]) as effect)"
    ).fetchall()
    for effect, units in rows:
        degrees, shift = 2 * (units - 1), effect * np.sqrt(units / 2)
        bound = stats.t.isf(0.025, degrees)
        found = stats.nct.sf(bound, degrees, shift) + stats.nct.cdf(-bound, degrees, shift)
        assert (units == 2.0) if effect > 5 else found == pytest.approx(0.8, rel=1e-8)


def test_no_rows_and_some_nulls(connection):
    assert (
        connection.execute("select normal_cdf(x) from (select 1.0 as x where false)").fetchall()
        == []
    )
    rows = connection.execute("select normal_cdf(x) from (values (0.0), (null), (0.0)) as t (x)")
    assert sorted(rows.fetchall(), key=str) == [(0.5,), (0.5,), (None,)]


def test_negative_binomial_counts(connection):
    """The chances are scipy's; the quantile is the first count whose mid-p chance, added up one by one, is enough."""
    random = np.random.default_rng(4)
    for _ in range(200):
        shape, chance = random.uniform(0.5, 60), random.uniform(0.05, 0.95)
        count, wanted = int(random.integers(0, 40)), random.uniform(0.02, 0.98)
        found = connection.execute(
            "select nbinom_cdf($1, $2, $3), nbinom_mid_quantile($4, $2, $3)",
            [float(count), shape, chance, wanted],
        ).fetchone()
        chances = stats.nbinom.pmf(np.arange(20_000), shape, chance)
        mid = np.cumsum(chances) - chances / 2
        assert found[0] == pytest.approx(chances[: count + 1].sum(), abs=1e-9)
        assert found[1] == np.argmax(mid >= wanted)
