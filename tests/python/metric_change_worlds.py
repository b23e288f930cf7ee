"""Worlds of metrics by brand and channel, through the project's own SQL of metric_changes: a world is a metric."""

import itertools
import pathlib
import re
import sys

import duckdb
import numpy as np
import pyarrow as pa
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions

BEFORE, AFTER = "2026-04-01", "2026-05-01"
MODELS = [
    "int_change_amounts",
    "int_change_segments",
    "int_change_values",
    "int_change_totals",
    "int_change_parts",
    "int_change_errors",
    "int_change_ranks",
    "int_change_names",
    "int_change_words",
    "int_change_sentences",
    "metric_changes",
]


class Worlds:
    """Metrics that are added, then made: metric_changes of April and May 2026, in a database in memory."""

    def __init__(self):
        self.cells: list[pa.Table] = []
        self.terms: list[dict] = []
        self.metrics: list[dict] = []
        self.said: list[dict] = []

    def add(
        self,
        metric: str,
        numerators,
        denominators=None,
        *,
        counts=None,
        brands=(),
        channels=(),
        is_distinct: bool = False,
        is_final: bool = True,
        unit: str = "count",
        is_share: bool = False,
        said: dict[tuple[str, str], float] | None = None,
    ) -> None:
        """A metric: numerators, denominators and counts of both periods, each periods × brands × channels.

        counts: how many things a value rests on; by default the denominators, else the numerators. said: what the
        metric's own value is said to be, by period and brand (or all), where that is not what the segments give.
        """
        numerators = np.asarray(numerators, dtype=float)
        names = (
            brands or [f"b{number}" for number in range(numerators.shape[1])],
            channels or [f"c{number}" for number in range(numerators.shape[2])],
        )
        is_ratio = denominators is not None
        if counts is None:
            counts = denominators if is_ratio else numerators
        sides = {"numerator": numerators, "numerator_count": counts}
        if is_ratio:
            sides |= {"denominator": denominators, "denominator_count": counts}
        for side, amounts in sides.items():
            self.cells.append(_cells(f"{metric} {side}", amounts, *names))
            self.terms.append(
                {
                    "metric_name": metric,
                    "side": side,
                    "input_metric": f"{metric} {side}",
                    "factor": 1.0,
                    "grains": ", month,",
                    "dimensions": ", brand, channel,",
                    "is_ratio": is_ratio,
                    "is_distinct": is_distinct,
                }
            )
        self.metrics.append(
            {
                "metric_name": metric,
                "label": metric,
                "label_ko": metric,
                "unit": unit,
                "is_share_of_counts": is_share,
                "is_final": is_final,
            }
        )
        for (period, brand), value in (said or {}).items():
            of = {"metric_name": metric, "period": period, "brand": brand}
            self.said.append(of | {"value": value, "is_distinct": is_distinct})

    def make(self, models: pathlib.Path) -> duckdb.DuckDBPyConnection:
        """models: the folder of the compiled models of platform."""
        connection = duckdb.connect()
        scipy_functions.register(connection)
        for schema in ("platform", "metrics", "reference"):
            connection.execute(f"create schema {schema}")
        for seed in ("metric_change_sentences", "metric_dimensions"):
            path = PROJECT / f"seeds/reference/{seed}.csv"
            connection.execute(f"create table reference.{seed} as from read_csv('{path}')")
        schema = pa.schema(
            [(name, pa.string()) for name in ("metric_name", "period", "brand")]
            + [("value", pa.float64()), ("is_distinct", pa.bool_())]
        )
        connection.register("drawn", pa.concat_tables(self.cells))
        connection.register("said", pa.Table.from_pylist(self.said, schema))
        connection.register("terms", pa.Table.from_pylist(self.terms))
        connection.register("metrics_drawn", pa.Table.from_pylist(self.metrics))
        connection.execute(SETUP)
        for name in MODELS:
            (path,) = models.rglob(f"{name}.sql")
            sql = re.sub(r'"[^"]+"\."(\w+)"\."(\w+)"', r"\1.\2", path.read_text())
            connection.execute(f"create table platform.{name} as {sql}")
        return connection


SETUP = f"""
create table platform.int_change_periods as select
    'month' as grain, 'previous' as comparison, 30 as days_before, 31 as days_after, false as is_running,
    false as is_cut, date '{AFTER}' as period_start, date '2026-05-31' as period_end,
    date '{BEFORE}' as before_start, date '2026-04-30' as before_end;

create table platform.int_change_terms as from terms;
create table metrics.metric_definitions as from metrics_drawn;

create table platform.int_change_cells as
with sides as (
    select metric as metric_name, 'month' as grain, period::date as period_start, brand, channel, value from drawn
),
scopes as (from sides union all select * replace ('all' as brand) from sides)
select metric_name, grain, brand, 'total' as dimension, 'total' as segment, sum(value) as value, period_start
from scopes group by all
union all
select metric_name, grain, brand, 'channel', channel, sum(value), period_start from scopes group by all;

-- Of a distinct count the whole is no sum.
update platform.int_change_cells as cells set value = said.value
from said
where is_distinct and cells.metric_name = concat(said.metric_name, ' numerator') and dimension = 'total'
    and cells.brand = said.brand and cells.period_start = said.period::date;

create table metrics.metric_values as
with sides as (
    select terms.metric_name, cells.brand, cells.period_start, terms.is_ratio,
        sum(value) filter (side = 'numerator') as numerator, sum(value) filter (side = 'denominator') as denominator
    from platform.int_change_cells as cells
    inner join terms on cells.metric_name = terms.input_metric
    where dimension = 'total'
    group by all
)
select sides.metric_name, 'month' as grain, sides.brand, null::varchar as reason, metrics_drawn.is_final,
    sides.period_start,
    coalesce(said.value, if(is_ratio, numerator / nullif(denominator, 0), numerator)) as value
from sides
inner join metrics_drawn using (metric_name)
left join said
    on sides.metric_name = said.metric_name and sides.brand = said.brand and sides.period_start = said.period::date;
"""


def _cells(metric: str, amounts, brands, channels) -> pa.Table:
    keys = list(itertools.product((BEFORE, AFTER), brands, channels))
    periods, of_brands, of_channels = map(list, zip(*keys, strict=True))
    values = np.asarray(amounts, dtype=float).ravel()
    return pa.table(
        {
            "metric": [metric] * len(keys),
            "brand": of_brands,
            "channel": of_channels,
            "value": values,
            "period": periods,
        }
    )
