"""Thousands of simulated experiments through the marts' own SQL: how often it is wrong, and what it finds."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from simulated_arms import NO_LOOKS
from test_experiment_inference import FROM_UNITS, MEASURES, NO_DAYS_SINCE, NO_QUANTILES
from warehouse import build, query

DECIDED = "int_experiment_deciding_tests int_experiment_adjusted_p_values experiment_results"
MODELS = f"{FROM_UNITS} int_experiment_tests {DECIDED} experiment_days"
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
            select 'experiment' as population_kind, experiment::varchar as population_id, unit::varchar as unit_id,
                treated::varchar as variant, 'ios' as device_type, 'KR' as country_code, 'new' as customer_type,
                'as planned' as phase,
                date '2026-01-01' + day::int as exposed_date from drawn""",
            """create table experiments.int_experiment_values as
            select 'experiment' as population_kind, experiment::varchar as population_id, 'revenue' as metric_name, unit::varchar as unit_id,
                revenue::decimal(18, 6) as unit_value, null::decimal(18, 6) as denominator,
                before::decimal(18, 6) as pre_value, null::decimal(18, 6) as second_pre_value from drawn
            union all
            select 'experiment', experiment::varchar, 'orders_per_session', unit::varchar, orders, sessions, null, null
            from drawn""",
            """create table experiments.int_experiment_plans as
            select distinct population_id as experiment_id, metric_name, if(metric_name = 'revenue', 'mean', 'ratio') as kind,
                'exploratory' as role, 'up' as direction, null::double as margin, true as is_known_metric,
                true as is_predeclared, true as is_final
            from experiments.int_experiment_values""",
            MEASURES,
            NO_DAYS_SINCE,
            *NO_LOOKS,
            NO_QUANTILES,
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
    simulate(tmp_path / "warehouse.duckdb", seed=1, experiments=1_000, units=200)
    hold(error_rates(tmp_path / "warehouse.duckdb"), 0.05 - 0.028, 0.05 + 0.028)


@pytest.mark.slow
def test_ten_thousand_tests_of_nothing(tmp_path):
    simulate(tmp_path / "warehouse.duckdb", seed=2, experiments=10_000, units=200)
    hold(error_rates(tmp_path / "warehouse.duckdb"), 0.043, 0.057)


def test_what_is_there_is_found(tmp_path):
    """An effect of five standard errors, also by intervals that may be looked at every day; CUPED finds it more surely."""
    simulate(tmp_path / "warehouse.duckdb", seed=3, experiments=100, units=2_000, effect=5.0)
    all_units = "segment_type = 'all' and metric_name = 'revenue'"
    assert (
        share(tmp_path / "warehouse.duckdb", "always_valid_p_value < 0.05", where=all_units) > 0.9
    )
    assert share(tmp_path / "warehouse.duckdb", "variance_reduction > 0.4", where=all_units) == 1


