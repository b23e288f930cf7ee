"""Planned looks: their bounds against known tables and a plain grid, and how often tests of nothing cross one, through
the marts' own SQL, beside a plain p-value at each look and the always-valid interval."""

import sys

import duckdb
import numpy as np
import pytest
from scipy import optimize, stats
from simulated_arms import Design, shares, write_stats
from test_experiment_evidence import NAIVE, monte_carlo
from warehouse import PROJECT, build, query

sys.path.insert(0, str(PROJECT / "plugins"))
import scipy_functions
from scipy_functions import SMALLEST_ERRORS, SPENDING, group_sequential_bounds

# Two-sided 5 % at equally spaced looks, by Lan and DeMets (their program, and R's ldbounds and gsDesign).
TABLES = {
    ("obrien_fleming", 2): [2.9626, 1.9686],
    ("obrien_fleming", 3): [3.7103, 2.5114, 1.9930],
    ("obrien_fleming", 5): [4.8769, 3.3570, 2.6803, 2.2898, 2.0310],
    ("pocock", 2): [2.1570, 2.2010],
    ("pocock", 3): [2.2794, 2.2949, 2.2959],
    ("pocock", 5): [2.4380, 2.4268, 2.4102, 2.3966, 2.3860],
}


@pytest.mark.parametrize(("spending", "looks"), TABLES)
def test_bounds_are_those_of_known_tables(spending, looks):
    spaced = tuple((np.arange(looks) + 1) / looks)
    assert group_sequential_bounds(spaced, spaced, spending, 0.05) == pytest.approx(
        TABLES[spending, looks], abs=2e-4
    )


def crossings(bounds, information):
    """The chance to cross at each look first, by a trapezoid on a grid of three thousand points."""
    found, grid, density = [], None, None
    for look, (bound, seen) in enumerate(zip(bounds, information, strict=True)):
        edge = bound * seen**0.5
        if look == 0:
            found.append(2 * stats.norm.sf(bound))
            step = seen**0.5
            grid = np.linspace(-edge, edge, 1501)
            density = stats.norm.pdf(grid / step) / step
            continue
        step = (seen - information[look - 1]) ** 0.5
        out = stats.norm.sf((edge - grid) / step) + stats.norm.cdf((-edge - grid) / step)
        found.append(np.trapezoid(density * out, grid))
        places = np.linspace(-edge, edge, 1501)
        kernel = stats.norm.pdf(np.subtract.outer(places, grid) / step) / step
        density = np.trapezoid(kernel * density, grid, axis=1)
        grid = places
    return found


def random_looks(random):
    """Looks of any number, planned anywhere, which had more or less information than planned."""
    looks = int(random.integers(2, 5))
    planned = np.sort(random.uniform(0.15, 1, looks))
    planned[-1] = 1.0
    seen = np.cumsum(np.diff(planned, prepend=0) * random.uniform(0.5, 2, looks) + 0.02)
    return tuple(planned.tolist()), tuple((seen / seen[-1]).tolist())


@pytest.mark.parametrize("count", [9, pytest.param(200, marks=pytest.mark.slow)])
def test_each_look_spends_what_its_share_allows(count):
    random = np.random.default_rng(11)
    for number in range(count):
        planned, seen = random_looks(random)
        spending = list(SPENDING)[number % 2]
        error = (0.05, 0.01, 0.2)[number % 3]
        bounds = group_sequential_bounds(planned, seen, spending, error)
        allowed = np.diff([SPENDING[spending](share, error) for share in planned], prepend=0)
        assert crossings(bounds, seen) == pytest.approx(allowed, abs=1e-6), (planned, seen)
        assert sum(allowed) == pytest.approx(error)


def test_the_p_value_is_the_smallest_error_that_crosses():
    """To 2 % of itself, by a root search; below 5 % exactly where z is beyond the bound."""
    random = np.random.default_rng(12)
    with duckdb.connect() as connection:
        scipy_functions.register(connection)

        def ask(z, planned, seen, spending):
            return connection.execute(
                "select group_sequential_bound($1, $2, $3), group_sequential_p_value($4, $1, $2, $3)",
                [planned, seen, spending, z],
            ).fetchone()

        for number in range(12):
            planned, seen = random_looks(random)
            spending = list(SPENDING)[number % 2]
            z = float(random.uniform(1.2, 4.5))
            bound, p_value = ask(z, list(planned), list(seen), spending)
            assert (p_value < 0.05) == (z > bound)

            def missing(error, looks=(planned, seen, spending), z=z):
                return group_sequential_bounds(*looks, float(error))[-1] - z

            exact = optimize.brentq(missing, 1e-7, 0.9)
            assert p_value == pytest.approx(exact, rel=0.02)
        looks = ([0.5, 1.0], [0.5, 1.0], "pocock")
        assert ask(0.0, *looks)[1] == 1
        assert ask(50.0, *looks)[1] == pytest.approx(SMALLEST_ERRORS[0])
        # a look that brings or spends nothing has no bound; what is unknown has none either
        assert ask(9.0, [0.5, 1.0], [1.0, 1.0], "pocock") == (None, None)
        assert ask(9.0, [1.0, 1.0], [0.5, 1.0], "pocock") == (None, None)
        assert ask(9.0, [0.5], [0.5], "weekly") == (None, None)
        assert ask(None, [0.5], [0.5], "pocock")[1] is None
        assert ask(9.0, [None], [0.5], "pocock") == (None, None)


