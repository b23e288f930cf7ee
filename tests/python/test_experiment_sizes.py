"""How large a test must be: against statsmodels through the marts' own SQL, from the demo's traffic, and what is asked wrongly."""

import json
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm
from statsmodels.api import OLS, add_constant
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from warehouse import PROJECT, SETS, build, query

sys.path.insert(0, str(PROJECT / "tools"))
import experiment_size


@pytest.fixture(scope="module")
def sizes(tmp_path_factory):
    """A warehouse with the sizes of planted baselines."""
    random = np.random.default_rng(5)
    baselines = [
        ("share", "proportion", 0.10, 0.09, None),
        ("mean", "mean", 1.0, 1.0, 0.5),
        ("nobody", "mean", 0.0, 0.0, None),
        ("all", "proportion", 0.9, 0.09, None),
    ]
    for number in range(SETS):
        share = random.uniform(0.01, 0.6)
        baselines.append((f"share {number:03}", "proportion", share, share * (1 - share), None))
        mean, spread = 10.0 ** random.uniform(-3, 6), 10.0 ** random.uniform(-3, 10)
        kind = ("mean", "ratio")[number % 2]
        baselines.append((f"mean {number:03}", kind, mean * (-1) ** number, spread, 0.25))
    columns = list(zip(*baselines, strict=True))
    made = pa.table(
        dict(
            zip(
                ["brand", "kind", "baseline", "spread", "unexplained_share"],
                map(list, columns),
                strict=True,
            )
        )
    )
    database = tmp_path_factory.mktemp("sizes") / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("made", made)
        connection.execute("create schema experiments")
        connection.execute(
            """create table experiments.int_experiment_baselines as
            select brand, 'visitor' as unit, 'm' as metric_name, kind, 100::bigint as n_mature,
                baseline, spread, unexplained_share from made"""
        )
        connection.execute(
            """create table experiments.int_experiment_traffic_days as
            select brand, 'visitor' as unit, day_number, (3000 * least(day_number, 21) + 1000 * greatest(day_number - 21, 0))::bigint as units
            from made cross join range(1, 29) as days (day_number)"""
        )
    build(database, command="run", select="int_experiment_sizes experiment_sizes")
    return database


@pytest.fixture(scope="module")
def exact(sizes):
    """(brand, relative effect) -> units per arm before they are rounded up."""
    rows = query(
        sizes, "select brand, relative_effect, units_per_arm from experiments.int_experiment_sizes"
    )
    return {(brand, effect): units for brand, effect, units in rows}


def test_reference_numbers(exact):
    expected = json.loads((PROJECT / "tests/python/reference/experiments.json").read_text())[
        "power"
    ]
    assert exact["share", 0.2] == pytest.approx(
        expected["two_proportions_0.10_to_0.12_alpha_0.05_power_0.8_n_per_arm_unpooled"], rel=1e-9
    )
    # statsmodels' solver stops at a power of 0.799999998; its power function says which number is nearer
    mean = expected["mean_effect_size_0.2_n_per_arm"]
    assert exact["mean", 0.2] == pytest.approx(mean, rel=1e-8)
    power = TTestIndPower().power
    assert power(0.2, exact["mean", 0.2], 0.05) == pytest.approx(0.8, rel=1e-12)
    assert abs(power(0.2, mean, 0.05) - 0.8) > 1e-9


def test_random_sizes_have_the_power_by_statsmodels(sizes, exact):
    """By its power functions, not by its solver, which stops early."""
    rows = query(
        sizes,
        """select brand, kind, baseline, spread from experiments.int_experiment_baselines
        where brand like 'share %' or brand like 'mean %'""",
    )
    compared = 0
    for brand, kind, baseline, spread in rows:
        for effect in (0.01, 0.05, 0.2, 0.5):
            units, difference = exact[brand, effect], abs(baseline) * effect
            if kind == "proportion":
                other = baseline + difference
                if other >= 1:
                    assert units is None
                    continue
                size = difference / np.sqrt((spread + other * (1 - other)) / 2)
                # without the wrong side, as the formula has it
                found = NormalIndPower().power(size, units, 0.025, alternative="larger")
            else:
                size = difference / np.sqrt(spread)
                if units is None or units == 2:
                    assert size < 1e-6 or size > 3
                    continue
                found = TTestIndPower().power(size, units, 0.05)
            assert found == pytest.approx(0.8, rel=1e-10), (brand, effect)
            compared += 1
    assert compared > 4 * SETS


