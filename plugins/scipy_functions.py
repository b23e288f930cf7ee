"""SQL functions that scipy computes. A model that calls one is a table: other readers lack the function."""

import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import DOUBLE
from scipy import stats


def normal_cdf(z: pa.ChunkedArray) -> pa.Array:
    """The chance that a standard normal value is at most z."""
    return pa.array(stats.norm.cdf(z.to_numpy(zero_copy_only=False)))


class Plugin(BasePlugin):
    def configure_connection(self, connection):
        connection.create_function("normal_cdf", normal_cdf, [DOUBLE], DOUBLE, type="arrow")
