"""SQL functions that scipy computes. A model that calls one is a table: other readers lack it.

Arrow in, Arrow out: one call a chunk of rows. NULL in gives NULL; what has no answer (a
distribution with no degrees of freedom, a probability outside 0 to 1) is NULL as well, never NaN.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import DOUBLE
from scipy import stats


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


FUNCTIONS = {
    normal_cdf: 1,
    normal_quantile: 1,
    t_cdf: 2,
    t_quantile: 2,
}


def register(connection) -> None:
    """Makes the functions callable from the SQL of a DuckDB connection."""
    for function, argument_count in FUNCTIONS.items():
        connection.create_function(
            function.__name__,
            function,
            [DOUBLE] * argument_count,
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
