"""Goals of the past, each looked at on three days of its period by the very SQL of the scorecard.

    python tests/python/scorecard_backtest.py <warehouse.duckdb>

prints how often the 80 % interval held the outcome, and the Brier score of the probability beside
that of the straight line.
"""

import pathlib
import re
import sys

import duckdb
import numpy as np
from scipy import stats
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions

MODELS = (
    "int_goal_days",
    "int_goal_totals",
    "int_goal_looks",
    "int_goal_rehearsals",
    "int_goal_ways",
    "int_goal_changes",
    "int_goal_patterns",
    "int_goal_breaks",
    "int_goal_counts",
    "int_goal_rests",
    "int_goal_remainders",
    "int_goal_forecasts",
)
METRICS = (
    "revenue",
    "net_revenue",
    "orders",
    "new_customers",
    "signups",
    "sessions",
    "payment_attempts",
    "average_order_value",
    "session_conversion_rate",
    "payment_success_rate",
    "active_customers",
    "mrr",
    "monthly_net_revenue_retention",
    "subscriber_churn_rate",
)
HORIZONS = (0.25, 0.5, 0.75)
SEED = 20260630

# A target is what the period before ended with, give or take what people add to it. The first 12
# weeks (of levels, 9 months) are history only.
GOALS = """
    with periods as (
        select
            grain, period_start, period_end, is_final,
            case
                when grain = 'month' then period_start - interval 1 month
                else period_start - interval 3 month
            end as start_before
        from metrics.metric_periods
        where grain in ('month', 'quarter')
    ),
    goals as (
        select
            concat_ws('/', metric_name, brand, grain, period_start) as goal_id,
            definitions.metric_name, definitions.direction, definitions.unit,
            definitions.projection as projection_kind,
            brands.brand, periods.grain, periods.period_start, periods.period_end,
            if(projection = 'level', 'month', grain) as outcome_grain,
            if(projection = 'level', date_trunc('month', period_end), period_start)
                as outcome_start,
            if(projection = 'level', period_start - interval 1 month, start_before)
                as start_before,
            if(projection = 'level', interval 9 month, interval 84 day) as history_needed
        from metrics.metric_definitions as definitions
        cross join (select brand from core.brands union all select 'all') as brands
        cross join periods
        where periods.is_final and list_contains($metrics, metric_name)
    )
    select
        goals.* exclude (outcome_grain, outcome_start, start_before, history_needed),
        outcomes.value as outcome,
        befores.value as before
    from goals
    inner join metrics.metric_values as outcomes
        on outcomes.metric_name = goals.metric_name and outcomes.brand = goals.brand
        and outcomes.grain = outcome_grain and outcomes.period_start = outcome_start
    inner join metrics.metric_values as befores
        on befores.metric_name = goals.metric_name and befores.brand = goals.brand
        and befores.grain = outcome_grain and befores.period_start = start_before
    where
        goals.period_start >= history_needed + (
            select min(period_start) from metrics.metric_periods where grain = 'day'
        )
        and outcomes.value is not null
        and befores.value > 0
    order by goal_id
"""


KNOWN_VALUES = """
    create temp table known_values as
    from metrics.metric_values
    where if(grain = 'month', last_day(period_start), period_start) <= $until::date
"""


def run(
    database: str | pathlib.Path,
    compiled: str | pathlib.Path | None = None,
    known_until: str | None = None,
) -> list[dict]:
    """One row per goal of the past and day on which it was looked at.

    `compiled` is dbt's folder of compiled models; the warehouse of tests/python/warehouse.py keeps
    it beside the database. `known_until` hides what metric_values holds of days and months that end
    after a day.
    """
    models = pathlib.Path(compiled or f"{database}.target") / "compiled/groundwork/models"
    # Beside whoever else reads the database in this process, since functions are of all its connections.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' (read_only); use {pathlib.Path(database).stem}")
        scipy_functions.register(connection)
        goals = connection.execute(GOALS, {"metrics": list(METRICS)}).to_arrow_table().to_pylist()
        _draw_targets(goals)
        moments = [
            goal | {"horizon": horizon, "forecast_on": _day(goal, horizon)}
            for goal in goals
            for horizon in HORIZONS
        ]
        _create_moments(connection, moments)
        if known_until:
            connection.execute(KNOWN_VALUES, {"until": known_until})
        for model in MODELS:
            sql = (models / f"metrics/intermediate/{model}.sql").read_text()
            sql = re.sub(r'"[^"]+"\."metrics"\."(int_goal_\w+)"', r"temp.\1", sql)
            if known_until:
                sql = re.sub(r'"[^"]+"\."metrics"\."metric_values"', "temp.known_values", sql)
            connection.execute(f"create temp table {model} as {sql}")
        forecasts = {
            (row["goal_id"], row["forecast_on"]): row
            for row in connection.execute("from temp.int_goal_forecasts")
            .to_arrow_table()
            .to_pylist()
        }
        lasts = _last_levels(connection)
    rows = []
    for moment in moments:
        forecast = forecasts.get((moment["goal_id"], moment["forecast_on"]))
        if forecast is None or None in (forecast["probability"], forecast["projection"]):
            continue
        rows.append(moment | forecast | {"straight_line": _straight_line(moment, forecast, lasts)})
    return rows


