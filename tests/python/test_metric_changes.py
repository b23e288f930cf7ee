"""metric_changes: each part against hand and a plain Shapley value, who is named first, and the demo's changes."""

import ast
import itertools
import math
import sys

import duckdb
import numpy as np
import pytest
from metric_change_worlds import AFTER, BEFORE, Worlds
from warehouse import PROJECT, SETS

sys.path.insert(0, str(PROJECT / "plugins"))
from metric_splits import linear

DRAWS, QUIET = 200, 200
close = pytest.approx


# --- what the parts must be


def shapley(f, before: tuple, after: tuple) -> list[float]:
    """Each factor's mean effect over the orders in which the factors go from before to after."""
    effects = [0.0] * len(before)
    orders = list(itertools.permutations(range(len(before))))
    for order in orders:
        now = list(before)
        for factor in order:
            at = f(*now)
            now[factor] = after[factor]
            effects[factor] += (f(*now) - at) / len(orders)
    return effects


def parts_by_hand(n0, d0, n1, d1) -> list[tuple[float, float, float]]:
    """(rate, mix, unmatched) of each segment: lists of numerators and denominators before and after."""
    whole0, whole1 = sum(n0) / sum(d0), sum(n1) / sum(d1)
    parts = []
    for above0, below0, above1, below1 in zip(n0, d0, n1, d1, strict=True):
        weight0, weight1 = below0 / sum(d0), below1 / sum(d1)
        unmatched = (above1 / sum(d1) if below1 == 0 else 0) - (
            above0 / sum(d0) if below0 == 0 else 0
        )
        if below0 == 0 and below1 == 0:
            parts.append((0.0, 0.0, unmatched))
            continue
        rate0 = above0 / below0 if below0 else above1 / below1
        rate1 = above1 / below1 if below1 else above0 / below0
        mix, rate = shapley(lambda w, r: w * r, (weight0, rate0), (weight1, rate1))
        parts.append((rate, mix - (whole0 + whole1) / 2 * (weight1 - weight0), unmatched))
    return parts


def random_metric(random, brands=4, channels=5):
    """Numerators, some negative and some without a denominator, and denominators, some empty."""
    shape = (2, brands, channels)
    below = random.poisson(30, shape) * (random.random(shape) > 0.15)
    above = random.normal(50, 40, shape) * np.where(random.random(shape) > 0.05, below, 1)
    return above, below


def of_company(random):
    """Twenty-four cells of 100 events and more, in two months that differ by chance and a little beside."""
    size = np.maximum(np.exp(random.normal(5.5, 1, (4, 6))), 100)
    wobble = np.exp(random.normal(0, 0.03) + random.normal(0, 0.05, (4, 6)))
    return size, size * wobble


def compiled(demo):
    return demo.with_name("warehouse.duckdb.target") / "compiled/groundwork/models/marts/platform"


@pytest.fixture(scope="module")
def made(demo):
    random = np.random.default_rng(17)
    worlds = Worlds()
    worlds.drawn = {}
    for number in range(SETS):
        worlds.drawn[number] = random_metric(random)
        worlds.add(f"ratio {number}", *worlds.drawn[number])
        worlds.add(f"sum {number}", worlds.drawn[number][0], counts=worlds.drawn[number][1])
    worlds.planted = plant(worlds, random, DRAWS)
    for number in range(QUIET):
        worlds.add(f"quiet {number}", random.poisson(of_company(random)))
    add_examples(worlds)
    worlds.connection = worlds.make(compiled(demo))
    yield worlds
    worlds.connection.close()


def plant(worlds, random, draws):
    """In each draw one cell is halved; returns which one."""
    planted = {}
    for number in range(draws):
        before, after = of_company(random)
        cell = random.integers(4), random.integers(6)
        after[cell] /= 2
        planted[f"planted {number}"] = f"b{cell[0]}", f"c{cell[1]}"
        worlds.add(f"planted {number}", random.poisson([before, after]))
    return planted