@pytest.fixture(scope="module")
def novelty(tmp_path_factory):
    """An experiment whose treatment doubles what is bought on the first two days, and nothing after: the database and the draws."""
    random = np.random.default_rng(8)
    units, length = 3_000, 6
    treated = random.integers(0, 2, units)
    sessions = random.poisson(0.8, (units, length))
    rate = 0.3 * (1 + treated[:, None] * (np.arange(length) < 2))
    orders = random.binomial(sessions, rate)
    acts = np.argwhere(sessions > 0)
    database = tmp_path_factory.mktemp("novelty") / "warehouse.duckdb"
    days = pa.table(
        {
            "unit": acts[:, 0],
            "day": acts[:, 1],
            "treated": treated[acts[:, 0]],
            "orders": orders[acts[:, 0], acts[:, 1]],
            "sessions": sessions[acts[:, 0], acts[:, 1]],
        }
    )
    drawn = pa.table({"unit": np.arange(units), "treated": treated})
    with duckdb.connect(str(database)) as connection:
        connection.register("days", days)
        connection.register("drawn", drawn)
        for statement in (
            "create schema core",
            "create schema experiments",
            "create schema staging",
            """create table core.dates as
            select unnest(range(date '2026-01-01', date '2026-03-01', interval 1 day))::date as date_day""",
            """create table staging.stg_experiments__variants as
            select 'e' as experiment_id, unnest(['0', '1']) as variant, unnest([true, false]) as is_control""",
            """create table experiments.int_experiment_units as
            select 'experiment' as population_kind, 'e' as population_id, unit::varchar as unit_id, treated::varchar as variant, 'ios' as device_type,
                'KR' as country_code, 'new' as customer_type, 'as planned' as phase, date '2026-01-01' as exposed_date
            from drawn""",
            """create table experiments.int_experiment_plans as
            select 'e' as experiment_id, unnest(['orders', 'capped', 'conversion', 'orders_per_session']) as metric_name,
                unnest(['mean', 'winsorised_mean', 'proportion', 'ratio']) as kind, 6 as outcome_days, true as is_known_metric""",
            MEASURES,
            "create schema reference",
            NO_QUANTILES,
            "create table experiments.int_experiment_caps as select 'experiment' as population_kind, 'e' as population_id, 'capped' as metric_name, 1.5 as cap",
            """create table experiments.int_experiment_outcome_days as
            select 'experiment' as population_kind, 'e' as population_id, metric_name, unit::varchar as unit_id, treated::varchar as variant, kind,
                day as days_since_exposure, nullif(orders, 0)::decimal(38, 2) as numerator,
                case when kind = 'ratio' then sessions::decimal(38, 2) end as denominator
            from days cross join experiments.int_experiment_plans""",
            """create table experiments.int_experiment_values as
            with counts as (
                select unit, coalesce(sum(orders), 0) as orders, coalesce(sum(sessions), 0) as sessions
                from drawn left join days using (unit) group by unit
            )
            select 'experiment' as population_kind, 'e' as population_id, metric_name, unit::varchar as unit_id,
                case metric_name when 'capped' then least(orders, 1.5) when 'conversion' then least(orders, 1)
                else orders end::decimal(18, 6) as unit_value,
                case when kind = 'ratio' then sessions end::decimal(18, 6) as denominator, null::decimal(18, 6) as pre_value,
                null::decimal(18, 6) as second_pre_value
            from counts cross join experiments.int_experiment_plans""",
        ):
            connection.execute(statement)
    build(
        database,
        command="run",
        select=MODELS.replace(DECIDED, "") + " int_experiment_day_values int_experiment_days_since",
    )
    return database, treated, orders, sessions


def effects_since(database, metric):
    """difference, low, high and p-value, by days since exposure."""
    return query(
        database,
        f"""select difference, difference_low, difference_high, p_value from experiments.experiment_days
        where view_name = 'since_exposure' and metric_name = '{metric}' order by days_since_exposure""",
    )


def test_an_effect_that_fades_is_seen_to_fade(novelty):
    database, *_ = novelty
    for metric in ("orders", "orders_per_session"):
        rows = effects_since(database, metric)
        assert [low > 0 for _, low, _, _ in rows[:2]] == [True, True], metric
        assert [low < 0 < high for _, low, high, _ in rows[2:]] == [True] * 4, metric
    (whole,) = query(
        database,
        """select difference_low from experiments.int_experiment_tests
        where metric_name = 'orders' and place_type = 'all'""",
    )
    assert whole[0] > 0, "the whole outcome alone says that the treatment goes on working"


def test_effects_by_days_since_exposure_are_scipys(novelty):
    """Welch on each day's values of all units, those that did nothing included."""
    database, treated, orders, _ = novelty
    first_order = np.cumsum(orders, axis=1)
    capped = np.diff(np.minimum(first_order, 1.5), axis=1, prepend=0)
    for metric, values in (("orders", orders), ("capped", capped)):
        for day, (difference, low, high, p_value) in enumerate(effects_since(database, metric)):
            arms = values[treated == 1, day], values[treated == 0, day]
            library = stats.ttest_ind(*arms, equal_var=False)
            interval = library.confidence_interval()
            assert difference == pytest.approx(arms[0].mean() - arms[1].mean(), rel=1e-9)
            assert (low, high) == pytest.approx(tuple(interval), rel=1e-9)
            assert p_value == pytest.approx(library.pvalue, rel=1e-8)


def test_days_since_exposure_add_up_to_the_outcome(novelty):
    database, *_ = novelty
    for metric in ("orders", "capped", "conversion"):
        ((whole,),) = query(
            database,
            f"""select difference from experiments.int_experiment_tests
            where metric_name = '{metric}' and place_type = 'all'""",
        )
        parts = sum(difference for difference, *_ in effects_since(database, metric))
        assert parts == pytest.approx(whole, rel=1e-9)