def score(rows: list[dict]) -> dict:
    """Coverage of the interval, and the Brier scores of the probability and of the straight line.

    The straight line is scored twice: as the yes or no that it is, and softened by the normal error
    that would have served it best had one known the outcomes.
    """
    sign = np.array([-1 if row["direction"] == "down" else 1 for row in rows])
    outcome, target, line, low, high, probability = (
        np.array([float(row[name]) for row in rows])
        for name in (
            "outcome",
            "target",
            "straight_line",
            "projection_low",
            "projection_high",
            "probability",
        )
    )
    reached = sign * outcome >= sign * target
    softened = [
        np.mean((stats.norm.cdf(sign * (line - target) / (error * np.abs(target))) - reached) ** 2)
        for error in np.arange(0.01, 0.5, 0.01)
    ]
    return {
        "moments": len(rows),
        "goals": len({row["goal_id"] for row in rows}),
        "coverage": float(np.mean((low <= outcome + 1e-9) & (outcome - 1e-9 <= high))),
        "brier": float(np.mean((probability - reached) ** 2)),
        "brier_of_straight_line": float(np.mean((sign * line >= sign * target) != reached)),
        "brier_of_softened_line": float(min(softened)),
        "reached": float(np.mean(reached)),
    }


def _draw_targets(goals: list[dict]) -> None:
    random = np.random.default_rng(SEED)
    for goal in goals:
        better = -1 if goal["direction"] == "down" else 1
        step = random.normal(0.03, 0.12) * (0.4 if goal["unit"] == "share" else 1)
        goal["target"] = goal["before"] * float(np.exp(better * step))


def _day(goal: dict, horizon: float):
    length = goal["period_end"] - goal["period_start"]
    return goal["period_start"] + length * horizon


def _create_moments(connection: duckdb.DuckDBPyConnection, moments: list[dict]) -> None:
    import pyarrow as pa

    columns = [
        "goal_id",
        "metric_name",
        "brand",
        "period_start",
        "period_end",
        "target",
        "direction",
        "forecast_on",
    ]
    connection.register(
        "moments", pa.Table.from_pylist([{c: m[c] for c in columns} for m in moments])
    )
    connection.execute("create temp table int_goal_moments as from moments")


def _last_levels(connection: duckdb.DuckDBPyConnection) -> dict:
    rows = connection.execute(
        """
        select moments.goal_id, moments.forecast_on, max_by(months.value, months.period_start)
        from temp.int_goal_moments as moments
        inner join metrics.metric_values as months
            on months.metric_name = moments.metric_name and months.brand = moments.brand
            and months.grain = 'month'
            and last_day(months.period_start) <= moments.forecast_on
        group by 1, 2
        """
    ).fetchall()
    return {(goal_id, day): value for goal_id, day, value in rows}


def _straight_line(moment: dict, forecast: dict, lasts: dict) -> float:
    if moment["projection_kind"] == "level":
        return lasts[moment["goal_id"], moment["forecast_on"]]
    actual = forecast["actual_to_date"] or 0.0
    if moment["projection_kind"] == "ratio":
        return actual
    elapsed = (moment["forecast_on"] - moment["period_start"]).days + 1
    return actual * ((moment["period_end"] - moment["period_start"]).days + 1) / elapsed


def _report(rows: list[dict]) -> None:
    groups = {"all": rows}
    groups |= {f"at {h:.0%}": [r for r in rows if r["horizon"] == h] for h in HORIZONS}
    for name in ("projection_kind", "grain", "brand", "metric_name"):
        for value in sorted({row[name] for row in rows}):
            groups[f"{name.removeprefix('metric_')} {value}"] = [
                row for row in rows if row[name] == value
            ]
    print(f"{'':36}  goals  looks  held  brier  line  softened  reached")
    for name, group in groups.items():
        s = score(group)
        briers = (s["brier"], s["brier_of_straight_line"], s["brier_of_softened_line"])
        print(
            f"{name:36} {s['goals']:6} {s['moments']:6} {s['coverage']:5.1%}  "
            f"{briers[0]:.3f} {briers[1]:.3f}     {briers[2]:.3f}   {s['reached']:6.1%}"
        )


if __name__ == "__main__":
    _report(run(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else PROJECT / "target"))
