"""What the semantic layer says of the metrics, and the SQL that MetricFlow makes of them.

Asked by SQL through metric_functions, so that no metric's formula stands a second time.
"""

import copy
import functools
import json
from collections.abc import Iterator
from datetime import date

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.references import MetricReference
from metricflow_semantic_interfaces.type_enums import TimeGranularity
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

GRAINS = ("day", "week", "month", "quarter")
SUMS = ("sum", "count", "sum_boolean")


class _DuckDb:
    """All that MetricFlow asks of a database when it only renders."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class SemanticLayer:
    """The semantic manifest of a dbt target folder."""

    def __init__(self, manifest_json: str):
        known = json.loads(manifest_json)
        # MetricFlow's own reader of the manifest leaves out what newer dbt writes into it.
        self.metrics = {metric["name"]: metric for metric in known["metrics"]}
        self.counting: dict[str, dict] = {}
        for name in self.metrics:
            self._count(name)
        known["metrics"] += self.counting.values()
        self.manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(known))
        self.lookup = SemanticManifestLookup(self.manifest)
        self.engine = MetricFlowEngine(self.lookup, _DuckDb())
        self.semantic_models = {model.name: model for model in self.manifest.semantic_models}

    def names(self) -> list[str]:
        return sorted(self.metrics)

    def metric(self, name: str) -> dict:
        return self.metrics.get(name) or self.counting[name]

    def meta(self, name: str) -> dict:
        return _meta(self.metric(name))

    def grains(self, name: str) -> list[str]:
        """The grains at which the metric makes sense: all that are known, or those in its meta."""
        known = self.known_grains(name)
        return [grain for grain in known if grain in self.meta(name).get("grains", known)]

    def known_grains(self, name: str) -> list[str]:
        """The grains at which the metric's tables know it: those of months know no days."""
        finest = self.lookup.metric_lookup.get_min_queryable_time_granularity(MetricReference(name))
        return [grain for grain in GRAINS if finest.to_int() <= TimeGranularity(grain).to_int()]

    def inputs(self, name: str) -> list[str]:
        """The metrics that this one is computed from; none for a simple metric."""
        parameters = self.metric(name)["type_params"]
        parts = [parameters.get("numerator"), parameters.get("denominator")]
        parts += parameters.get("metrics") or []
        parts.append((parameters.get("cumulative_type_params") or {}).get("metric"))
        return list(dict.fromkeys(part["name"] for part in parts if part))

    def tables(self, name: str) -> set[str]:
        """The semantic models that the metric is computed from."""
        if self.inputs(name):
            return set().union(*(self.tables(part) for part in self.inputs(name)))
        return {self.aggregation(name)["semantic_model"]}

    def aggregation(self, name: str) -> dict:
        """How a simple metric adds up: semantic_model, agg, expr, non_additive_dimension."""
        parameters = self.metric(name)["type_params"]
        return parameters["metric_aggregation_params"] | {"expr": parameters.get("expr")}

    def counted_by(self, name: str) -> str:
        """The metric that says how many things a value rests on: what its meta names, of a ratio what its denominator
        rests on, a count itself, of an amount the rows that are not 0, of a derived metric those of all its inputs."""
        if named := self.meta(name).get("counted_by"):
            return named
        if self.metrics[name]["type"] == "ratio":
            return self.counted_by(self.inputs(name)[1])
        return name if self.meta(name).get("unit") == "count" else f"n_of_{name}"

    def _count(self, name: str) -> None:
        """Puts beside a metric of amounts the one that counts what it adds up, running where it runs."""
        counted = self.counted_by(name)
        if counted in self.metrics or counted in self.counting or counted != f"n_of_{name}":
            return
        counting = copy.deepcopy(self.metrics[name]) | {"name": counted}
        parameters = counting["type_params"]
        parts = [self.counted_by(part) for part in self.inputs(name)]
        if counting["type"] == "derived":
            empty = dict.fromkeys(("filter", "alias", "offset_window", "offset_to_grain"))
            parameters["metrics"] = [{"name": part} | empty for part in dict.fromkeys(parts)]
            parameters["expr"] = " + ".join(f"coalesce({part}, 0)" for part in dict.fromkeys(parts))
        elif counting["type"] == "cumulative":
            parameters["cumulative_type_params"]["metric"]["name"] = parts[0]
        else:
            parameters["expr"] = f"case when ({parameters['expr']}) <> 0 then 1 else 0 end"
            parameters["metric_aggregation_params"]["agg"] = "sum"
        self.counting[counted] = counting

    def is_share_of_counts(self, name: str) -> bool:
        """Whether the metric is how many of the things counted below the line are counted above it."""
        return (
            self.metrics[name]["type"] == "ratio"
            and self.meta(name).get("unit") == "share"
            and all(self.meta(part).get("unit") == "count" for part in self.inputs(name))
        )

    def has_brands(self, name: str) -> bool:
        """Whether every table of the metric tells the brands apart."""
        return all(
            any(entity.name == "brand" for entity in self.semantic_models[table].entities)
            for table in self.tables(name)
        )

    def formula(self, name: str) -> str:
        """The metric's definition as one line to read."""
        metric, parameters = self.metrics[name], self.metrics[name]["type_params"]
        if metric["type"] == "simple":
            how = self.aggregation(name)
            text = f"{how['agg']}({how['expr'] or '*'}) of {how['semantic_model']}"
            if over := how.get("non_additive_dimension"):
                which = {"min": "first", "max": "last"}[over["window_choice"]]
                text += f", of the {which} {over['name']} in the period"
            where = (metric.get("filter") or {}).get("where_filters") or []
            return " and ".join([text, *(one["where_sql_template"] for one in where)])
        if metric["type"] == "ratio":
            return " / ".join(self.inputs(name))
        if metric["type"] == "cumulative":
            over = parameters["cumulative_type_params"]
            if over.get("window"):
                window = over["window"]
                return (
                    f"{self.inputs(name)[0]} of the last {window['count']} {window['granularity']}s"
                )
            return f"{self.inputs(name)[0]} since the start of the {over['grain_to_date']}"
        return parameters["expr"]

    def projection(self, name: str) -> str:
        """How a goal on the metric is judged and projected.

        sum    the days of the period added up
        ratio  numerator and denominator, each added up over the period
        level  the last month of the period (snapshots, distinct counts, monthly rates)
        none   a cumulative metric: the goal belongs on its input
        """
        kind = self.metrics[name]["type"]
        inputs = self.inputs(name)
        if kind == "cumulative":
            return "none"
        if kind == "simple":
            how = self.aggregation(name)
            adds_up = how["agg"] in SUMS
            by_day = "day" in self.grains(name)
            return "sum" if adds_up and by_day and not self.is_snapshot(name) else "level"
        if any(self.projection(part) != "sum" for part in inputs):
            return "level"
        if kind == "ratio":
            return "ratio"
        is_linear = not set(self.metrics[name]["type_params"]["expr"]) & set("*/")
        return "sum" if is_linear else "level"

    def is_snapshot(self, name: str) -> bool:
        """Whether it, or what it is made of, says how things are at the end of a period."""
        if self.metric(name)["type"] == "simple":
            return bool(self.aggregation(name).get("non_additive_dimension"))
        return any(self.is_snapshot(part) for part in self.inputs(name))

    def definitions(self) -> list[dict]:
        """One row per metric: what people and models need to know of it."""
        rows = []
        for name in self.names():
            metric, meta = self.metrics[name], self.meta(name)
            is_ratio = metric["type"] == "ratio"
            rows.append(
                {
                    "metric_name": name,
                    "label": metric.get("label"),
                    "label_ko": meta.get("label_ko"),
                    "description": " ".join((metric.get("description") or "").split()),
                    "synonyms": ", ".join(meta.get("synonyms", [])),
                    "owner": meta.get("owner"),
                    "unit": meta.get("unit"),
                    "direction": meta.get("direction"),
                    "kind": metric["type"],
                    "formula": self.formula(name),
                    "grains": ", ".join(self.grains(name)),
                    "projection": self.projection(name),
                    "numerator_metric": self.inputs(name)[0] if is_ratio else name,
                    "denominator_metric": self.inputs(name)[1] if is_ratio else None,
                    "counted_by": self.counted_by(name),
                    "empty_value": meta.get("empty_is"),
                    "is_share_of_counts": self.is_share_of_counts(name),
                    "is_snapshot": self.is_snapshot(name),
                    "is_certified": bool(meta.get("certified", False)),
                    "has_brands": self.has_brands(name),
                }
            )
        return rows

    def values_sql(self, first_day: date, last_day: date, names: list[str] | None = None) -> str:
        """A select of metric_name, grain, period_start, brand ('all' for the total) and value.

        Of the metrics named, else of all, and of those that count what they rest on.
        """
        names = self.names() if names is None else sorted(names)
        return "\nunion all\n".join(self._value_selects(first_day, last_day, names))

    def _value_selects(self, first_day: date, last_day: date, names: list[str]) -> Iterator[str]:
        # No time constraint: MetricFlow cuts one to the years 2000 to 2040, and widens it to whole periods.
        days = [self._where("day", first_day, last_day)]
        months = [self._where("month", first_day.replace(day=1), last_day)]
        for grain in GRAINS:
            wanted = {name for name in names if grain in self.grains(name)}
            counts = {self.counted_by(name) for name in wanted}
            of_grain = sorted(
                wanted | {name for name in counts if grain in self.known_grains(name)}
            )
            of_days = [name for name in of_grain if "day" in self.known_grains(name)]
            # A running total is asked for by day: its value for a period is that of the last day,
            # while MetricFlow takes the last day that has rows.
            if grain != "day":
                of_days = [name for name in of_days if self.metric(name)["type"] != "cumulative"]
            of_months = [name for name in of_grain if "day" not in self.known_grains(name)]
            for metrics, where in ((of_days, days), (of_months, months)):
                for asked, brand in (
                    (metrics, "'all'"),
                    ([name for name in metrics if self.has_brands(name)], "brand"),
                ):
                    if not asked:
                        continue
                    request = MetricFlowQueryRequest.create(
                        metric_names=asked,
                        group_by_names=[f"metric_time__{grain}"] + ["brand"] * (brand == "brand"),
                        where_constraints=where,
                    )
                    yield self._value_select(request, asked, grain, brand)

    def _where(self, grain: str, first_day: date, last_day: date) -> str:
        of_time = f"{{{{ TimeDimension('metric_time', '{grain}') }}}}"
        return f"{of_time} >= '{first_day}' and {of_time} <= '{last_day}'"

    def sql(self, request: MetricFlowQueryRequest) -> str:
        return self.engine.explain(request).sql_statement.sql

    def _value_select(self, request, names: list[str], grain: str, brand: str) -> str:
        values = ", ".join(f"cast({name} as double) as {name}" for name in names)
        return f"""
            select metric_name, grain, period_start, brand, value
            from (
                unpivot (
                    select
                        '{grain}' as grain,
                        cast(metric_time__{grain} as date) as period_start,
                        cast({brand} as varchar) as brand,
                        {values}
                    from ({self.sql(request)})
                )
                on {", ".join(names)}
                into name metric_name value value
            )"""


def _meta(metric: dict) -> dict:
    return (metric.get("config") or {}).get("meta") or {}


@functools.lru_cache(maxsize=1)
def read(manifest_json: str) -> SemanticLayer:
    """The semantic layer of a semantic_manifest.json."""
    return SemanticLayer(manifest_json)
