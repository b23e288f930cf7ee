"""CUPED of ratios and by two covariates through the marts' own SQL: against statsmodels and tea-tasting on random sets,
and how often it is wrong on tests of nothing, beside what ignores the past or the ratio."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm
import tea_tasting
from scipy import stats
from simulated_arms import NO_LOOKS
from test_experiment_inference import FROM_UNITS, NO_DAYS_SINCE, NO_QUANTILES
from warehouse import SETS, build, query

KINDS = {"revenue": "mean", "conversion": "proportion", "orders_per_session": "ratio"}


def write_units(database, drawn):
    """`drawn`: one row per experiment, unit and metric: value, denominator, what it was before, and the second covariate."""
    with duckdb.connect(str(database)) as connection:
        connection.register("drawn", drawn)
        for statement in (
            "set threads = 2",
            "create schema experiments",
            "create schema staging",
            *NO_LOOKS,
            NO_QUANTILES,
            """create table staging.stg_experiments__variants as
            select distinct experiment as experiment_id, treated::varchar as variant, treated = 0 as is_control from drawn""",
            """create table experiments.int_experiment_units as
            select distinct 'experiment' as population_kind, experiment as population_id, unit::varchar as unit_id,
                treated::varchar as variant, 'web' as device_type, 'KR' as country_code, 'new' as customer_type,
                'as planned' as phase, date '2026-01-01' as exposed_date from drawn""",
            """create table experiments.int_experiment_values as
            select 'experiment' as population_kind, experiment as population_id, metric as metric_name,
                unit::varchar as unit_id, value::decimal(18, 6) as unit_value, denominator::decimal(18, 6) as denominator,
                before::decimal(18, 6) as pre_value, second::decimal(18, 6) as second_pre_value
            from drawn""",
            f"""create table experiments.int_experiment_measures as
            select distinct 'experiment' as population_kind, experiment as population_id, metric as metric_name,
                case metric {" ".join(f"when '{m}' then '{kind}'" for m, kind in KINDS.items())} end as kind
            from drawn""",
            NO_DAYS_SINCE,
        ):
            connection.execute(statement)


def units_of(random, n, effect=0.0, spread=1.0):
    """Customers who differ in how much they come and buy, before as after."""
    activity = random.gamma(2, 1, n) * spread
    taste = random.beta(2, 4, n)
    treated = random.integers(0, 2, n)
    before_sessions = random.poisson(2 * activity)
    sessions = random.poisson(2 * activity) + 1
    before_orders = random.binomial(before_sessions, taste)
    orders = random.binomial(sessions, np.clip(taste * (1 + effect * treated), 0, 1))
    return {
        "treated": treated,
        "orders": orders * 1.0,
        "sessions": sessions * 1.0,
        "before_orders": before_orders * 1.0,
        "before_sessions": before_sessions * 1.0,
        "revenue": (orders * random.lognormal(2, 0.5, n)).round(6),
        "before_revenue": (before_orders * random.lognormal(2, 0.5, n)).round(6),
        "converted": (orders > 0) * 1.0,
        "before_converted": (before_orders > 0) * 1.0,
    }


# metric -> value, denominator, before, second covariate
COLUMNS = {
    "revenue": ("revenue", None, "before_revenue", "before_sessions"),
    "conversion": ("converted", None, "before_converted", "before_sessions"),
    "orders_per_session": ("orders", "sessions", "before_orders", "before_sessions"),
}


def rows_of(experiments, metrics=tuple(COLUMNS)):
    """The units of experiments (name -> columns) as write_units reads them."""
    tables = []
    for name, units in experiments.items():
        n = len(units["treated"])
        for metric in metrics:
            columns = [units[c] if c else np.full(n, np.nan) for c in COLUMNS[metric]]
            tables.append(
                pa.table(
                    {
                        "experiment": pa.array([name] * n),
                        "metric": pa.array([metric] * n),
                        "unit": np.arange(n),
                        "treated": units["treated"],
                        **{
                            key: pa.array(column, from_pandas=True)
                            for key, column in zip(
                                ("value", "denominator", "before", "second"), columns, strict=True
                            )
                        },
                    }
                )
            )
    return pa.concat_tables(tables)


def by_hand(units, metric):
    """Difference, standard error and p-value of what an ordinary regression of both arms leaves (statsmodels)."""
    value, denominator, *past = (units[c] if c else None for c in COLUMNS[metric])
    past = np.column_stack(past)
    arms = [units["treated"] == 0, units["treated"] == 1]
    outcome = value
    if denominator is not None:
        outcome = (value - value.mean() / denominator.mean() * denominator) / denominator.mean()
    theta = sm.OLS(outcome, sm.add_constant(past)).fit().params[1:]
    means, errors, counts = [], [], []
    for arm in arms:
        y, x = value[arm], past[arm]
        estimate = y.mean()
        if denominator is not None:
            d = denominator[arm]
            estimate = y.mean() / d.mean()
            y = (y - estimate * d) / d.mean()
        left = y - x @ theta
        means.append(estimate - x.mean(axis=0) @ theta)
        errors.append(left.var(ddof=1) / len(left))
        counts.append(len(left))
    difference, error = means[1] - means[0], np.sqrt(sum(errors))
    degrees = sum(errors) ** 2 / sum(e**2 / (n - 1) for e, n in zip(errors, counts, strict=True))
    return difference, error, 2 * stats.t.sf(abs(difference / error), degrees)


@pytest.fixture(scope="module")
def sets():
    random = np.random.default_rng(31)
    return {
        f"e{number:03}": units_of(
            random, int(random.integers(80, 500)), random.uniform(-0.5, 0.5), random.uniform(0.5, 3)
        )
        for number in range(SETS)
    }


@pytest.fixture(scope="module")
def built(sets, tmp_path_factory):
    database = tmp_path_factory.mktemp("cuped") / "warehouse.duckdb"
    random = np.random.default_rng(37)
    twice, once, nothing = (units_of(random, 300, 0.2) for _ in range(3))
    twice["before_sessions"] = 3 * twice["before_revenue"]
    once["before_sessions"] = np.zeros(300)
    nothing["before_revenue"] = np.zeros(300)
    extra = {"twice": twice, "once": once, "nothing": nothing}
    write_units(database, pa.concat_tables([rows_of(sets), rows_of(extra, ["revenue"])]))
    build(database, command="run", select=FROM_UNITS, variables={"least_converters": 1})
    return database, extra


@pytest.fixture(scope="module")
def tested(built):
    """(experiment, metric) -> difference, standard error, p-value, variance reduction."""
    rows = query(
        built[0],
        """select experiment_id, metric_name, cuped_difference, cuped_standard_error, cuped_p_value, variance_reduction
        from experiments.int_experiment_cuped_tests where place_type = 'all'""",
    )
    return {(experiment, metric): figures for experiment, metric, *figures in rows}


def close(values, rel=1e-8):
    return pytest.approx(values, rel=rel, abs=1e-12)


def test_random_sets_are_statsmodels_regression_and_welch(tested, sets):
    assert len([key for key in tested if key[0] in sets]) > 3 * SETS * 0.9
    for (experiment, metric), ours in tested.items():
        if experiment in sets:
            theirs = by_hand(sets[experiment], metric)
            assert tuple(ours[:2]) == close(theirs[:2]), (experiment, metric)
            assert ours[2] == pytest.approx(theirs[2], rel=1e-6)


def test_covariates_that_say_the_same_or_nothing_count_once(tested, built):
    """Then it is the one covariate of tea-tasting."""
    library = tea_tasting.Experiment(
        twice=tea_tasting.Mean("revenue", covariate="before_revenue"),
        once=tea_tasting.Mean("revenue", covariate="before_revenue"),
        nothing=tea_tasting.Mean("revenue", covariate="before_sessions"),
    )
    for name, units in built[1].items():
        users = pa.table({"variant": units["treated"], **units})
        theirs = library.analyze(users)[name]
        difference, _, p_value, _ = tested[name, "revenue"]
        assert (difference, p_value) == close((theirs.effect_size, theirs.pvalue), rel=1e-7), name


def test_two_covariates_leave_no_more_than_the_ratio_of_the_past(tested, sets):
    """tea-tasting adjusts a ratio by the earlier ratio; numerator and denominator apart explain at least as much."""
    library = tea_tasting.Experiment(
        ratio=tea_tasting.RatioOfMeans("orders", "sessions", "before_orders", "before_sessions"),
        plain=tea_tasting.RatioOfMeans("orders", "sessions"),
    )
    ours, theirs, plain = [], [], []
    for name, units in sets.items():
        users = pa.table({"variant": units["treated"], **units})
        found = library.analyze(users)
        width = {
            key: found[key].effect_size_ci_upper - found[key].effect_size_ci_lower
            for key in ("ratio", "plain")
        }
        ours.append(tested[name, "orders_per_session"][1] * 2 * stats.norm.ppf(0.975))
        theirs.append(width["ratio"])
        plain.append(width["plain"])
        # the same thing is estimated
        gap = abs(tested[name, "orders_per_session"][0] - found["ratio"].effect_size)
        assert gap < 0.5 * width["ratio"]
    assert np.mean(np.array(ours) <= np.array(theirs) * 1.02) > 0.9
    assert np.mean(np.array(ours) / np.array(plain)) < 0.95


def error_rates(folder, count, n, seed):
    """Of tests of nothing: how often CUPED and the plain test of each metric say there is something, and two naive ones."""
    random = np.random.default_rng(seed)
    experiments = {str(i): units_of(random, n) for i in range(count)}
    write_units(folder / "warehouse.duckdb", rows_of(experiments))
    build(folder / "warehouse.duckdb", command="run", select=FROM_UNITS)
    rows = query(
        folder / "warehouse.duckdb",
        """select metric_name, avg((cuped_p_value < 0.05)::int), avg((p_value < 0.05)::int), avg(variance_reduction),
            count(*)
        from experiments.int_experiment_cuped_tests
        inner join experiments.int_experiment_plain_tests using (experiment_id, variant, metric_name, place_type, place)
        where place_type = 'all' group by all""",
    )
    return {metric: figures for metric, *figures in rows}, experiments


def naive_rate(experiments, value, denominator):
    """Every session a unit of its own, as if those of a customer knew nothing of each other."""
    wrong = 0
    for units in experiments.values():
        counts = [
            (
                units[value][units["treated"] == arm].sum(),
                units[denominator][units["treated"] == arm].sum(),
            )
            for arm in (0, 1)
        ]
        shares = [count / n for count, n in counts]
        pooled = sum(count for count, _ in counts) / sum(n for _, n in counts)
        error = np.sqrt(pooled * (1 - pooled) * sum(1 / n for _, n in counts))
        wrong += abs(shares[1] - shares[0]) > 1.96 * error
    return wrong / len(experiments)


def hold(figures, experiments, low, high):
    for metric, (cuped, plain, reduction, answered) in figures.items():
        assert answered > 0.9 * len(experiments)
        assert low <= cuped <= high, (metric, cuped)
        assert low <= plain <= high, (metric, plain)
        assert reduction > 0.08, (metric, reduction)
    assert naive_rate(experiments, "orders", "sessions") > 1.5 * 0.05


def test_a_few_hundred_tests_of_nothing(tmp_path):
    """Bounds: 5 % and three standard errors of four hundred."""
    hold(*error_rates(tmp_path, 400, 150, seed=6), 0.05 - 0.033, 0.05 + 0.033)


@pytest.mark.slow
def test_two_thousand_tests_of_nothing(tmp_path):
    """Bounds: 5 % and three standard errors of two thousand."""
    hold(*error_rates(tmp_path, 2_000, 150, seed=7), 0.05 - 0.0147, 0.05 + 0.0147)


@pytest.mark.slow
def test_small_arms_are_wrong_no_more_often_for_their_past(tmp_path):
    """About 38 units an arm, to which two coefficients are fitted."""
    figures, _ = error_rates(tmp_path, 2_000, 76, seed=8)
    for metric, (cuped, plain, _, answered) in figures.items():
        assert cuped <= max(plain, 0.05) + 2 * (0.05 * 0.95 / answered) ** 0.5, (
            metric,
            cuped,
            plain,
        )
