"""What a unit came to: to the microsecond, and capped as numpy would."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from warehouse import build, query

MODELS = (
    "int_experiment_mature_units int_experiment_outcome_days int_experiment_caps "
    "int_experiment_values"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Experiment `moments`: one unit exposed within a second. Experiment `caps`: two arms of spenders, at two cap shares."""
    random = np.random.default_rng(4)
    spent = random.gamma(0.5, 40, 700).round(2)
    database = tmp_path_factory.mktemp("outcomes") / "warehouse.duckdb"
    spenders = pa.table({"unit": np.arange(700), "spent": spent})
    with duckdb.connect(str(database)) as connection:
        connection.register("spenders", spenders)
        for statement in (
            "create schema experiments",
            "create schema reference",
            """create table reference.experiment_metrics as
            select unnest(['capped', 'less_capped', 'orders']) as metric_name, unnest([0.9, 0.99, null]) as cap_share""",
            """create table experiments.int_experiment_units as
            select 'experiment' as population_kind, 'moments' as population_id, 'u' as unit_id, 'u' as customer_id, null::varchar as anonymous_id,
                'control' as variant, 'b' as brand, 'customer' as unit, timestamp '2026-01-01 00:00:00.9' as exposed_at
            union all
            select 'experiment', 'visitors', 'd', null, 'd', 'control', 'b', 'visitor', timestamp '2026-01-01 00:00:00.9'
            union all
            select 'experiment', 'caps', unit::varchar, unit::varchar, null, if(unit % 2 = 0, 'control', 'treatment'), 'b', 'customer',
                timestamp '2026-01-01 00:00:00' from spenders""",
            """create table experiments.int_experiment_measures as
            select 'experiment' as population_kind, 'moments' as population_id, 'orders' as metric_name, 'mean' as kind, 'orders' as numerator,
                null::varchar as denominator, 'visits' as second_covariate, 0 as from_day, 7 as outcome_days, timestamp '2026-03-01' as until_at
            union all
            select 'experiment', 'moments', 'orders_per_visit', 'ratio', 'orders', 'visits', null, 0, 7, timestamp '2026-03-01'
            union all
            select 'experiment', 'visitors', 'orders', 'mean', 'orders', null, 'visits', 0, 7, timestamp '2026-03-01'
            union all
            select 'experiment', 'caps', unnest(['capped', 'less_capped']), 'winsorised_mean', 'revenue', null, null, 0, 7, timestamp '2026-03-01'""",
            """create table experiments.int_experiment_facts as
            select 'orders' as fact, 'customer u' as subject_id, 'b' as brand, amount::decimal(24, 6) as amount, occurred_at
            from (values
                (1, timestamp '2025-12-04 00:00:00.8'),
                (10, timestamp '2025-12-04 00:00:00.9'),
                (100, timestamp '2026-01-01 00:00:00.1'),
                (1000, timestamp '2026-01-01 00:00:00.9'),
                (10000, timestamp '2026-01-08 00:00:00.1'),
                (100000, timestamp '2026-01-08 00:00:00.9')
            ) as facts (amount, occurred_at)
            union all
            select 'visits', subject_id, 'b', amount, occurred_at
            from (values
                (7, timestamp '2025-12-04 00:00:00.8'),
                (70, timestamp '2025-12-04 00:00:00.9'),
                (700, timestamp '2026-01-01 00:00:00.1'),
                (7000, timestamp '2026-01-01 00:00:00.9'),
                (70000, timestamp '2026-01-08 00:00:00.9')
            ) as facts (amount, occurred_at)
            cross join (values ('customer u'), ('device d')) as subjects (subject_id)
            union all
            select 'revenue', 'customer ' || unit, 'b', spent, timestamp '2026-01-02' from spenders where spent > 0""",
        ):
            connection.execute(statement)
    build(database, command="run", select=MODELS)
    return database, spent


def test_what_came_before_the_exposure_is_no_outcome_of_it(built):
    """Within one second of the exposure, of the end of the outcome days, and of the start of the 28 days before."""
    database, _ = built
    days = query(
        database,
        """select days_since_exposure, numerator::int from experiments.int_experiment_outcome_days
        where population_id = 'moments' and metric_name = 'orders' order by all""",
    )
    assert days == [(-28, 10), (-1, 100), (0, 1000), (6, 10000)]
    outcomes = query(
        database,
        """select metric_name, unit_value::int, pre_value::int, denominator::int, second_pre_value::int
        from experiments.int_experiment_values where population_id = 'moments' order by all""",
    )
    assert outcomes == [
        ("orders", 11000, 110, None, 770),
        ("orders_per_visit", 11000, 110, 7000, 770),
    ]


def test_a_visitor_has_no_past(built):
    """Whose device it was may be known only because of the treatment."""
    found = query(
        built[0],
        """select pre_value, second_pre_value from experiments.int_experiment_values
        where population_id = 'visitors'""",
    )
    assert found == [(None, None)]


@pytest.mark.parametrize(("metric", "share"), [("capped", 0.9), ("less_capped", 0.99)])
def test_a_winsorised_mean_is_capped_as_by_numpy(built, metric, share):
    """One cap for both arms, interpolated between two units; nobody is left out."""
    database, spent = built
    ((cap,),) = query(
        database,
        f"select cap::double from experiments.int_experiment_caps where metric_name = '{metric}'",
    )
    assert cap == pytest.approx(np.quantile(spent, share), abs=1e-6)
    values = query(
        database,
        f"""select unit_value::double from experiments.int_experiment_values
        where metric_name = '{metric}' order by unit_id::int""",
    )
    assert [value for (value,) in values] == pytest.approx(np.minimum(spent, cap), abs=1e-6)