def add_examples(worlds):
    one = {"brands": ["farewell"]}
    worlds.add("by hand", [[[10, 20]], [[10, 30]]], [[[50, 50]], [[25, 75]]], **one)
    worlds.add("simpson", [[[50, 10]], [[27.5, 36]]], [[[100, 100]], [[50, 300]]], **one)
    worlds.add("new and gone", [[[10, 20, 0]], [[12, 0, 6]]], [[[50, 50, 0]], [[60, 0, 40]]], **one)
    worlds.add("unmatched", [[[10, 3]], [[12, 5]]], [[[50, 0]], [[60, 0]]], **one)
    worlds.add("negative", [[[-10, 4]], [[8, -7]]], [[[50, 50]], [[60, 40]]], **one)
    worlds.add("negative below", [[[10, 4]], [[8, 7]]], [[[50, -5]], [[60, 40]]], **one)
    worlds.add("nothing below", [[[10, 4]], [[8, 7]]], [[[50, 50]], [[0, 0]]], **one)
    worlds.add("all vanished", [[[10, 4]], [[0, 0]]], **one)
    worlds.add("nothing", [[[0, 0]], [[0, 0]]], **one)
    worlds.add(
        "money",
        [[[1e12 + 0.01, 3e11]], [[1e12 + 0.02, 2.9e11]]],
        counts=[[[9, 9]], [[9, 9]]],
        **one,
    )
    worlds.add("not the value", [[[10, 4]], [[8, 7]]], said={(AFTER, "all"): 15.5}, **one)
    # of 90 and 100 customers some are in both segments
    said = {
        (BEFORE, "all"): 90,
        (BEFORE, "farewell"): 90,
        (AFTER, "all"): 100,
        (AFTER, "farewell"): 100,
    }
    worlds.add("customers", [[[60, 50]], [[64, 70]]], is_distinct=True, said=said, **one)
    worlds.add(
        "Revenue",
        [
            [[2000, 1500, 1500], [1000, 2000, 2000]],
            [[1300, 1400, 1400], [1000, 1850, 1850]],
        ],
        brands=["farewell", "learn"],
        channels=["paid_search", "email", "direct"],
        is_final=False,
    )
    worlds.add(
        "Orders",
        [[[1000, 1000], [3000, 3000]], [[990, 500], [3400, 3410]]],
        brands=["farewell", "learn"],
        channels=["paid_search", "email"],
    )
    worlds.add(
        "Success rate",
        [[[900, 900], [1800, 1800]], [[900, 600], [1800, 1800]]],
        [[[1000, 1000], [2000, 2000]], [[1000, 1000], [2000, 2000]]],
        brands=["farewell", "learn"],
        channels=["paid_search", "email"],
        unit="share",
        is_share=True,
    )


def rows(made, metric, dimension, brand="all"):
    """By brand and segment: rate, mix, unmatched, part, values before and after, weights, and both ranks."""
    if not hasattr(made, "rows"):
        made.rows = {}
        for of_metric, of_dimension, of_brand, *key, values in made.connection.execute(
            """select metric_name, dimension, brand, segment_brand, segment, [rate_effect, mix_effect,
                unmatched_effect, part, segment_before, segment_after, weight_before, weight_after, named_rank,
                size_rank]
            from platform.metric_changes where dimension <> 'total'"""
        ).fetchall():
            made.rows.setdefault((of_metric, of_dimension, of_brand), {})[tuple(key)] = values
    return made.rows.get((metric, dimension, brand), {})


def total(made, metric, brand="all"):
    return made.connection.execute(
        """select reason, change, sentence, sentence_ko from platform.metric_changes
        where metric_name = ? and dimension = 'total' and brand = ?""",
        [metric, brand],
    ).fetchone()