def test_units_until_the_always_valid_interval_finds_it(sizes):
    """At those units the power by the formula of the interval is the one planned, and in simulated tests it is as large."""
    rows = query(
        sizes,
        """select kind, baseline, spread, relative_effect, units_per_arm, units_per_arm_always_valid
        from experiments.int_experiment_sizes inner join experiments.int_experiment_baselines using (brand, kind, baseline)
        where problem is null and units_per_arm_always_valid > 2""",
    )
    assert len(rows) > 4 * SETS
    strength = (-2 * np.log(0.05) + np.log(-2 * np.log(0.05) + 1)) / 5000
    random = np.random.default_rng(3)
    for number, (kind, baseline, spread, effect, fixed, units) in enumerate(rows):
        found = abs(baseline) * effect
        other = baseline * (1 + effect)
        both = spread + (other * (1 - other) if kind == "proportion" else spread)
        error = np.sqrt(both / units)
        seen = 2 * units * strength
        half = error * np.sqrt(2 * (seen + 1) * np.log(np.sqrt(seen + 1) / 0.05) / seen)
        assert norm.sf((half - found) / error) == pytest.approx(0.8, abs=1e-6)
        assert units > fixed or fixed < 20
        if number % 20 == 0 and units > 50:
            simulated = random.normal(found, error, 4000) > half
            assert simulated.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 4000))


def test_a_guardrail_needs_as_many_as_show_that_it_did_not_get_worse(sizes):
    """By the power of an interval whose lower bound clears the margin; of a share without an effect in either arm."""
    rows = query(
        sizes,
        """select kind, baseline, spread, relative_effect, units_per_arm, units_per_arm_guardrail
        from experiments.int_experiment_sizes inner join experiments.int_experiment_baselines using (brand, kind, baseline)
        where problem is null and units_per_arm > 2""",
    )
    for kind, baseline, spread, effect, fixed, units in rows:
        if kind == "proportion":
            error = np.sqrt(2 * spread / units)
            assert norm.cdf(abs(baseline) * effect / error - norm.ppf(0.975)) == pytest.approx(0.8)
        else:
            assert units == fixed


def test_the_least_test_has_two_units_an_arm(exact):
    assert min(units for units in exact.values() if units is not None) == 2


