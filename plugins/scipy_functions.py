"""SQL functions that scipy computes. A model that calls one is a table: other readers lack it.

The parts of scipy are loaded by the first call: most runs of a few models call none, and they take seconds.

Arrow in, Arrow out: one call a chunk of rows. NULL in gives NULL; what has no answer (a
distribution with no degrees of freedom, a probability outside 0 to 1) is NULL as well, never NaN.
"""

import functools
import itertools
import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import scipy
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import list_type
from duckdb.sqltypes import DOUBLE, VARCHAR


def normal_cdf(z: pa.ChunkedArray) -> pa.Array:
    """The chance that a standard normal value is at most z."""
    return _vectorised(scipy.stats.norm.cdf, z)


def normal_quantile(probability: pa.ChunkedArray) -> pa.Array:
    """The value that a standard normal one is at most with this probability."""
    return _vectorised(scipy.stats.norm.ppf, probability)


def t_cdf(t: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The chance that a value of Student's t with these degrees of freedom is at most t."""
    return _vectorised(scipy.stats.t.cdf, t, degrees)


def t_quantile(probability: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The value that one of Student's t is at most with this probability."""
    return _vectorised(scipy.stats.t.ppf, probability, degrees)


def nbinom_cdf(count: pa.ChunkedArray, shape: pa.ChunkedArray, chance: pa.ChunkedArray) -> pa.Array:
    """The chance that a negative binomial count with this shape and success chance is at most `count`."""
    return _vectorised(scipy.stats.nbinom.cdf, count, shape, chance)


def nbinom_mid_quantile(
    probability: pa.ChunkedArray, shape: pa.ChunkedArray, chance: pa.ChunkedArray
) -> pa.Array:
    """The smallest negative binomial count whose mid-p chance is at least the probability.

    The mid-p chance of a count is that of all below it and half its own.
    """

    def quantile(wanted: np.ndarray, shape: np.ndarray, chance: np.ndarray) -> np.ndarray:
        found = scipy.stats.nbinom.ppf(wanted, shape, chance)
        for count in (found, found - 1):
            below = scipy.stats.nbinom.cdf(count - 1, shape, chance)
            mid = (below + scipy.stats.nbinom.cdf(count, shape, chance)) / 2
            found = np.where((count >= 0) & (mid >= wanted), count, found)
        at_found = scipy.stats.nbinom.cdf(found, shape, chance) + scipy.stats.nbinom.cdf(
            found - 1, shape, chance
        )
        return np.where(at_found / 2 < wanted, found + 1, found)

    return _vectorised(quantile, probability, shape, chance)


def count_z(count: pa.ChunkedArray, mean: pa.ChunkedArray, variance: pa.ChunkedArray) -> pa.Array:
    """How odd a count is, as a standard normal value: from the exact negative binomial (Poisson) tail on its side."""

    def z(count: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        shape, chance = _nbinom(mean, variance)
        return _z_of_tails(
            scipy.stats.nbinom.cdf(count, shape, chance),
            scipy.stats.nbinom.sf(count - 1, shape, chance),
        )

    return _vectorised(z, count, mean, variance)


def count_quantile(
    probability: pa.ChunkedArray, mean: pa.ChunkedArray, variance: pa.ChunkedArray
) -> pa.Array:
    """The smallest count that is not exceeded with this probability, of a negative binomial (Poisson)."""

    def quantile(wanted: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        return scipy.stats.nbinom.ppf(wanted, *_nbinom(mean, variance))

    return _vectorised(quantile, probability, mean, variance)


def share_z(
    hits: pa.ChunkedArray, n: pa.ChunkedArray, share: pa.ChunkedArray, dispersion: pa.ChunkedArray
) -> pa.Array:
    """How odd so many hits of n are, as a standard normal value: from the exact binomial tail on their side.

    With a dispersion above 1 the tail is that of n / dispersion draws, between whole numbers by the incomplete beta
    function.
    """

    def z(hits: np.ndarray, n: np.ndarray, share: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
        hits, misses = hits / dispersion, (n - hits) / dispersion
        return _z_of_tails(
            np.where(misses <= 0, 1, scipy.special.betainc(misses, hits + 1, 1 - share)),
            np.where(hits <= 0, 1, scipy.special.betainc(hits, misses + 1, share)),
        )

    return _vectorised(z, hits, n, share, dispersion)


def share_quantile(
    probability: pa.ChunkedArray,
    n: pa.ChunkedArray,
    share: pa.ChunkedArray,
    dispersion: pa.ChunkedArray,
) -> pa.Array:
    """The fewest hits of n whose tail in share_z is at least this probability."""

    def quantile(
        wanted: np.ndarray, n: np.ndarray, share: np.ndarray, dispersion: np.ndarray
    ) -> np.ndarray:
        # NaN where not even no hits are so rare.
        draws = scipy.special.bdtrik(wanted, n / dispersion, share) * dispersion
        hits = np.ceil(np.round(np.where(np.isnan(draws), 0, draws), 6))
        is_missing = np.isnan(wanted + n + share + dispersion)
        return np.where(is_missing, np.nan, np.clip(hits, 0, n))

    return _vectorised(quantile, probability, n, share, dispersion)


def t_z(t: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The standard normal value that is as odd as a value of Student's t with these degrees of freedom."""

    def z(t: np.ndarray, degrees: np.ndarray) -> np.ndarray:
        tail = scipy.stats.t.sf(np.abs(t), degrees)
        return np.sign(t) * scipy.stats.norm.isf(np.maximum(tail, 1e-300))

    return _vectorised(z, t, degrees)


def _nbinom(mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape and chance; a variance that is hardly above the mean is Poisson's."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shape = mean**2 / np.maximum(variance - mean, 1e-6 * mean)
    return shape, shape / (shape + mean)


def _z_of_tails(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The smaller tail as a standard normal value, 37 at most; 0 where neither is below a half."""
    tail = np.minimum(np.maximum(np.minimum(below, above), 1e-300), 0.5)
    return np.where(below < above, -1, 1) * scipy.stats.norm.isf(tail)


def chi_square_tail(chi_square: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The chance that a chi-square value with these degrees of freedom is above chi_square."""
    return _vectorised(scipy.stats.chi2.sf, chi_square, degrees)


def chi_square_quantile(probability: pa.ChunkedArray, degrees: pa.ChunkedArray) -> pa.Array:
    """The value that a chi-square one with these degrees of freedom is at most with this probability."""
    return _vectorised(scipy.stats.chi2.ppf, probability, degrees)


def binomial_quantile(
    probability: pa.ChunkedArray, count: pa.ChunkedArray, chance: pa.ChunkedArray
) -> pa.Array:
    """The smallest binomial count of `count` draws that is not exceeded with this probability."""

    def quantile(*columns: np.ndarray) -> np.ndarray:
        # ranks of many values of few arms ask the same again and again
        asked, places = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
        return scipy.stats.binom.ppf(*asked.T)[places.ravel()]

    return _vectorised(quantile, probability, count, chance)


def ks_tail(distance: pa.ChunkedArray, n: pa.ChunkedArray, other_n: pa.ChunkedArray) -> pa.Array:
    """The chance that two samples of one distribution are at least this far apart (Kolmogorov-Smirnov, asymptotic).

    As scipy.stats.ks_2samp has it with method='asymp'.
    """

    def tail(distance: np.ndarray, n: np.ndarray, other_n: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            both = np.round(n * other_n / (n + other_n))
        both = np.where(both >= 1, both, np.nan)
        return np.where(
            np.isnan(both), np.nan, scipy.stats.kstwo.sf(distance, np.nan_to_num(both, nan=1))
        )

    return _vectorised(tail, distance, n, other_n)


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
        if not all(parameter >= 1 for parameter in (a, b, other_a, other_b)):
            return np.nan
        i = np.arange(round(other_a))
        logs = scipy.special.betaln(a + i, b + other_b) - scipy.special.betaln(1 + i, other_b)
        return float(np.exp(logs - np.log(other_b + i) - scipy.special.betaln(a, b)).sum())

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
            shift = effect * math.sqrt(n / 2)
            bound = -scipy.special.stdtrit(degrees, alpha / 2)
            found = 1 - scipy.special.nctdtr(degrees, shift, bound)
            # far out scipy has no answer for the wrong side: it is nothing
            return found + np.nan_to_num(scipy.special.nctdtr(degrees, shift, -bound)) - wanted

        # the normal approximation, which is never far above
        reach = scipy.special.ndtri(wanted) - scipy.special.ndtri(alpha / 2)
        most = 2 * (reach / effect) ** 2 + 10
        if missing(2.0) >= 0:
            return 2.0
        return scipy.optimize.brentq(missing, 2.0, most, xtol=1e-12, rtol=1e-14)

    return _vectorised(np.vectorize(units, otypes=[float]), effect_size, significance, power)


def always_valid_size(
    effect_size: pa.ChunkedArray,
    tuned_units: pa.ChunkedArray,
    significance: pa.ChunkedArray,
    power: pa.ChunkedArray,
) -> pa.Array:
    """How many units each of two arms needs, so that the always-valid interval excludes 0.

    The effect is in standard errors of a comparison of one unit an arm, the power the chance to
    find it in one look at the end; earlier looks add to it. The interval is narrowest at
    `tuned_units` of both arms together. Units are not rounded up, and at least two.
    """

    def units(effect: float, tuned: float, alpha: float, wanted: float) -> float:
        if not (effect > 0 and tuned > 0 and 0 < alpha < wanted < 1):
            return np.nan
        strength = (-2 * np.log(0.05) + np.log(-2 * np.log(0.05) + 1)) / tuned
        reach = scipy.special.ndtri(wanted)

        def missing(log_n: float) -> float:
            n = np.exp(log_n)
            seen = 2 * n * strength
            width = np.sqrt(2 * (seen + 1) / seen * (np.log1p(seen) / 2 - np.log(alpha)))
            return width + reach - effect * np.sqrt(n)

        least, most = np.log(2), np.log(1e30)
        if missing(least) <= 0:
            return 2.0
        if missing(most) > 0:
            return np.nan
        return float(np.exp(scipy.optimize.brentq(missing, least, most, xtol=1e-13)))

    return _vectorised(
        np.vectorize(units, otypes=[float]), effect_size, tuned_units, significance, power
    )


def group_sequential_bound(
    shares: pa.ChunkedArray, information: pa.ChunkedArray, spending: pa.ChunkedArray
) -> pa.Array:
    """How far from 0 the z of the last of these looks must be, so that all of them are wrong in 5 %, two-sided.

    Of each look so far: the share of all information planned by then, by which errors are spent (Lan and DeMets:
    obrien_fleming or pocock), and the information it had, on any scale. NULL for a look that spends no error or
    brings no information.
    """
    rows = _looks(shares, information, spending)
    bounds = [row and group_sequential_bounds(*row, SIGNIFICANCE)[-1] for row in rows]
    return pa.array([b if b and math.isfinite(b) else None for b in bounds], type=pa.float64())


def group_sequential_p_value(
    z: pa.ChunkedArray,
    shares: pa.ChunkedArray,
    information: pa.ChunkedArray,
    spending: pa.ChunkedArray,
) -> pa.Array:
    """The smallest error at which the last look's bound would be crossed, all looks spending that error in all.

    It may be looked at after every look. Between the errors of SMALLEST_ERRORS it is interpolated; below 5 % it is
    exactly where z is beyond group_sequential_bound.
    """

    def p_value(reached: float | None, row: tuple | None) -> float | None:
        if reached is None or row is None or not math.isfinite(reached):
            return None
        bounds = _bounds_by_error(*row)
        if not math.isfinite(bounds[SMALLEST_ERRORS.searchsorted(SIGNIFICANCE)]):
            return None
        bounds = np.minimum(bounds, 40)[::-1]
        error = np.exp(np.interp(abs(reached), bounds, np.log(SMALLEST_ERRORS)[::-1]))
        return 1.0 if abs(reached) < bounds[0] else float(error)

    rows = _looks(shares, information, spending)
    return pa.array(
        [p_value(*pair) for pair in zip(z.to_pylist(), rows, strict=True)], type=pa.float64()
    )


SIGNIFICANCE = 0.05
SMALLEST_ERRORS = np.unique([*np.geomspace(1e-7, 0.9, 30), SIGNIFICANCE])
# Of 121 points the bounds of five looks are right to seven digits.
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(121)


def _looks(shares, information, spending) -> list[tuple | None]:
    """Of each row what its bounds depend on; None where that is incomplete."""
    found = []
    for row in zip(*(c.to_pylist() for c in (shares, information, spending)), strict=True):
        planned, seen, kind = row
        is_known = planned and seen and len(planned) == len(seen) and kind in SPENDING
        if not is_known or None in planned or None in seen or not max(seen) > 0:
            found.append(None)
            continue
        scaled = tuple(round(value / max(seen), 9) for value in seen)
        found.append((tuple(planned), scaled, kind))
    return found


# The error spent by the time that a share of all information is in, of both sides together.
SPENDING = {
    "obrien_fleming": lambda share, error: (
        4 * scipy.stats.norm.sf(scipy.stats.norm.isf(error / 4) / share**0.5)
    ),
    "pocock": lambda share, error: error * math.log(1 + (math.e - 1) * share),
}


@functools.lru_cache(maxsize=10_000)
def _bounds_by_error(shares: tuple, information: tuple, spending: str) -> np.ndarray:
    """The last look's bound by SMALLEST_ERRORS; never smaller for a smaller error."""
    bounds = [
        group_sequential_bounds(shares, information, spending, error)[-1]
        for error in SMALLEST_ERRORS
    ]
    return np.maximum.accumulate(bounds[::-1])[::-1]


@functools.lru_cache(maxsize=100_000)
def group_sequential_bounds(
    shares: tuple, information: tuple, spending: str, error: float
) -> tuple[float, ...]:
    """The bounds of |z| at each look; infinite at one that spends nothing.

    Between looks z √information moves as a sum of normal steps (Armitage, McPherson and Rowe): its density within the
    bounds so far is integrated from look to look.
    """
    bounds, spent, before = [], 0.0, 0.0
    places = np.zeros(1)
    weights = np.ones(1)
    for share, seen in zip(shares, information, strict=True):
        share = min(share, 1.0)
        goal = SPENDING[spending](share, error) - spent if share > 0 else 0.0
        step = math.sqrt(max(seen - before, 0.0))
        if goal < 1e-14 or step < 1e-5 * math.sqrt(seen):
            bounds.append(math.inf)
            continue

        def missing(bound, seen=seen, step=step, goal=goal, places=places, weights=weights):
            edge = bound * math.sqrt(seen)
            out = scipy.special.ndtr((places - edge) / step) + scipy.special.ndtr(
                -(places + edge) / step
            )
            return float(weights @ out) - goal

        bound = scipy.optimize.brentq(missing, 0.0, 40.0, xtol=1e-12) if missing(0.0) > 0 else 0.0
        edge = bound * math.sqrt(seen)
        density = (
            scipy.stats.norm.pdf((np.subtract.outer(edge * POINTS, places)) / step) / step @ weights
        )
        places, weights = edge * POINTS, edge * WEIGHTS * density
        bounds.append(bound)
        spent, before = spent + goal, seen
    return tuple(bounds)


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


def chance_of_best(
    value: pa.ChunkedArray,
    error: pa.ChunkedArray,
    others: pa.ChunkedArray,
    other_errors: pa.ChunkedArray,
) -> pa.Array:
    """The chance that a normal value is above all others, each normal around its value with its error, none related.

    The others are lists. The integral over the first value is a sum over 4,001 points, to about twelve digits where
    no error is a thousand times smaller than the first.
    """
    points = np.linspace(-8.5, 8.5, 4001)
    weights = scipy.stats.norm.pdf(points) * (points[1] - points[0])

    def chance(mean, spread, means, spreads) -> float | None:
        if mean is None or not spread or not means or None in means or not all(spreads):
            return None
        below = np.subtract.outer(mean + spread * points, means) / np.asarray(spreads)
        return float(weights @ scipy.stats.norm.cdf(below).prod(axis=1))

    columns = (value, error, others, other_errors)
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return pa.array([chance(*row) for row in rows], type=pa.float64())


def permutation_low(values: pa.ChunkedArray, in_test: pa.ChunkedArray) -> pa.Array:
    """The lower end of the 95 % interval of how much more the values in the test are, by permutation."""
    return _permutation_bounds(values, in_test, -1)


def permutation_high(values: pa.ChunkedArray, in_test: pa.ChunkedArray) -> pa.Array:
    """Its upper end. Values and flags (1: in the test) are lists; NULL where too few places could be drawn."""
    return _permutation_bounds(values, in_test, 1)


def _permutation_bounds(values: pa.ChunkedArray, in_test: pa.ChunkedArray, side: int) -> pa.Array:
    def bound(changes: list[float] | None, flags: list[float] | None) -> float | None:
        if not changes or flags is None or len(changes) != len(flags):
            return None
        return permutation_interval(np.array(changes, float), np.array(flags) == 1)[side > 0]

    pairs = zip(values.to_pylist(), in_test.to_pylist(), strict=True)
    return pa.array([bound(*pair) for pair in pairs], type=pa.float64())


def permutation_interval(
    values: np.ndarray, in_test: np.ndarray, most: int = 20_000
) -> tuple[float | None, float | None]:
    """The shifts of the test's values that a two-sided permutation test at 5 % does not reject.

    The statistic is the difference of means. A drawing that puts `overlap` of the test's places
    into the test again rejects every shift below (observed - drawn) / (1 - overlap part), so both
    ends are order statistics of these. More than `most` drawings are sampled, always the same.
    """
    n, k = len(values), int(in_test.sum())
    if not 0 < k < n or not np.isfinite(values).all():
        return None, None
    drawings = math.comb(n, k)
    if drawings <= most:
        chosen = np.zeros((drawings, n), bool)
        for row, places in enumerate(itertools.combinations(range(n), k)):
            chosen[row, list(places)] = True
    else:
        order = np.random.default_rng(1).random((most, n)).argsort(axis=1)
        chosen = order < k
    chosen = chosen[(chosen != in_test).any(axis=1)]
    drawn = chosen @ values / k - ~chosen @ values / (n - k)
    again = chosen @ (in_test / k) - ~chosen @ (in_test / (n - k))
    observed = values[in_test].mean() - values[~in_test].mean()
    ends = np.sort((observed - drawn) / (1 - again))
    left_out = int((len(ends) + 1) * 0.025)
    if not left_out:
        return None, None
    return float(ends[left_out - 1]), float(ends[-left_out])


FUNCTIONS = {
    normal_cdf: [DOUBLE],
    normal_quantile: [DOUBLE],
    t_cdf: [DOUBLE] * 2,
    t_quantile: [DOUBLE] * 2,
    nbinom_cdf: [DOUBLE] * 3,
    nbinom_mid_quantile: [DOUBLE] * 3,
    count_z: [DOUBLE] * 3,
    count_quantile: [DOUBLE] * 3,
    share_z: [DOUBLE] * 4,
    share_quantile: [DOUBLE] * 4,
    t_z: [DOUBLE] * 2,
    chi_square_tail: [DOUBLE] * 2,
    chi_square_quantile: [DOUBLE] * 2,
    binomial_quantile: [DOUBLE] * 3,
    ks_tail: [DOUBLE] * 3,
    beta_superiority: [DOUBLE] * 4,
    t_test_size: [DOUBLE] * 3,
    always_valid_size: [DOUBLE] * 4,
    group_sequential_bound: [list_type(DOUBLE)] * 2 + [VARCHAR],
    group_sequential_p_value: [DOUBLE] + [list_type(DOUBLE)] * 2 + [VARCHAR],
    quadratic_form: [list_type(DOUBLE)] * 2,
    chance_of_best: [DOUBLE] * 2 + [list_type(DOUBLE)] * 2,
    permutation_low: [list_type(DOUBLE)] * 2,
    permutation_high: [list_type(DOUBLE)] * 2,
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
    # NaN becomes NULL, as pandas has it.
    return pa.array(np.asarray(values, dtype=float), from_pandas=True)


def _numbers(values: pa.ChunkedArray) -> np.ndarray:
    """The values as floats, NULL as NaN."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)