def test_parts_of_random_ratios_are_shapley_values(made):
    """By brand, by channel, by both, and by channel in a brand: each part for itself, to 1e-9."""
    for number, (above, below) in made.drawn.items():
        b, c = above.shape[1:]
        splits = {
            ("brand", "all"): ([(f"b{i}", f"b{i}") for i in range(b)], above.sum(2), below.sum(2)),
            ("channel", "all"): ([("all", f"c{j}") for j in range(c)], above.sum(1), below.sum(1)),
            ("brand_channel", "all"): (
                [(f"b{i}", f"c{j}") for i in range(b) for j in range(c)],
                above.reshape(2, -1),
                below.reshape(2, -1),
            ),
            ("channel", "b1"): ([("b1", f"c{j}") for j in range(c)], above[:, 1], below[:, 1]),
        }
        for (dimension, brand), (names, n, d) in splits.items():
            found = rows(made, f"ratio {number}", dimension, brand)
            expected = parts_by_hand(n[0], d[0], n[1], d[1])
            scale = max(1, abs(n[0].sum() / d[0].sum()), abs(n[1].sum() / d[1].sum()))
            for name, parts in zip(names, expected, strict=True):
                if name not in found:
                    assert not any(parts), (number, dimension, name)
                    continue
                assert found[name][:3] == close(parts, abs=1e-9 * scale), (number, dimension, name)
                assert found[name][3] == close(sum(parts), abs=1e-9 * scale)


def test_parts_of_random_sums_are_their_changes(made):
    for number, (above, _) in made.drawn.items():
        found = rows(made, f"sum {number}", "brand_channel")
        for (i, j), change in np.ndenumerate(above[1] - above[0]):
            parts = found.get((f"b{i}", f"c{j}"), [None, None, None, 0])
            assert parts[:3] == [None, None, None]
            assert parts[3] == close(change, abs=1e-9)


def test_every_split_adds_up_and_the_deeper_one_to_its_brand(made):
    ((worst, deepest),) = made.connection.execute(
        """with changes as (
            select *, greatest(1, abs(value_before), abs(value_after)) as scale from platform.metric_changes
        ),
        wholes as (
            select max(abs(gap)) as gap from (
                select (sum(part) - max(change)) / max(scale) as gap from changes where dimension <> 'total'
                group by metric_name, brand, dimension
            )
        ),
        deeper as (
            select max(abs(gap)) as gap from (
                select (sum(part) filter (dimension = 'brand_channel') - sum(part) filter (dimension = 'brand'))
                    / max(scale) as gap
                from changes where dimension in ('brand', 'brand_channel') and metric_name <> 'customers'
                group by metric_name, segment_brand
            )
        )
        select wholes.gap, deeper.gap from wholes, deeper"""
    ).fetchall()
    assert worst <= 1e-9
    assert deepest <= 1e-9


def test_an_example_by_hand(made):
    """Rates 0.2 and 0.4 of halves; then 0.4 of both, of a quarter and three quarters: 0.3 becomes 0.4."""
    found = rows(made, "by hand", "channel")
    assert found["all", "c0"][:4] == close([0.075, 0.0125, 0, 0.0875])
    assert found["all", "c1"][:4] == close([0, 0.0125, 0, 0.0125])
    assert found["all", "c0"][4:8] == close([0.2, 0.4, 0.5, 0.25])
    assert found["all", "c1"][4:8] == close([0.4, 0.4, 0.5, 0.75])


def test_every_rate_rises_and_the_whole_falls(made):
    """Simpson: 0.50 → 0.55 and 0.10 → 0.12, and the whole from 0.30 to 0.18; the mix says so."""
    _, change, *_ = total(made, "simpson")
    found = rows(made, "simpson", "channel")
    assert change == close(63.5 / 350 - 0.3)
    assert all(parts[0] > 0 for parts in found.values())
    assert all(parts[1] < 0 for parts in found.values())
    assert sum(parts[3] for parts in found.values()) == close(change)