def test_days_are_those_the_traffic_takes(sizes):
    """Within the window as units came; beyond it a thousand a day as in its last week, not three thousand as before."""
    rows = query(
        sizes,
        """select units_per_arm, exposure_days, days_until_result - exposure_days from experiments.experiment_sizes
        where units_per_arm is not null""",
    )
    assert {days > 28 for _, days, _ in rows} == {days > 21 for _, days, _ in rows} == {True, False}
    for units, days, outcome in rows:
        needed = 2 * units
        first = -(-needed // 3000)
        assert (days, outcome) == (first if first <= 21 else 21 - (63_000 - needed) // 1000, 28)


def test_what_has_no_size_says_why(sizes):
    problems = query(
        sizes,
        """select brand, min(relative_effect), problem from experiments.experiment_sizes
        where brand in ('nobody', 'all') and problem is not null group by all order by all""",
    )
    assert problems == [
        ("all", 0.2, "a share of 1 or more"),
        ("nobody", 0.01, "a baseline of zero"),
    ]


def test_the_past_saves_units(sizes):
    """A quarter of the variance is left: a quarter of the units, and what t adds in small arms."""
    rows = query(
        sizes,
        """select units_per_arm, units_per_arm_with_past from experiments.experiment_sizes
        where brand like 'mean %' and units_per_arm > 1000""",
    )
    assert rows
    assert all(abs(saved - units / 4) <= 3 for units, saved in rows)


def test_baselines_are_those_of_the_demo_by_hand(demo):
    """Visitors of farewell: first seen in the window, then followed for 28 days, over staging."""
    by_hand = """
    with bounds as (select as_of_date + 1 - interval 31 day as to_at, to_at - interval 28 day as from_at from staging.as_of),
    visits as (
        select *, coalesce(occurred_at > lag(occurred_at) over device + interval 30 minute, true) as begins
        from staging.stg_events__events where brand = 'farewell'
        window device as (partition by anonymous_id order by occurred_at, event_id)
    ),
    owners as (
        select anonymous_id, case when count(distinct customer_id) = 1 then any_value(customer_id) end as owner
        from staging.stg_events__events where brand = 'farewell' group by all
    ),
    seen as (
        select anonymous_id, min(occurred_at) as seen_at from visits, bounds
        where begins and occurred_at >= from_at and occurred_at < to_at group by all
    ),
    firsts as (select *, row_number() over (partition by owner order by seen_at, anonymous_id) as device from seen inner join owners using (anonymous_id)),
    paid as (
        select customer_id, coalesce(paid_at, ordered_at) as moment from core.orders
        where is_paid and order_type = 'purchase' and brand = 'farewell'
    )
    select count(*), count(*) filter (device = 1 and owner in (
        select customer_id from paid where moment > seen_at and moment <= seen_at + interval 28 day
    )) from firsts"""
    ((units, buyers),) = query(demo, by_hand)
    rows = query(
        demo,
        """select distinct n_mature, traffic_units, baseline from experiments.experiment_sizes
        where brand = 'farewell' and unit = 'visitor' and metric_name = 'conversion'""",
    )
    assert rows == [(units, units, pytest.approx(buyers / units))]
    assert buyers > 5


def test_customers_are_sized_by_visits_after_they_signed_up(demo):
    """A visit before is known as theirs only because they did, mostly by buying: it would size tests too small."""
    after, all_visits = (
        query(
            demo,
            f"""with bounds as (select as_of_date + 1 - interval 31 day as to_at, to_at - interval 28 day as from_at from staging.as_of),
            seen as (
                select sessions.brand, customer_id, min(started_at) as seen_at
                from core.sessions inner join staging.stg_app__customers as customers using (customer_id), bounds
                where started_at >= from_at and started_at < to_at and {condition} group by all
            ),
            paid as (
                select brand, customer_id, coalesce(paid_at, ordered_at) as moment from core.orders
                where is_paid and order_type = 'purchase'
            )
            select brand, count(*), count(*) filter (exists (
                select 1 from paid where paid.brand = seen.brand and paid.customer_id = seen.customer_id
                    and moment > seen_at and moment <= seen_at + interval 28 day
            )) / count(*) from seen group by all order by all""",
        )
        for condition in ("started_at >= created_at", "true")
    )
    rows = query(
        demo,
        """select distinct brand, n_mature, baseline from experiments.experiment_sizes
        where unit = 'customer' and metric_name = 'conversion' order by all""",
    )
    assert rows == [(brand, units, pytest.approx(share)) for brand, units, share in after]
    naive = {brand: share for brand, _, share in all_visits}
    assert all(naive[brand] > 1.1 * share for brand, units, share in after if units > 50)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"metric": "likes"}, "METRIC=likes is unknown. Known: average_order_value, conversion"),
        ({"brand": "nobody"}, "BRAND=nobody is unknown. Known: care, farewell, learn, scoot"),
        ({"unit": "session"}, "UNIT=session is unknown. Known: customer, visitor"),
        ({"effect": "tenth"}, "EFFECT=tenth is no number above 0 and below 10, like 0.1 for a"),
        ({"effect": "0"}, "EFFECT=0 is no number above 0 and below 10"),
        ({"power": "80"}, "POWER=80 is no number above 0.05 and below 1, like 0.8"),
        ({"arms": "1"}, "ARMS=1 is no whole number of 2 or more: the control and its treatments."),
        ({"arms": "2.5"}, "ARMS=2.5 is no whole number of 2 or more"),
        ({"days": "soon"}, "DAYS=soon is no number above 0.999 and below 3651, like 28"),
    ],
)
def test_a_wrong_question_is_told_the_right_ones(demo, question, says):
    with pytest.raises(SystemExit) as stopped:
        experiment_size.answer(demo, **question)
    assert str(stopped.value).startswith(says)


def warehouse_with(folder, *statements):
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)
    return folder / "warehouse.duckdb"


def test_a_warehouse_that_cannot_answer_says_what_to_do(tmp_path):
    """None yet, one without experiments, one in which nobody visited, one in use."""
    with pytest.raises(SystemExit, match=r"There is no warehouse .*: run make build first"):
        experiment_size.answer(tmp_path / "warehouse.duckdb")
    empty = warehouse_with(tmp_path)
    with pytest.raises(SystemExit, match="with experiments in the var areas"):
        experiment_size.answer(empty)
    warehouse_with(
        tmp_path,
        "create schema reference",
        "create schema experiments",
        "create table reference.experiment_metrics as select 'revenue' as metric_name",
        """create table experiments.int_experiment_baselines as
        select '' as brand, '' as unit, '' as metric_name where false""",
        """create table experiments.int_experiment_traffic_days as
        select '' as brand, '' as unit, 1 as day_number, 1 as units where false""",
    )
    with pytest.raises(SystemExit, match=r"Nobody visited in the 28 days .* which ended 31 days"):
        experiment_size.answer(empty)


def numbers_of(line):
    """(brand, unit, metric) and the words after them."""
    brand, unit, metric, *words = line.replace(",", "").split()
    return (brand, unit, metric), words


