"""What SQL asks of the semantic layer: the metrics as JSON, and the SQL that computes their values.

MetricFlow takes a second to load: it is loaded when somebody asks, and
read by one thread at a time.
"""

import json
import threading
from datetime import date

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import list_type
from duckdb.sqltypes import DATE, VARCHAR

_one_at_a_time = threading.Lock()


def metric_definitions() -> str:
    """A list with an object for each metric."""
    with _one_at_a_time:
        return json.dumps(_semantic_layer().definitions())


def metric_values_sql(names: list[str], first_day: date, last_day: date) -> str:
    """A select of metric_name, grain, period_start, brand ('all' for the total) and value."""
    with _one_at_a_time:
        return _semantic_layer().values_sql(first_day, last_day, names)


def _semantic_layer():
    import semantic_layer

    return semantic_layer.of_this_run()


class Plugin(BasePlugin):
    def configure_connection(self, connection):
        connection.create_function("metric_definitions", metric_definitions, [], VARCHAR)
        connection.create_function(
            "metric_values_sql", metric_values_sql, [list_type(VARCHAR), DATE, DATE], VARCHAR
        )
