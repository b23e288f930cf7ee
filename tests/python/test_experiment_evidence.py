"""How often the intervals of unlike arms, rare shares and skewed revenue are wrong: simulated experiments through the
marts' own SQL, beside what the same draws give without the rules of evidence. `make test` runs a tenth of them."""

import duckdb
import numpy as np
import pytest
from simulated_arms import Design, shares, write_stats
from warehouse import build, query

COMPARED = (
    "int_experiment_arms int_experiment_comparisons int_experiment_plain_tests int_experiment_cuped_fits "
    "int_experiment_cuped_tests int_experiment_tests "
)
MODELS = COMPARED + "int_experiment_deciding_tests experiment_days"
MANY, FEW = 2_000, 200

# Units a day of control and treatment, of whom the treatment does nothing to.
RARE = [
    Design(100, 100, "share", 0.03),
    Design(90, 10, "share", 0.03),
    Design(95, 5, "share", 0.03),
    Design(475, 25, "share", 0.03),
    Design(99, 1, "share", 0.03),
    Design(990, 10, "share", 0.03),
    Design(66, 34, "share", 0.03),
    Design(90, 10, "share", 0.97),
]
SKEWED = [
    Design(250, 250, "revenue", 0.05),
    Design(450, 50, "revenue", 0.05),
    Design(475, 25, "revenue", 0.05),
    Design(50, 450, "revenue", 0.05),
    Design(250, 250, "revenue", 0.05, spread=1.8),
    Design(350, 150, "revenue", 0.05, spread=1.8),
]
MORE = [
    Design(50, 50, "share", 0.03),
    Design(450, 50, "share", 0.03),
    Design(10, 90, "share", 0.03),
    Design(100, 80, "share", 0.03),
    Design(70, 30, "share", 0.03),
    Design(90, 10, "share", 0.3),
    Design(90, 10, "revenue", 0.05),
    Design(990, 10, "revenue", 0.05),
    Design(4950, 50, "revenue", 0.05),
    Design(500, 500, "revenue", 0.02, spread=1.8),
    Design(900, 100, "revenue", 0.02, spread=1.8),
    Design(475, 25, "revenue", 0.05, spread=1.8),
    Design(330, 170, "revenue", 0.05, spread=1.8),
    Design(90, 10, "normal"),
    Design(990, 10, "normal"),
]
# Equal arms whose treatment does something.
FOUND = [
    Design(100, 100, "share", 0.03, 0.5),
    Design(500, 500, "revenue", 0.05, 0.4),
    Design(25, 25, "normal", 0.0, 0.2),
]
# Shares whose relative lift is 0; at the last look about 220, 2,000 and 20,000 units an arm.
LIFTS = [
    Design(8, 8, "share", 0.1),
    Design(72, 72, "share", 0.03),
    Design(715, 715, "share", 0.03),
]
# The always-valid interval of the comparisons by the bare formula: each arm by its own variance, however few did it.
NAIVE = """(
    select *, standard_error * sqrt(2 * (information + 1) * ln(sqrt(information + 1) / 0.05) / information) as half
    from (
        select *, n_mature * ((-2 * ln(0.05) + ln(-2 * ln(0.05) + 1)) / 5000) as information
        from experiments.int_experiment_comparisons where place_type = 'exposed_until' and standard_error > 0
    )
)"""


def monte_carlo(share: float, count: int) -> float:
    """Two standard errors of a share of `count` experiments."""
    return 2 * (share * (1 - share) / count) ** 0.5


def simulated(folder, designs, count, seed):
    database = folder / "warehouse.duckdb"
    write_stats(database, designs, count, seed)
    build(database, command="run", select=MODELS)
    return database


def hold(database, count, designs):
    """Without an effect always-valid intervals are ever wrong in at most 5 %, by our rules in far less."""
    ever = shares(
        database,
        "not (effect between always_valid_low and always_valid_high)",
        "experiments.experiment_days",
        designs,
    )
    for design in designs:
        assert ever[design.name] <= 0.05 + monte_carlo(0.05, count), (design, ever[design.name])
    assert np.mean([ever[design.name] for design in designs]) < 0.02
    naive = shares(database, "abs(difference) > half", NAIVE, designs)
    for wrong in ((90, 10, "share"), (475, 25, "share"), (475, 25, "revenue")):
        (name,) = {
            d.name
            for d in designs
            if (d.control, d.treatment, d.kind) == wrong and d.rate <= 0.05 and d.spread == 1.2
        }
        assert naive[name] > 0.1, (wrong, naive[name])


def hold_at_the_end(database, count, designs):
    """The interval that decides, looked at once; Welch's own of skewed revenue of a small arm is wrong twice as often."""
    wrong = "not (effect between {0}_low and {0}_high)"
    decides = shares(
        database, wrong.format("deciding"), "experiments.int_experiment_deciding_tests", designs
    )
    table = "(from experiments.int_experiment_tests where place_type = 'all')"
    welch = shares(database, wrong.format("difference"), table, designs)
    for design in designs:
        assert decides[design.name] <= 0.06 + monte_carlo(0.06, count), (design, decides)
    skewed = [
        d.name
        for d in designs
        if d.kind == "revenue" and d.control >= 9 * d.treatment and d.control < 5000
    ]
    assert np.mean([welch[name] for name in skewed]) > 0.09
    assert np.mean([decides[name] for name in skewed]) < 0.05


