"""How the change of a metric is split: which simple metrics it is made of, and the SQL of these by dimension.

A metric is a sum of simple metrics, or one such sum divided by another; of what is neither, nobody knows the parts.
Read off the definitions in the semantic layer, so that no formula stands a second time.
"""

import ast
import re
from collections.abc import Iterator

from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
from metricflow_semantic_interfaces.type_enums import EntityType
from semantic_layer import SUMS, SemanticLayer

GRAINS = ("day", "week", "month")
# The factor of each simple metric in a sum; under the empty name, a constant.
Terms = dict[str, float]


def splits(layer: SemanticLayer, dimensions: list[str]) -> list[dict]:
    """A row per metric: how its change can be split, by which of the dimensions, and of which simple metrics.

    terms: side (numerator, denominator, and how many things each rests on), input_metric and factor; none of a metric
    that cannot be split. Grains and dimensions are each a text in which every name is between commas.
    """
    rows = []
    for name in layer.names():
        sides = sides_of(layer, name)
        parts = {part for side in ("numerator", "denominator") for part in sides.get(side, {})}
        tables = {table for part in parts for table in layer.tables(part)}
        shared = [
            dimension
            for dimension in ["brand", *dimensions]
            if tables and all(name_in_queries(layer, table, dimension) for table in tables)
        ]
        rows.append(
            {
                "metric_name": name,
                "is_ratio": "denominator" in sides,
                "is_distinct": any(not _adds_up(layer, part) for part in parts),
                "grains": _listed(grain for grain in GRAINS if grain in layer.grains(name)),
                "dimensions": _listed(shared),
                "terms": [
                    {"side": side, "input_metric": part, "factor": factor}
                    for side, terms in sides.items()
                    for part, factor in sorted(terms.items())
                ],
            }
        )
    return rows


def _listed(names) -> str:
    return f", {', '.join(names)},"


def _adds_up(layer: SemanticLayer, name: str) -> bool:
    return layer.aggregation(name)["agg"] in SUMS


def sides_of(layer: SemanticLayer, name: str) -> dict[str, Terms]:
    """The sum that a metric is, or the two of which it is one divided by the other, and how many things each counts."""
    metric = layer.metric(name)
    counts = [layer.counted_by(name)] * 2
    if metric["type"] == "ratio":
        parameters = metric["type_params"]
        parts = [input_terms(layer, parameters[side]) for side in ("numerator", "denominator")]
        counts[0] = layer.counted_by(parameters["numerator"]["name"])
    elif metric["type"] == "derived":
        parts = derived_terms(layer, metric)
    else:
        parts = [sum_of(layer, name)]
    if not parts or None in parts:
        return {}
    sides = dict(zip(("numerator", "denominator"), parts, strict=False))
    for side, counted in zip(list(sides), counts, strict=False):
        sides[f"{side}_count"] = sum_of(layer, counted) or {}
    return sides


def sum_of(layer: SemanticLayer, name: str) -> Terms | None:
    """The simple metrics that a metric adds up, each with its factor; none when it is no such sum."""
    metric = layer.metric(name)
    if metric["type"] == "simple":
        is_known = layer.aggregation(name)["agg"] in (*SUMS, "count_distinct")
        return {name: 1.0} if is_known else None
    parts = derived_terms(layer, metric) if metric["type"] == "derived" else []
    return parts[0] if len(parts) == 1 else None


def input_terms(layer: SemanticLayer, part: dict) -> Terms | None:
    """An input as it is; one that is filtered or shifted in time is another metric."""
    is_changed = any(part.get(key) for key in ("filter", "offset_window", "offset_to_grain"))
    return None if is_changed else sum_of(layer, part["name"])


def derived_terms(layer: SemanticLayer, metric: dict) -> list[Terms]:
    """The sum that a derived metric is, or the two of which it is one divided by the other; else an empty list."""
    inputs = {
        part.get("alias") or part["name"]: input_terms(layer, part)
        for part in metric["type_params"]["metrics"]
    }
    text = metric["type_params"]["expr"].strip()
    # A condition decides whether there is a value, not which.
    condition = r"case\s+when\b(?:(?!\b(?:when|else)\b).)*\bthen\b(.*)\bend"
    if guarded := re.fullmatch(condition, text, re.S | re.I):
        text = guarded[1]
    try:
        read = ast.parse(" ".join(text.split()), mode="eval").body
    except SyntaxError:
        return []
    sides = [read]
    if isinstance(read, ast.BinOp) and isinstance(read.op, ast.Div):
        below = linear(read.right, inputs)
        if below is None or set(below) != {""}:
            sides = [read.left, read.right]
    parts = [linear(side, inputs) for side in sides]
    # A constant that is added would stand in every segment.
    return [] if any(part is None or "" in part for part in parts) else parts