def test_new_and_vanished_segments_are_mix(made):
    found = rows(made, "new and gone", "channel")
    middle = (0.3 + 0.18) / 2
    assert found["all", "c1"][:3] == close([0, (0.4 - middle) * -0.5, 0])
    assert found["all", "c2"][:3] == close([0, (0.15 - middle) * 0.4, 0])
    assert found["all", "c1"][4:6] == [0.4, None]
    assert found["all", "c2"][4:6] == [None, 0.15]


def test_numerators_without_a_denominator_are_unmatched(made):
    found = rows(made, "unmatched", "channel")
    assert found["all", "c1"][:4] == close([0, 0, 5 / 60 - 3 / 50, 5 / 60 - 3 / 50])
    assert found["all", "c0"][2] == 0


def test_negative_amounts_have_parts(made):
    found = rows(made, "negative", "channel")
    assert [found["all", name][:3] for name in ("c0", "c1")] == [
        close(list(parts)) for parts in parts_by_hand([-10, 4], [50, 50], [8, -7], [60, 40])
    ]
    # There is no rate of less than nothing.
    found = rows(made, "negative below", "channel")
    assert found["all", "c1"][:2] == [0, 0]
    assert sum(parts[3] for parts in found.values()) == close(0.15 - 14 / 45)


def test_no_parts_without_a_denominator(made):
    reason, _, sentence, sentence_ko = total(made, "nothing below")
    assert reason == "no_denominator"
    assert sentence == "nothing below: there is nothing to divide by."
    assert sentence_ko
    assert rows(made, "nothing below", "channel") == {}


def test_no_parts_of_what_gives_another_value(made):
    assert total(made, "not the value")[:2] == ("does_not_add_up", 1.5)
    assert rows(made, "not the value", "channel") == {}


def test_distinct_counts_have_an_overlap(made):
    """60 + 50 are 90 people, 64 + 70 are 100: 24 more in the segments, 14 more of them twice."""
    found = rows(made, "customers", "channel")
    assert {segment: parts[3] for (_, segment), parts in found.items()} == {
        "c0": 4,
        "c1": 20,
        "overlap": -14,
    }
    assert found["all", "overlap"][8] == 3, "an overlap is named last"


def test_what_is_nothing_or_vanishes(made):
    assert total(made, "nothing")[:2] == (None, 0)
    assert rows(made, "nothing", "channel") == {}
    assert {name[1]: parts[3] for name, parts in rows(made, "all vanished", "channel").items()} == {
        "c0": -10,
        "c1": -4,
    }
    ((broken,),) = made.connection.execute(
        """select count(*) from platform.metric_changes
        where not isfinite(coalesce(part, 0)) or not isfinite(coalesce(standard_errors, 0)) or sentence = ''"""
    ).fetchall()
    assert broken == 0


def test_large_money_loses_nothing(made):
    found = rows(made, "money", "channel")
    assert found["all", "c0"][3] == close(0.01, abs=2e-4)
    assert found["all", "c1"][3] == close(-1e10)


def test_the_sentence_names_a_segment_within_its_brand(made):
    assert total(made, "Revenue")[2:] == (
        "Revenue fell 12.0 % against the month before (not final) (31 days against 30): farewell −9.0, of which "
        "paid_search −7.0.",
        "Revenue: 전월 대비 12.0 % 감소 (미확정) (30일 대비 31일): farewell −9.0, 그중 paid_search −7.0.",
    )
    # 5,400 of 6,000 succeeded, then 5,100
    assert total(made, "Success rate")[2] == (
        "Success rate fell 5.00 points against the month before: farewell −5.00, of which email −5.00."
    )
    # 8,000 became 8,300, although farewell lost half of its e-mail
    assert total(made, "Orders")[2] == (
        "Orders rose 3.8 % against the month before (31 days against 30); against it farewell −6.4, of which email −6.3."
    )
    assert total(made, "Revenue", "learn")[2].startswith("Revenue of learn fell 6.0 %")