def find_as_much(database, all_designs):
    """Equal arms: the effects that the bare formula finds, and no other interval once there is one."""
    ours = shares(
        database,
        "not (0 between always_valid_low and always_valid_high)",
        "experiments.experiment_days",
        all_designs,
    )
    bare = shares(database, "abs(difference) > half", NAIVE, all_designs)
    for design in FOUND:
        assert 0.2 < bare[design.name] < 1, (design, bare[design.name])
        assert ours[design.name] >= bare[design.name] - 0.002, (design, ours, bare)
    ((largest,),) = query(
        database,
        f"""select max(abs(2 * naive.half / (days.always_valid_high - days.always_valid_low) - 1))
        from experiments.experiment_days as days
        inner join {NAIVE} as naive on days.experiment_id = naive.experiment_id
            and days.exposed_date::varchar = naive.place
        where naive.control_n = naive.treatment_n""",
    )
    assert largest < 1e-9


def miss_on_both_sides(database, count, designs):
    """The interval of the relative lift is above 0 as often as below; that of the delta method is not."""
    table = "(from experiments.int_experiment_tests where place_type = 'all')"
    for design in designs:
        sides = {
            f"{name} {side}": shares(database, condition, table, designs)[design.name]
            for name in ("log_lift", "relative_lift")
            for side, condition in (("below", f"{name}_high < 0"), ("above", f"{name}_low > 0"))
        }
        for side in ("log_lift below", "log_lift above"):
            assert (
                0.025 - 2 * monte_carlo(0.025, count)
                <= sides[side]
                <= 0.025 + 2 * monte_carlo(0.025, count)
            ), (
                design,
                sides,
            )
        if design.control < 100:
            assert sides["relative_lift below"] > 2 * sides["relative_lift above"]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("few"), [*RARE, *SKEWED, *FOUND], FEW, seed=1)


def test_always_valid_intervals_hold_for_unlike_arms(few):
    hold(few, FEW, [*RARE, *SKEWED])


def test_equal_arms_lose_nothing(few):
    find_as_much(few, [*RARE, *SKEWED, *FOUND])


def test_no_arm_without_evidence_has_an_interval(few):
    """One unit a day of which 3 % do it has ten who did after a year."""
    designs = [*RARE, *SKEWED, *FOUND]
    answered = shares(few, "problem is null", "experiments.experiment_days", designs)
    assert answered[RARE[4].name] == 0
    assert answered[RARE[0].name] == 1


@pytest.mark.slow
def test_always_valid_and_deciding_intervals_hold_in_thousands(tmp_path):
    null = [*RARE, *SKEWED, *MORE]
    database = simulated(tmp_path, [*null, *FOUND], MANY, seed=2)
    hold(database, MANY, null)
    hold_at_the_end(database, MANY, null)
    find_as_much(database, [*null, *FOUND])


@pytest.mark.slow
def test_relative_lifts_miss_on_both_sides_alike(tmp_path):
    miss_on_both_sides(simulated(tmp_path, LIFTS, 2 * MANY, seed=3), 2 * MANY, LIFTS)


def harmed(folder, count, guardrails, seed):
    """The share of experiments whose neutral guardrails without a margin say worse, by Holm and each by itself."""
    database = folder / "warehouse.duckdb"
    write_stats(database, [Design(25, 25, "normal")] * guardrails, count, seed)
    with duckdb.connect(str(database)) as connection:
        for statement in (
            "delete from experiments.int_experiment_stats where place_type <> 'all'",
            """update experiments.int_experiment_stats set metric_name = 'm' || split_part(population_id, ' ', 1),
                population_id = split_part(population_id, ' ', 2)""",
            """create or replace table staging.stg_experiments__variants as
            select distinct population_id as experiment_id, variant, variant = 'control' as is_control
            from experiments.int_experiment_stats""",
            """create or replace table experiments.int_experiment_plans as
            select distinct population_id as experiment_id, metric_name, 'guardrail' as role, 'up' as direction,
                null::double as margin, true as is_predeclared, true as is_final
            from experiments.int_experiment_stats""",
        ):
            connection.execute(statement)
    build(
        database,
        command="run",
        select=f"{COMPARED} int_experiment_deciding_tests int_experiment_adjusted_p_values experiment_results "
        "int_experiment_answers",
    )
    ((held, naive),) = query(
        database,
        """select avg(harmed), avg(naive) from (
            select max((answer = 'worse')::int) as harmed,
                max((p_value < 0.05 and difference < 0)::int) as naive
            from experiments.int_experiment_answers inner join experiments.experiment_results
                using (experiment_id, variant, metric_name)
            group by experiment_id
        )""",
    )
    return held, naive


@pytest.mark.parametrize(
    "count", [4 * FEW, pytest.param(5 * MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_five_neutral_guardrails_stop_as_seldom_as_one(tmp_path, count):
    held, naive = harmed(tmp_path, count, 5, seed=4)
    assert held <= 0.025 + 1.5 * monte_carlo(0.025, count)
    assert naive > 0.09
