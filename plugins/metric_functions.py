"""What SQL asks of the semantic layer: the metrics as JSON, and the SQL that computes their values.

MetricFlow takes seconds to load and to answer, and is read by one thread at a time. Its answers are kept in the target
folder: the same question of the same metrics is answered from there.
"""

import hashlib
import importlib
import json
import os
import pathlib
import threading
from collections.abc import Callable
from datetime import date
from importlib.metadata import version

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import list_type
from duckdb.sqltypes import DATE, VARCHAR

_one_at_a_time = threading.Lock()
# The days stand in the SQL as they were asked for: what is kept is asked with days that nobody has.
_ANY_DAYS = (date(1001, 2, 3), date(2999, 11, 29))


def metric_definitions() -> str:
    """A list with an object for each metric."""
    return _answered("definitions", lambda layer: json.dumps(layer.definitions()))


def metric_values_sql(names: list[str], first_day: date, last_day: date) -> str:
    """A select of metric_name, grain, period_start, brand ('all' for the total) and value."""
    sql = _answered(f"{names}", lambda layer: layer.values_sql(*_ANY_DAYS, names))
    asked = (first_day, first_day.replace(day=1), last_day)
    for any_day, day in zip(
        (_ANY_DAYS[0], _ANY_DAYS[0].replace(day=1), _ANY_DAYS[1]), asked, strict=True
    ):
        sql = sql.replace(f"{any_day}", f"{day}")
    return sql


def metric_splits(dimensions: list[str]) -> str:
    """A list with an object for each metric: which simple metrics it is made of, and the dimensions that they share."""
    return _answered(
        f"splits {dimensions}",
        lambda layer: json.dumps(_module("metric_splits").splits(layer, dimensions)),
    )


def metric_cells_sql(dimensions: list[str]) -> str:
    """A select of the simple metrics that changes are split by, by each dimension, on the days of wanted_days."""
    return _answered(
        f"cells {dimensions}",
        lambda layer: _module("metric_splits").cells_sql(layer, dimensions),
    )


def _answered(question: str, ask: Callable) -> str:
    """The answer that was kept for the question, or else the semantic layer's, which is then kept."""
    target = _target()
    manifest = (target / "semantic_manifest.json").read_text(encoding="utf-8")
    code = [
        pathlib.Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
        for module in ("semantic_layer", "metric_splits")
    ]
    asked = "\n".join([question, manifest, *code, version("metricflow")])
    kept = target / "metric_sql" / hashlib.md5(asked.encode()).hexdigest()
    if not kept.exists():
        with _one_at_a_time:
            answer = _semantic_layer(manifest, ask)
        kept.parent.mkdir(exist_ok=True)
        making = kept.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        making.write_text(answer, encoding="utf-8")
        making.replace(kept)
    return kept.read_text(encoding="utf-8")


def _semantic_layer(manifest: str, ask: Callable) -> str:
    return ask(_module("semantic_layer").read(manifest))


def _module(name: str):
    """A module that takes a second to load, loaded when it is asked."""
    return importlib.import_module(name)


def _target() -> pathlib.Path:
    """The target folder of the run that asks."""
    from dbt.flags import get_flags

    flags = get_flags()
    return pathlib.Path(flags.PROJECT_DIR, flags.TARGET_PATH or "target")


class Plugin(BasePlugin):
    def configure_connection(self, connection):
        connection.create_function("metric_definitions", metric_definitions, [], VARCHAR)
        connection.create_function(
            "metric_values_sql", metric_values_sql, [list_type(VARCHAR), DATE, DATE], VARCHAR
        )
        connection.create_function("metric_splits", metric_splits, [list_type(VARCHAR)], VARCHAR)
        connection.create_function(
            "metric_cells_sql", metric_cells_sql, [list_type(VARCHAR)], VARCHAR
        )