@pytest.mark.parametrize("effect", [0.01, 0.1, 0.5])
def test_the_answer_is_that_of_the_table(demo, effect):
    """Each number of each line; where the table has a problem, so has the answer."""
    rows = query(
        demo,
        f"""select brand, unit, metric_name, problem, traffic_units, units_per_arm, units_per_arm_with_past,
            units_per_arm_always_valid, units_per_arm_guardrail, exposure_days, days_until_result
        from experiments.experiment_sizes where relative_effect = {effect}""",
    )
    lines = experiment_size.answer(demo, effect=str(effect)).split("\n\n")[1].splitlines()[1:]
    found = dict(numbers_of(line) for line in lines)
    assert len(found) == len(lines) == len(rows) > 50
    for *key, problem, traffic, units, with_past, always_valid, guardrail, exposure, result in rows:
        words = found[tuple(key)]
        if problem:
            assert words == [str(traffic), *problem.split()]
        else:
            past = "-" if with_past is None else str(with_past)
            days = [str(exposure), "days", str(result), "days"]
            more = [str(always_valid), str(guardrail)]
            assert words[1:] == [str(traffic), str(units), past, *more, *days]


def test_more_treatments_and_more_power_take_more_units(demo):
    question = {"metric": "conversion", "brand": "scoot", "unit": "visitor"}

    def units_of(**more):
        text = experiment_size.answer(demo, **question, **more)
        (line,) = [line for line in text.splitlines() if line.startswith("scoot")]
        return int(numbers_of(line)[1][2]), text

    two, three, surer = units_of()[0], units_of(arms="3")[0], units_of(power="0.9")[0]
    assert two < three and two < surer
    assert "at 5 % two-sided over its 2 treatments" in units_of(arms="3")[1]
    assert "a relative change of 10 % with power 80 %, 2 arms, at 5 %" in units_of()[1]


def test_what_the_past_explains_is_what_a_regression_on_it_does(demo):
    """Of units of the demo's traffic, by statsmodels: on the value before and on the second covariate."""
    baselines = query(
        demo,
        """select brand, unit, metric_name, kind, unexplained_share from experiments.int_experiment_baselines
        where n_mature > 20""",
    )
    compared = 0
    for brand, unit, metric, kind, unexplained in baselines:
        rows = query(
            demo,
            f"""select unit_value::double, denominator::double, pre_value::double, second_pre_value::double
            from experiments.int_experiment_values where population_kind = 'traffic'
                and population_id = '{brand}, {unit}' and metric_name = '{metric}'""",
        )
        value, denominator, *past = (np.array(c, float) for c in zip(*rows, strict=True))
        past = [c for c in past if np.isfinite(c).all() and c.std() > 0]
        if unit == "visitor" or kind == "quantile" or not past:
            assert unexplained is None, (brand, unit, metric)
            continue
        if kind == "ratio":
            value = value - value.mean() / denominator.mean() * denominator
        if value.std() == 0:
            continue
        left = 1 - OLS(value, add_constant(np.column_stack(past))).fit().rsquared
        n = len(value)
        by_hand = min(1, left * (n - 1) / (n - 3)) if len(past) == 2 else left
        assert (unexplained or 0) == pytest.approx(by_hand, abs=1e-9), (brand, unit, metric)
        compared += 1
    assert compared > 10


def test_the_smallest_effect_of_some_days_is_the_one_their_units_find(demo):
    """Asked back, that effect takes those units; more days find smaller ones; nothing says more than its table."""
    _, baselines, arrivals = experiment_size.read(demo)
    found = 0
    for baseline in [b for b in baselines if b["brand"] == "learn" and b["unit"] == "customer"]:
        for kind in ("fixed", "with_past", "always_valid", "guardrail"):
            last = None
            for units in (200, 2_000, 20_000):
                effect = experiment_size.smallest_effect(baseline, units, kind)
                if effect is None:
                    continue
                again = getattr(experiment_size.units_per_arm(baseline, effect), kind)
                assert again == pytest.approx(units, rel=1e-5), (baseline, kind)
                assert last is None or effect < last
                last = effect
                found += 1
    assert found > 60
    text = experiment_size.answer(demo, brand="learn", unit="customer", days="28")
    assert "that what comes in 28 days finds with power 80 %, 2 arms" in text
    (line,) = [line for line in text.splitlines() if " orders  " in line]
    arms = arrivals["learn", "customer"][27] // 2
    (baseline,) = [
        b for b in baselines if [b[k] for k in ("brand", "unit", "metric_name")] == line.split()[:3]
    ]
    effect = experiment_size.smallest_effect(baseline, arms, "fixed")
    assert line.split()[5:7] == [f"{arms:,}", f"{effect:.1%}"]
    assert experiment_size.units_after(56, [7 * i for i in range(1, 29)]) == 7 * 56


def test_nobody_comes_any_more():
    assert experiment_size.days_until(100, [10, 40, 40]) == 3 + 5
    assert experiment_size.days_until(40, [10, 40, 40]) == 2
    assert experiment_size.days_until(100, [50] * 20) is None
