"""Thousands of simulated experiments through the marts' own SQL: how often it is wrong, and what it finds."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from test_experiment_inference import NO_DAYS_SINCE
from warehouse import build, query

MODELS = (
    "int_experiment_cells int_experiment_segments int_experiment_places int_experiment_sums int_experiment_totals int_experiment_stats "
    "int_experiment_comparisons int_experiment_tests experiment_results experiment_days"
)
DAYS = 10


def simulate(database, seed, experiments, units, effect=0.0):
    """Experiments of `units` units exposed over ten days, half of them treated; `effect` in standard errors of the difference."""
    random = np.random.default_rng(seed)
    total = experiments * units
    treated = random.integers(0, 2, total)
    before = random.gamma(2, 5, total)
    revenue = before + random.gamma(2, 5, total)
    revenue += treated * effect * revenue.std() * 2 / np.sqrt(units)
    sessions = random.poisson(3, total) + 1
    drawn = pa.table(
        {
            "experiment": np.repeat(np.arange(experiments), units),
            "unit": np.arange(total),
            "treated": treated,
            "day": random.integers(0, DAYS, total),
            "revenue": revenue,
            "before": before,
            "sessions": sessions,
            "orders": random.binomial(sessions, 0.3),
        }
    )
    with duckdb.connect(str(database)) as connection:
        connection.register("drawn", drawn)
        for statement in (
            "set threads = 2",
            "create schema experiments",
            "create schema staging",
            """create table staging.stg_experiments__variants as
            select distinct experiment::varchar as experiment_id, treated::varchar as variant,
                treated = 0 as is_control from drawn""",
            """create table experiments.int_experiment_units as
            select experiment::varchar as experiment_id, unit::varchar as unit_id, treated::varchar as variant,
                'ios' as device_type, 'KR' as country_code, 'new' as customer_type,
                date '2026-01-01' + day::int as exposed_date from drawn""",
            """create table experiments.int_experiment_values as
            select experiment::varchar as experiment_id, 'revenue' as metric_name, unit::varchar as unit_id,
                revenue::decimal(18, 6) as unit_value, null::decimal(18, 6) as denominator,
                before::decimal(18, 6) as pre_value from drawn
            union all
            select experiment::varchar, 'orders_per_session', unit::varchar, orders, sessions, null from drawn""",
            """create table experiments.int_experiment_plans as
            select distinct experiment_id, metric_name, if(metric_name = 'revenue', 'mean', 'ratio') as kind,
                'exploratory' as role, 'up' as direction, null::double as margin, true as is_known_metric,
                true as is_predeclared, true as is_final
            from experiments.int_experiment_values""",
            "create table experiments.int_experiment_measures as from experiments.int_experiment_plans",
            NO_DAYS_SINCE,
        ):
            connection.execute(statement)
    build(database, command="run", select=MODELS)


def share(database, condition, table="experiment_results", where="true"):
    """The share of experiments for which the condition ever holds."""
    ((found,),) = query(
        database,
        f"""select avg(ever) from (
            select max(case when {condition} then 1 else 0 end) as ever
            from experiments.{table} where {where} group by experiment_id
        )""",
    )
    return found


def error_rates(database):
    """How often A/A tests are called different, by method; always-valid and naive by a look every day."""
    all_units = "segment_type = 'all' and metric_name = 'revenue'"
    looks = "view_name = 'cumulative' and metric_name = 'revenue'"
    return {
        "welch": share(database, "p_value < 0.05", where=all_units),
        "cuped": share(database, "cuped_p_value < 0.05", where=all_units),
        "ratio": share(
            database,
            "p_value < 0.05",
            where="segment_type = 'all' and metric_name = 'orders_per_session'",
        ),
        "always_valid": share(database, "always_valid_p_value < 0.05", "experiment_days", looks),
        "peeking": share(database, "p_value < 0.05", "experiment_days", looks),
    }


def hold(rates, low, high):
    for method in ("welch", "cuped", "ratio"):
        assert low <= rates[method] <= high, (method, rates[method])
    assert rates["always_valid"] <= 0.05
    assert rates["peeking"] > 2 * 0.05, (
        "a look every day at a plain p-value is wrong far more often"
    )


def test_a_thousand_tests_of_nothing(tmp_path):
    """Bounds: 5 % and four standard errors of a thousand."""
    simulate(tmp_path / "aa.duckdb", seed=1, experiments=1_000, units=200)
    hold(error_rates(tmp_path / "aa.duckdb"), 0.05 - 0.028, 0.05 + 0.028)


@pytest.mark.slow
def test_ten_thousand_tests_of_nothing(tmp_path):
    simulate(tmp_path / "aa.duckdb", seed=2, experiments=10_000, units=200)
    hold(error_rates(tmp_path / "aa.duckdb"), 0.043, 0.057)


def test_what_is_there_is_found(tmp_path):
    """An effect of five standard errors, also by intervals that may be looked at every day; CUPED finds it more surely."""
    simulate(tmp_path / "effect.duckdb", seed=3, experiments=100, units=2_000, effect=5.0)
    all_units = "segment_type = 'all' and metric_name = 'revenue'"
    assert share(tmp_path / "effect.duckdb", "always_valid_p_value < 0.05", where=all_units) > 0.9
    assert share(tmp_path / "effect.duckdb", "variance_reduction > 0.4", where=all_units) == 1