def named_first(connection, planted, rank: str) -> float:
    """How often the cell that was halved comes first."""
    first = connection.execute(
        f"""select metric_name, segment_brand, segment from platform.metric_changes
        where metric_name like 'planted %' and dimension = 'brand_channel' and {rank} = 1"""
    ).fetchall()
    assert len(first) == len(planted)
    return np.mean([planted[metric] == (brand, segment) for metric, brand, segment in first])


def test_a_halved_channel_of_a_brand_is_named_first(made):
    """In at least 95 % of draws; by raw size in far fewer."""
    assert named_first(made.connection, made.planted, "named_rank") >= 0.95
    assert named_first(made.connection, made.planted, "size_rank") < 0.8


@pytest.mark.slow
def test_it_is_named_first_in_two_thousand_draws(demo):
    worlds = Worlds()
    planted = plant(worlds, np.random.default_rng(171), 2_000)
    with worlds.make(compiled(demo)) as connection:
        assert named_first(connection, planted, "named_rank") >= 0.97
        assert named_first(connection, planted, "size_rank") < 0.7


def test_a_sentence_that_gives_a_name_gives_the_right_one(made):
    """In most draws the halved cell stands out, within its brand, and hardly ever another one does."""
    named = made.connection.execute(
        """select metric_name, coalesce(segment_brand, segment), coalesce(deeper_segment, segment)
        from platform.int_change_names where metric_name like 'planted %' and brand = 'all' and stands_out"""
    ).fetchall()
    assert len(named) >= 0.8 * DRAWS
    right = [made.planted[metric] == (brand, segment) for metric, brand, segment in named]
    assert np.mean(right) >= 0.95


def test_where_nothing_happened_hardly_a_name_is_given(made):
    """At most 5 % and two of its standard errors."""
    ((given,),) = made.connection.execute(
        """select avg(cast(stands_out as integer)) from platform.int_change_names
        where metric_name like 'quiet %' and brand = 'all'"""
    ).fetchall()
    assert given <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / QUIET)


# --- what a metric is made of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a": 1}),
        ("a - coalesce(b, 0) + 2 * c", {"a": 1, "b": -1, "c": 2}),
        ("-(a + b) / 4", {"a": -0.25, "b": -0.25}),
        ("a * 12", {"a": 12}),
        ("nullif(a, 0)", {"a": 1}),
        ("a - a", {}),
        ("a + 1", {"a": 1, "": 1}),
        ("a * b", None),
        ("a / b", None),
        ("coalesce(a, 1)", None),
        ("greatest(a, 0)", None),
        ("running", None),
        ("unknown + a", None),
    ],
)
def test_a_sum_is_told_from_what_is_none(text, expected):
    inputs = {name: {name: 1.0} for name in "abc"} | {"running": None}
    assert linear(ast.parse(text, mode="eval").body, inputs) == expected


# --- the demo


@pytest.fixture(scope="module")
def connection(demo):
    with duckdb.connect(str(demo), read_only=True) as connection:
        yield connection


def test_all_but_running_totals_of_the_demo_are_split(connection):
    """What is made of sums is split, and gives the metric's own value."""
    left = connection.execute(
        """select distinct changes.metric_name, changes.reason, definitions.kind, definitions.formula
        from platform.metric_changes as changes
        inner join metrics.metric_definitions as definitions on changes.metric_name = definitions.metric_name
        where changes.reason in ('not_split', 'does_not_add_up')"""
    ).fetchall()
    assert {"revenue_28_days", "revenue_month_to_date"} <= {metric for metric, *_ in left}
    for metric, reason, kind, formula in left:
        assert reason == "not_split", metric
        assert kind == "cumulative" or not formula.startswith(("sum", "count")), metric
        assert kind != "ratio", metric


