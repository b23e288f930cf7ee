"""SQL functions that scipy computes. A model that calls one is a table: other readers lack it.

Arrow in, Arrow out: one call a chunk of rows. NULL in gives NULL; what has no answer (a
distribution with no degrees of freedom, a probability outside 0 to 1) is NULL as well, never NaN.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import list_type
from duckdb.sqltypes import DOUBLE
from scipy import optimize, special, stats


def normal_cdf(z: pa.ChunkedArray) -> pa.Array:
    """The chance that a standard normal value is at most z."""
    return _vectorised(stats.norm.cdf, z)


def normal_quantile(probability: pa.ChunkedArray) -> pa.Array:
    """The value that a standard normal one is at most with this probability."""
    return _vectorised(stats.norm.ppf, probability)


def t_cdf(t: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The chance that a value of Student's t with these degrees of freedom is at most t."""
    return _vectorised(stats.t.cdf, t, degrees)


def t_quantile(probability: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The value that one of Student's t is at most with this probability."""
    return _vectorised(stats.t.ppf, probability, degrees)


def nbinom_cdf(count: pa.ChunkedArray, shape: pa.ChunkedArray, chance: pa.ChunkedArray) -> pa.Array:
    """The chance that a negative binomial count with this shape and success chance is at most `count`."""
    return _vectorised(stats.nbinom.cdf, count, shape, chance)


def nbinom_mid_quantile(
    probability: pa.ChunkedArray, shape: pa.ChunkedArray, chance: pa.ChunkedArray
) -> pa.Array:
    """The smallest negative binomial count whose mid-p chance is at least the probability.

    The mid-p chance of a count is that of all below it and half its own.
    """

    def quantile(wanted: np.ndarray, shape: np.ndarray, chance: np.ndarray) -> np.ndarray:
        found = stats.nbinom.ppf(wanted, shape, chance)
        for count in (found, found - 1):
            below = stats.nbinom.cdf(count - 1, shape, chance)
            mid = (below + stats.nbinom.cdf(count, shape, chance)) / 2
            found = np.where((count >= 0) & (mid >= wanted), count, found)
        at_found = stats.nbinom.cdf(found, shape, chance) + stats.nbinom.cdf(
            found - 1, shape, chance
        )
        return np.where(at_found / 2 < wanted, found + 1, found)

    return _vectorised(quantile, probability, shape, chance)


def chi_square_tail(chi_square: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The chance that a chi-square value with these degrees of freedom is above chi_square."""
    return _vectorised(stats.chi2.sf, chi_square, degrees)


def beta_superiority(
    alpha: pa.ChunkedArray,
    beta: pa.ChunkedArray,
    other_alpha: pa.ChunkedArray,
    other_beta: pa.ChunkedArray,
) -> pa.Array:
    """The chance that a Beta(other_alpha, other_beta) value is above a Beta(alpha, beta) one.

    The parameters are whole and at least 1: then the integral is a finite sum.
    """

    def chance(a: float, b: float, other_a: float, other_b: float) -> float:
        if not min(a, b, other_a, other_b) >= 1:
            return np.nan
        i = np.arange(round(other_a))
        logs = special.betaln(a + i, b + other_b) - special.betaln(1 + i, other_b)
        return float(np.exp(logs - np.log(other_b + i) - special.betaln(a, b)).sum())

    return _vectorised(np.vectorize(chance, otypes=[float]), alpha, beta, other_alpha, other_beta)


def t_test_size(
    effect_size: pa.ChunkedArray, significance: pa.ChunkedArray, power: pa.ChunkedArray
) -> pa.Array:
    """How many units each of two arms needs, so that the two-sided t-test finds an effect.

    The effect is in standard deviations of a unit, the power the chance to find it. Units are not
    rounded up, and at least two.
    """

    def units(effect: float, alpha: float, wanted: float) -> float:
        if not (effect > 0 and 0 < alpha < wanted < 1):
            return np.nan
        effect = min(effect, 1000.0)  # two units find that as well

        def missing(n: float) -> float:
            degrees = 2 * (n - 1)
            shift = effect * np.sqrt(n / 2)
            bound = stats.t.isf(alpha / 2, degrees)
            found = stats.nct.sf(bound, degrees, shift)
            # far out scipy has no answer for the wrong side: it is nothing
            return found + np.nan_to_num(stats.nct.cdf(-bound, degrees, shift)) - wanted

        # the normal approximation, which is never far above
        most = 2 * ((stats.norm.isf(alpha / 2) + stats.norm.ppf(wanted)) / effect) ** 2 + 10
        if missing(2.0) >= 0:
            return 2.0
        return optimize.brentq(missing, 2.0, most, xtol=1e-12, rtol=1e-14)

    return _vectorised(np.vectorize(units, otypes=[float]), effect_size, significance, power)


def quadratic_form(vectors: pa.ChunkedArray, matrices: pa.ChunkedArray) -> pa.Array:
    """v' M⁻ v of a vector and a symmetric matrix, each a list; M⁻ is the pseudo-inverse."""

    def form(vector: list[float] | None, matrix: list[float] | None) -> float | None:
        if not vector or matrix is None or len(matrix) != len(vector) ** 2:
            return None
        if not np.isfinite([*vector, *matrix]).all():
            return None
        square = np.reshape(matrix, (len(vector), len(vector)))
        inverse = np.linalg.pinv(square, rcond=1e-10, hermitian=True)
        return float(np.dot(vector, inverse @ vector))

    pairs = zip(vectors.to_pylist(), matrices.to_pylist(), strict=True)
    return pa.array([form(*pair) for pair in pairs], type=pa.float64())


FUNCTIONS = {
    normal_cdf: [DOUBLE],
    normal_quantile: [DOUBLE],
    t_cdf: [DOUBLE] * 2,
    t_quantile: [DOUBLE] * 2,
    nbinom_cdf: [DOUBLE] * 3,
    nbinom_mid_quantile: [DOUBLE] * 3,
    chi_square_tail: [DOUBLE] * 2,
    beta_superiority: [DOUBLE] * 4,
    t_test_size: [DOUBLE] * 3,
    quadratic_form: [list_type(DOUBLE)] * 2,
}


def register(connection) -> None:
    """Makes the functions callable from the SQL of a DuckDB connection."""
    for function, argument_types in FUNCTIONS.items():
        connection.create_function(
            function.__name__,
            function,
            argument_types,
            DOUBLE,
            type="arrow",
            null_handling="special",
        )


class Plugin(BasePlugin):
    def configure_connection(self, connection):
        register(connection)


def _vectorised(function: Callable, *arguments: pa.ChunkedArray) -> pa.Array:
    values = function(*(_numbers(argument) for argument in arguments))
    return pa.array(np.where(np.isnan(values), None, values), type=pa.float64())


def _numbers(values: pa.ChunkedArray) -> np.ndarray:
    """The values as floats, NULL as NaN."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)
