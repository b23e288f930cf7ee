"""Quantile metrics through the marts' own SQL: against numpy and scipy unit by unit, and how often their intervals are
wrong for skewed, tied and small arms, beside the naive answers. `make test` runs a tenth of the simulations."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from simulated_arms import NO_LOOKS
from test_experiment_inference import FROM_UNITS, NO_DAYS_SINCE
from warehouse import SETS, build, query

METRICS = {"median": 0.5, "p90": 0.9}
Z = stats.norm.ppf(0.975)


def write_units(database, units):
    """`units`: an Arrow table of experiment, unit, variant, device, phase, day and value, each a unit of both metrics."""
    with duckdb.connect(str(database)) as connection:
        connection.register("drawn", units)
        for statement in (
            "set threads = 2",
            "create schema experiments",
            "create schema staging",
            *NO_LOOKS,
            """create table staging.stg_experiments__variants as
            select distinct experiment as experiment_id, variant, variant = 'control' as is_control from drawn""",
            """create table experiments.int_experiment_units as
            select 'experiment' as population_kind, experiment as population_id, unit::varchar as unit_id, variant,
                device as device_type, 'KR' as country_code, 'new' as customer_type, phase,
                date '2026-01-01' + day::int as exposed_date from drawn""",
            """create table reference.experiment_metrics as
            select unnest(['median', 'p90']) as metric_name, 'quantile' as kind, unnest([0.5, 0.9]) as quantile""",
            """create table experiments.int_experiment_values as
            select 'experiment' as population_kind, experiment as population_id, metric_name, unit::varchar as unit_id,
                value::decimal(18, 6) as unit_value, null::decimal(18, 6) as denominator,
                null::decimal(18, 6) as pre_value, null::decimal(18, 6) as second_pre_value
            from drawn cross join reference.experiment_metrics""",
            """create table experiments.int_experiment_measures as
            select distinct population_kind, population_id, metric_name, 'quantile' as kind
            from experiments.int_experiment_values""",
            NO_DAYS_SINCE,
        ):
            connection.execute(statement)


def table(experiments):
    """The units of several experiments, each columns by name."""
    names = list(experiments[0])
    columns = {name: np.concatenate([e[name] for e in experiments]) for name in names}
    return pa.table(columns | {"unit": np.arange(len(columns["value"]))})


def drawn(random, number):
    """An experiment of any shape and size, of two devices, three days and up to two phases."""
    n = int(random.integers(60, 400))
    draw = (
        lambda: random.lognormal(2, 1.2, n),
        lambda: random.normal(0, 100, n),
        lambda: random.poisson(2.6, n) * 1.0,
        lambda: random.lognormal(2, 1, n) * (random.random(n) < 0.4),
    )[number % 4]
    phases = np.array(["2026-01-01 00:00:00", "as planned"])
    return {
        "experiment": np.full(n, f"e{number:03}"),
        "variant": np.where(random.random(n) < 0.5, "control", "treatment"),
        "device": np.where(random.random(n) < 0.6, "ios", "web"),
        "phase": phases[random.integers(0, 2, n)] if number % 5 == 4 else np.full(n, "as planned"),
        "day": random.integers(0, 3, n),
        "value": draw().round(6),
    }


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    random = np.random.default_rng(23)
    experiments = [drawn(random, number) for number in range(SETS)]
    database = tmp_path_factory.mktemp("quantiles") / "warehouse.duckdb"
    write_units(database, table(experiments))
    build(database, command="run", select=FROM_UNITS, variables={"least_converters": 1})
    return database, experiments


def by_library(values, quantile):
    """The quantile by numpy, and n times the variances that its exact bounds leave: of the farther one, the lower and
    the upper; None without bounds."""
    found, n = float(np.quantile(values, quantile)), len(values)
    low, high = (int(rank) for rank in stats.binom.ppf([0.025, 0.975], n, quantile))
    if low < 1 or high >= n:
        return found, None, None, None
    ordered = np.sort(values)
    sides = np.array([found - ordered[low - 1], ordered[high] - found])
    if sides.max() <= 0:
        return found, None, None, None
    return found, *(n * (np.array([sides.max(), *sides]) / Z) ** 2).tolist()


def close(value):
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)


def test_quantiles_and_their_bounds_are_numpys_and_scipys(sets):
    """Of every arm, device, day, and all days up to one."""
    database, experiments = sets
    rows = query(
        database,
        """select population_id, variant, phase, metric_name, place_type, place, mean, variance, n_mature
        from experiments.int_experiment_stats where place_type <> 'country' and place_type <> 'customer_type'""",
    )
    compared, answered = 0, 0
    for experiment, variant, phase, metric, place_type, place, mean, variance, n in rows:
        units = experiments[int(experiment[1:])]
        which = (units["variant"] == variant) & (units["phase"] == phase)
        days = np.datetime64("2026-01-01") + units["day"]
        which &= {
            "all": np.full(len(which), True),
            "device_type": units["device"] == place,
            "exposed_on": days.astype(str) == place,
            "exposed_until": days.astype(str) <= place,
        }[place_type]
        assert which.sum() == n
        found, spread, *_ = by_library(units["value"][which], METRICS[metric])
        assert (mean, variance) == (close(found), close(spread)), (experiment, metric, place_type)
        if place_type == "all" and spread is not None and compared % 4 == 0:
            library = stats.quantile_test(units["value"][which], q=found, p=METRICS[metric])
            bounds = library.confidence_interval(0.95)
            far = max(found - bounds.low, bounds.high - found)
            assert variance == close(n * (far / Z) ** 2)
        compared += 1
        answered += variance is not None
    assert compared > 10 * SETS
    assert 0.3 < answered / compared < 0.95


def test_differences_are_welchs_with_those_errors(sets):
    """Phases each by itself and then together, with weights n_c n_t / (n_c + n_t); a phase without bounds says nothing."""
    database, experiments = sets
    rows = query(
        database,
        """select comparisons.experiment_id, comparisons.metric_name, comparisons.problem, comparisons.difference,
            tests.standard_error, tests.difference_low, tests.difference_high, tests.p_value
        from experiments.int_experiment_comparisons as comparisons
        left join experiments.int_experiment_plain_tests as tests using (experiment_id, variant, metric_name, place_type, place)
        where comparisons.place_type = 'all'""",
    )
    assert len(rows) == 2 * SETS
    said = 0
    for experiment, metric, problem, difference, error, low, high, p_value in rows:
        units = experiments[int(experiment[1:])]
        phases = []
        for phase in np.unique(units["phase"]):
            arms = [
                units["value"][(units["phase"] == phase) & (units["variant"] == variant)]
                for variant in ("control", "treatment")
            ]
            phases.append([(len(arm), *by_library(arm, METRICS[metric])) for arm in arms])
        phases = [p for p in phases if all(spread is not None for _, _, spread, *_ in p)]
        if problem == "fewer than 30 units in an arm":
            continue
        if not phases:
            assert problem == "too few units, or too many alike, for the quantile"
            continue
        assert problem is None
        n, values, spreads, below, above = np.array(phases, float).transpose(2, 0, 1)
        weights = n.prod(axis=1) / n.sum(axis=1)
        weights /= weights.sum()
        errors = weights**2 @ (spreads / n)
        # as many units of one phase as would say as much
        effective = 1 / (weights**2 @ (1 / n))
        by_hand = weights @ (values[:, 1] - values[:, 0])
        degrees = errors.sum() ** 2 / (errors**2 / (effective - 1)).sum()
        sides = [
            (weights**2 @ (treated[:, 1] / n[:, 1] + control[:, 0] / n[:, 0])) ** 0.5
            or errors.sum() ** 0.5
            for treated, control in ((below, above), (above, below))
        ]
        reach = stats.t.ppf(0.975, degrees)
        assert (difference, error) == (close(by_hand), close(errors.sum() ** 0.5)), experiment
        assert (low, high) == (close(by_hand - reach * sides[0]), close(by_hand + reach * sides[1]))
        t = by_hand / sides[0 if by_hand > 0 else 1]
        assert (p_value < 0.05) == (not low < 0 < high)
        assert p_value == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-8)
        said += 1
    assert said > SETS


# What units do; the true difference is 0 wherever arms are alike.
SHAPES = {
    "lognormal": lambda random, shape: random.lognormal(3, 1.2, shape),
    "normal": lambda random, shape: random.normal(50, 10, shape),
    "few sessions": lambda random, shape: random.poisson(0.9, shape),
    "sessions": lambda random, shape: random.poisson(2.6, shape),
    "three in ten buy": lambda random, shape: (
        random.lognormal(3, 1.2, shape) * (random.random(shape) < 0.3)
    ),
}
ARMS = [(40, 40), (60, 60), (200, 200), (200, 50)]
# Of what is counted about half lies at one number or the next: between them the naive spans are wrong most.
TIED = ["sessions 60/60"]


def simulated(folder, count, arms, seed, days=1, models=FROM_UNITS):
    """`count` tests of nothing of each shape and size, exposed over some days; the database and their names."""
    random = np.random.default_rng(seed)
    experiments, names = [], []
    for shape, draw in SHAPES.items():
        for control, treatment in arms:
            names.append(f"{shape} {control}/{treatment}")
            units = count * (control + treatment)
            experiments.append(
                {
                    "experiment": np.repeat(
                        [f"{len(names) - 1} {i}" for i in range(count)], control + treatment
                    ),
                    "variant": np.tile(["control"] * control + ["treatment"] * treatment, count),
                    "device": np.full(units, "web"),
                    "phase": np.full(units, "as planned"),
                    "day": random.integers(0, days, units),
                    "value": draw(random, units) * 1.0,
                }
            )
    database = folder / "warehouse.duckdb"
    write_units(database, table(experiments))
    build(database, command="run", select=models)
    return database, names


def misses(database, condition):
    """(name's number, metric) -> the share of answered tests for which it holds, and how many are answered."""
    rows = query(
        database,
        f"""select split_part(experiment_id, ' ', 1)::int, metric_name, avg(({condition})::int), count(*)
        from experiments.int_experiment_plain_tests where place_type = 'all' group by all""",
    )
    return {(number, metric): (share, n) for number, metric, share, n in rows}


def naive_misses(database):
    """By half of the span of the same ranks as the error, as if it were normal."""
    rows = query(
        database,
        f"""with bounds as (
            select ranks.population_id, ranks.variant, ranks.metric_name,
                max(case when binomial_low between first_rank and last_rank then unit_value end)::double as low,
                max(case when binomial_high between first_rank and last_rank then unit_value end)::double as high
            from (
                select *, greatest(1, floor(n * quantile - {Z} * sqrt(n * quantile * (1 - quantile)))) as binomial_low,
                    least(n, ceil(n * quantile + {Z} * sqrt(n * quantile * (1 - quantile))) + 1) as binomial_high
                from experiments.int_experiment_value_ranks where place_type = 'all'
            ) as ranks group by all
        ), arms as (
            select bounds.*, quantiles.quantile_value, (high - low) / 2 / {Z} as error
            from bounds inner join experiments.int_experiment_quantiles as quantiles
                using (population_id, variant, metric_name)
            where quantiles.place_type = 'all'
        )
        select split_part(control.population_id, ' ', 1)::int, metric_name,
            avg((abs(treatment.quantile_value - control.quantile_value)
                > {Z} * sqrt(control.error ** 2 + treatment.error ** 2))::int)
        from arms as control inner join arms as treatment using (population_id, metric_name)
        where control.variant = 'control' and treatment.variant = 'treatment'
            and least(control.error, treatment.error) > 0
        group by all""",
    )
    return {(number, metric): share for number, metric, share in rows}


def hold(database, names, count):
    """No interval misses more often than 5 %; the naive span of the same ranks misses where values are tied."""
    found = misses(database, "not (0 between difference_low and difference_high)")
    answered = 0
    for (number, metric), (share, n) in found.items():
        assert share <= 0.05 + 2 * (0.05 * 0.95 / n) ** 0.5, (names[number], metric, share, n)
        answered += n
    assert answered > 0.6 * 2 * len(names) * count
    naive = naive_misses(database)
    for name in TIED:
        assert naive[names.index(name), "median"] > 0.1, (name, naive)
    # and yet it finds what is there: the interval is not as wide as anything
    skewed = names.index("lognormal 200/200")
    assert 0.002 < found[skewed, "median"][0] < 0.05 + 2 * (0.05 * 0.95 / count) ** 0.5


def test_intervals_of_quantiles_hold(tmp_path):
    database, names = simulated(tmp_path, 60, [(40, 40), (60, 60)], seed=4)
    found = misses(database, "not (0 between difference_low and difference_high)")
    for (number, metric), (share, n) in found.items():
        assert share <= 0.05 + 2 * (0.05 * 0.95 / n) ** 0.5, (names[number], metric, share, n)
    naive = naive_misses(database)
    for name in TIED:
        assert naive[names.index(name), "median"] > 0.1, (name, naive)


@pytest.mark.slow
def test_intervals_of_quantiles_hold_in_hundreds(tmp_path):
    hold(*simulated(tmp_path, 400, ARMS, seed=5), 400)


@pytest.mark.slow
def test_quantiles_looked_at_every_day_hold(tmp_path):
    """Always-valid intervals in ten daily looks; a plain p-value at each of them is wrong far more often."""
    count = 100
    database, names = simulated(
        tmp_path, count, [(200, 200)], seed=6, days=10, models=f"{FROM_UNITS} int_experiment_tests"
    )
    rows = query(
        database,
        """select number, metric_name, avg(ever::int), avg(naive::int) from (
            select split_part(experiment_id, ' ', 1)::int as number, metric_name,
                coalesce(bool_or(not (0 between always_valid_low and always_valid_high)), false) as ever,
                coalesce(bool_or(p_value < 0.05), false) as naive
            from experiments.int_experiment_tests where place_type = 'exposed_until'
            group by experiment_id, metric_name
        ) group by all""",
    )
    assert len(rows) == 2 * len(names)
    for number, metric, ever, _ in rows:
        assert ever <= 0.05 + 2 * (0.05 * 0.95 / count) ** 0.5, (names[number], metric, ever)
    normal = names.index("normal 200/200")
    assert max(naive for number, _, _, naive in rows if number == normal) > 0.06


def test_arms_without_bounds_say_so(tmp_path):
    """30 units have no upper bound of a 90th percentile (all 30 lie below it in 4 %); where all are alike, nothing."""

    def arm(experiment, variant, values):
        n = len(values)
        return {
            "experiment": np.full(n, experiment),
            "variant": np.full(n, variant),
            "device": np.full(n, "web"),
            "phase": np.full(n, "as planned"),
            "day": np.zeros(n, int),
            "value": np.asarray(values, float),
        }

    database = tmp_path / "warehouse.duckdb"
    made = [
        arm("thirty", variant, np.arange(30) + 1.0 + shift)
        for variant, shift in (("control", 0), ("treatment", 100))
    ]
    made += [
        arm("alike", variant, [value] * 200)
        for variant, value in (("control", 3), ("treatment", 4))
    ]
    made += [arm("alone", "control", [1, 2, 3]), arm("alone", "treatment", [9])]
    write_units(database, table(made))
    build(database, command="run", select=FROM_UNITS)
    found = dict(
        ((experiment, metric), (problem, difference))
        for experiment, metric, problem, difference in query(
            database,
            """select experiment_id, metric_name, problem, difference
            from experiments.int_experiment_comparisons where place_type = 'all'""",
        )
    )
    nothing = "too few units, or too many alike, for the quantile"
    assert found["thirty", "p90"] == (nothing, pytest.approx(100))
    assert found["thirty", "median"][0] is None
    assert found["alike", "median"] == found["alike", "p90"] == (nothing, 1)
    assert found["alone", "median"] == ("fewer than 30 units in an arm", 7)