def test_the_demo_by_country_channel_and_newness_by_hand(connection):
    """Revenue by whether the order is the customer's first, sessions by channel, and customers by country."""
    for metric, dimension, sql in (
        (
            "revenue",
            "new_or_returning",
            """select case when is_first_order then 'new' when customer_id is not null then 'returning' else 'unknown' end,
                date_trunc('month', revenue_date)::date, sum(revenue)::double
            from core.orders where revenue <> 0 group by all""",
        ),
        (
            "sessions",
            "channel",
            "select channel, date_trunc('month', started_date)::date, count(*) from core.sessions group by all",
        ),
        (
            "active_customers",
            "country_code",
            """select coalesce(country_code, 'unknown'), date_trunc('month', activity_date)::date,
                count(distinct customer_id)
            from core.customer_days left join core.customers using (customer_id) group by all""",
        ),
        (
            "sessions",
            "country_code",
            """select coalesce(country_code, 'unknown'), date_trunc('month', started_date)::date, count(*)
            from core.sessions left join core.customers using (customer_id) group by all""",
        ),
        (
            "payment_attempts",
            "country_code",
            """select coalesce(country_code, 'unknown'), date_trunc('month', attempted_date)::date, count(*)
            from core.payments left join core.customers using (customer_id) group by all""",
        ),
    ):
        by_hand = {
            (segment, month): value for segment, month, value in connection.execute(sql).fetchall()
        }
        found = connection.execute(
            """select segment, period_start, before_start, segment_before, segment_after from platform.metric_changes
            where metric_name = ? and dimension = ? and grain = 'month' and brand = 'all' and segment <> 'overlap'""",
            [metric, dimension],
        ).fetchall()
        assert len(found) > 20, metric
        if (metric, dimension) == ("sessions", "country_code"):
            assert "unknown" in {segment for segment, *_ in found}, "some visitors are nobody's"
        for segment, month, month_before, before, after in found:
            assert before == close(by_hand.get((segment, month_before), 0), rel=1e-9), (
                metric,
                segment,
                month,
            )
            assert after == close(by_hand.get((segment, month), 0), rel=1e-9), (
                metric,
                segment,
                month,
            )


def test_a_ratio_of_the_demo_by_hand(connection):
    """The conversion of sessions by channel, each month against the month before: rate and mix."""
    counts = connection.execute(
        """select date_trunc('month', started_date)::date as month, channel, sum(is_converted::int) as converted,
            count(*) as sessions from core.sessions group by all"""
    ).fetchall()
    channels = sorted({channel for _, channel, *_ in counts})
    by_hand = {(month, channel): both for month, channel, *both in counts}
    found = connection.execute(
        """select period_start, before_start, segment, rate_effect, mix_effect, unmatched_effect
        from platform.metric_changes
        where metric_name = 'session_conversion_rate' and dimension = 'channel' and grain = 'month' and brand = 'all'"""
    ).fetchall()
    assert len({(after, before) for after, before, *_ in found}) > 14
    for after, before, segment, *parts in found:
        columns = [
            [by_hand.get((month, channel), (0, 0))[side] for channel in channels]
            for month in (before, after)
            for side in (0, 1)
        ]
        expected = parts_by_hand(*columns)[channels.index(segment)]
        assert parts == close(expected, abs=1e-9), (after, before, segment)


def test_only_whole_periods_are_compared(connection):
    """The running month has no change, a month says its days, and a day is compared with the same weekday a year before."""
    ((running, changed),) = connection.execute(
        """select count(*) filter (reason = 'running'), count(change) filter (reason in ('running', 'cut'))
        from platform.metric_changes"""
    ).fetchall()
    assert running > 0
    assert changed == 0
    other = connection.execute(
        """select distinct days_before, days_after from platform.metric_changes
        where grain = 'month' and sentence like '% days against %'"""
    ).fetchall()
    assert other
    assert all(before != after for before, after in other)
    ((weekdays,),) = connection.execute(
        """select count(*) from platform.metric_changes where comparison = 'year_before' and grain in ('day', 'week')
            and dayofweek(before_start) <> dayofweek(period_start)"""
    ).fetchall()
    assert weekdays == 0
