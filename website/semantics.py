"""The SQL that the semantic layer makes of each metric, as `mf query --explain` shows it."""

import pathlib
import sys

from published import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))


def compiled(manifest: pathlib.Path, grains: dict[str, str], longest: int) -> dict[str, str]:
    """By metric its SQL at the grain given, where it has at most so many characters; nothing without the manifest."""
    if not manifest.exists():
        return {}
    # MetricFlow takes a second to load: who builds no metric page does not wait for it.
    import semantic_layer
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    layer = semantic_layer.read(manifest.read_text(encoding="utf-8"))
    found = {}
    for name, grain in grains.items():
        if name not in layer.metrics:
            continue
        request = MetricFlowQueryRequest.create(
            metric_names=[name],
            group_by_names=[f"metric_time__{grain}"],
            order_by_names=[f"metric_time__{grain}"],
        )
        sql = layer.sql(request)
        if len(sql) <= longest:
            found[name] = sql
    return found