def linear(read: ast.expr, inputs: dict[str, Terms | None]) -> Terms | None:
    """An expression as a sum of inputs, each with its factor; none if it is no such sum."""
    if isinstance(read, ast.Constant) and isinstance(read.value, int | float):
        return {"": float(read.value)} if read.value else {}
    if isinstance(read, ast.Name):
        return inputs.get(read.id)
    if isinstance(read, ast.UnaryOp) and isinstance(read.op, ast.USub | ast.UAdd):
        return _times(linear(read.operand, inputs), -1.0 if isinstance(read.op, ast.USub) else 1.0)
    if isinstance(read, ast.Call) and isinstance(read.func, ast.Name) and len(read.args) == 2:
        # What is missing counts as nothing anyway, and a rate of nothing has no value.
        fills = read.func.id.lower() in ("coalesce", "ifnull", "nullif")
        is_of_nothing = linear(read.args[1], inputs) == {}
        return linear(read.args[0], inputs) if fills and is_of_nothing else None
    if not isinstance(read, ast.BinOp):
        return None
    left, right = linear(read.left, inputs), linear(read.right, inputs)
    if left is None or right is None:
        return None
    if isinstance(read.op, ast.Add | ast.Sub):
        right = _times(right, -1.0 if isinstance(read.op, ast.Sub) else 1.0)
        total = {name: left.get(name, 0) + right.get(name, 0) for name in sorted({*left, *right})}
        return {name: factor for name, factor in total.items() if factor}
    if isinstance(read.op, ast.Mult) and set(left) == {""}:
        left, right = right, left
    if isinstance(read.op, ast.Mult) and set(right) == {""}:
        return _times(left, right[""])
    if isinstance(read.op, ast.Div) and set(right) == {""}:
        return _times(left, 1 / right[""])
    return None


def _times(terms: Terms | None, factor: float) -> Terms | None:
    return None if terms is None else {name: factor * value for name, value in terms.items()}


def name_in_queries(layer: SemanticLayer, table: str, dimension: str) -> str | None:
    """What MetricFlow calls a dimension of a table: its own, or that of a table whose key it has; else none."""
    model = layer.semantic_models[table]
    if any(entity.name == dimension for entity in model.entities):
        return dimension
    if any(known.name == dimension for known in model.dimensions):
        return f"{model.primary_entity or _primary(model)}__{dimension}"
    for entity in sorted(entity.name for entity in model.entities):
        for other in layer.semantic_models.values():
            if _primary(other) == entity and any(d.name == dimension for d in other.dimensions):
                return f"{entity}__{dimension}"
    return None


def _primary(model) -> str | None:
    names = [entity.name for entity in model.entities if entity.type is EntityType.PRIMARY]
    return names[0] if names else None


def cells_sql(layer: SemanticLayer, dimensions: list[str]) -> str:
    """A select of metric_name, grain, period_start, brand, dimension, segment, rolls_up, adds_up and value.

    Of the simple metrics that changes are split by, on the days of a relation wanted_days (grain, date_day). Without
    segments the dimension is `total`. What rolls up is asked for by day alone. What adds up is asked for by brand
    alone, where it has brands; the rest for all brands, too.
    """
    grains: dict[str, set[str]] = {}
    for split in splits(layer, dimensions):
        for term in split["terms"]:
            wanted = grains.setdefault(term["input_metric"], set())
            wanted.update(grain for grain in GRAINS if grain in split["grains"])
    tables = {name: next(iter(layer.tables(name))) for name in sorted(grains)}
    selects = []
    for table in sorted(set(tables.values())):
        of_table = {name: grains[name] for name in tables if tables[name] == table}
        for dimension in [None, *dimensions]:
            if dimension is None or name_in_queries(layer, table, dimension):
                selects += _cell_selects(layer, table, dimension, of_table)
    return "\nunion all\n".join(selects)


def _cell_selects(
    layer: SemanticLayer, table: str, dimension: str | None, grains: dict[str, set[str]]
) -> Iterator[str]:
    asked: dict[tuple[str, bool, bool, bool], list[str]] = {}
    for name in grains:
        known = [grain for grain in GRAINS if grain in layer.known_grains(name)]
        adds_up = _adds_up(layer, name)
        is_snapshot = layer.is_snapshot(name)
        rolls_up = adds_up and "day" in known and not is_snapshot
        for grain in ["day"] if rolls_up else [each for each in known if each in grains[name]]:
            asked.setdefault((grain, "day" in known, rolls_up, adds_up), []).append(name)
    has_brands = bool(name_in_queries(layer, table, "brand"))
    for (grain, is_by_day, rolls_up, adds_up), names in sorted(asked.items()):
        by_time = f"metric_time__{grain}"
        time = f"{{{{ TimeDimension('metric_time', '{'day' if is_by_day else grain}') }}}}"
        days = "" if rolls_up else f" where grain = '{grain}'"
        segment = [name_in_queries(layer, table, dimension)] if dimension else []
        for brand in (["brand"] if adds_up else ["brand", None]) if has_brands else [None]:
            request = MetricFlowQueryRequest.create(
                metric_names=names,
                group_by_names=[by_time, *([brand] if brand else []), *segment],
                where_constraints=[f"{time} in (select date_day from wanted_days{days})"],
            )
            values = ", ".join(f"cast({name} as double) as {name}" for name in names)
            yield f"""
            select metric_name, grain, period_start, brand, dimension, segment, rolls_up, adds_up, value
            from (
                unpivot (
                    select
                        '{grain}' as grain,
                        cast({by_time} as date) as period_start,
                        {f"coalesce(cast({brand} as varchar), 'unknown')" if brand else "'all'"} as brand,
                        '{dimension or "total"}' as dimension,
                        {f"coalesce(cast({segment[0]} as varchar), 'unknown')" if segment else "'total'"} as segment,
                        {str(rolls_up).lower()} as rolls_up,
                        {str(adds_up and brand is not None).lower()} as adds_up,
                        {values}
                    from ({layer.sql(request)})
                )
                on {", ".join(names)}
                into name metric_name value value
            )"""