DESIGNS = [
    Design(100, 100, "share", 0.03),
    Design(60, 60, "share", 0.3),
    Design(250, 250, "revenue", 0.05),
    Design(90, 10, "share", 0.3),
    Design(25, 25, "normal"),
]
FOUND = [Design(25, 25, "normal", 0.0, 0.16), Design(100, 100, "share", 0.03, 0.35)]
# The looks of 28 days of exposures.
PLANNED = [6, 12, 17, 23, 28]
FEW, MANY = 400, 2_000


def simulated(folder, designs, count, seed):
    """Even worlds spend as O'Brien and Fleming, odd ones as Pocock."""
    database = folder / "warehouse.duckdb"
    write_stats(database, designs, count, seed)
    planned = " union all ".join(
        f"select {day} as day, {day / PLANNED[-1]}::double as information_share" for day in PLANNED
    )
    with duckdb.connect(str(database)) as connection:
        for statement in (
            "drop table experiments.experiment_looks",
            """create table staging.stg_experiments__experiments as
            select distinct experiment_id, timestamp '2026-01-29' as ended_at from experiments.int_experiment_plans""",
            """create or replace table experiments.int_experiment_plans as
            select *, true as is_known_metric, 7 as outcome_days, timestamp '2026-06-01' as until_at
            from experiments.int_experiment_plans""",
            f"""create or replace table reference.experiment_planned_looks as
            select experiment_id, date '2025-12-31' + day as exposed_until, information_share,
                if(split_part(experiment_id, ' ', 2)::int % 2 = 0, 'obrien_fleming', 'pocock') as spending
            from experiments.int_experiment_plans cross join ({planned})""",
        ):
            connection.execute(statement)
    build(
        database,
        command="run",
        select="int_experiment_arms int_experiment_comparisons experiment_looks",
    )
    return database


def rates(database, condition, designs, spending=None, table="experiments.experiment_looks"):
    """Design -> the share of its experiments for which it ever holds."""
    if spending:
        table = f"(from {table} where spending = '{spending}')"
    return shares(database, condition, table, designs)


def hold(database, count, designs):
    """No more than 5 % of tests of nothing ever cross a bound; every second one at a plain p-value at each look."""
    for spending in SPENDING:
        crossed = rates(database, "is_crossed", designs, spending)
        outside = rates(
            database, "not (effect between difference_low and difference_high)", designs, spending
        )
        naive = rates(database, "abs(z) > 1.96", designs, spending)
        for design in designs:
            most = 0.05 + monte_carlo(0.05, count // 2)
            assert crossed[design.name] <= most, (spending, design, crossed[design.name])
            assert outside[design.name] <= most, (spending, design, outside[design.name])
        alike = [d.name for d in designs if d.control == d.treatment]
        assert np.mean([naive[name] for name in alike]) > 0.1, naive
    ((several, crossed_early),) = query(
        database,
        """select count(*) filter (decisive <> 1), count(*) filter (early and not first) from (
            select sum(is_deciding::int) as decisive, bool_or(is_crossed) as early,
                min(exposed_until) filter (is_crossed) = any_value(exposed_until) filter (is_deciding) as first
            from experiments.experiment_looks group by experiment_id
        )""",
    )
    assert (several, crossed_early) == (0, 0)


def find_more(database, all_designs):
    """More than the always-valid interval finds in 28 looks, and hardly less than one look at the end."""
    even = "split_part(experiment_id, ' ', 2)::int % 2 = 0"
    always_valid = shares(
        database, "abs(difference) > half", f"(from {NAIVE} where {even})", all_designs
    )
    last = f"(from experiments.experiment_looks where information_share = 1 and {even})"
    one_look = shares(database, "abs(z) > 1.96", last, all_designs)
    obrien_fleming = rates(database, "is_crossed", all_designs, "obrien_fleming")
    for design in FOUND:
        assert 0.3 < one_look[design.name] < 0.98, (design, one_look[design.name])
        assert obrien_fleming[design.name] > always_valid[design.name] + 0.04, (
            design,
            obrien_fleming[design.name],
            always_valid[design.name],
        )
        assert obrien_fleming[design.name] > one_look[design.name] - 0.05


def test_looks_of_hundreds_of_tests_hold(tmp_path):
    database = simulated(tmp_path, [*DESIGNS, *FOUND], FEW, seed=21)
    hold(database, FEW, DESIGNS)
    find_more(database, [*DESIGNS, *FOUND])


@pytest.mark.slow
def test_looks_of_thousands_of_tests_hold(tmp_path):
    database = simulated(tmp_path, [*DESIGNS, *FOUND], MANY, seed=22)
    hold(database, MANY, DESIGNS)
    find_more(database, [*DESIGNS, *FOUND])
