"""Verdicts an expert would sign: one company of experiments of which each is one case, the naive answer beside it."""

import csv
import datetime as dt
from collections import defaultdict

import duckdb
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from warehouse import build, query

TABLES = (
    "+experiment_verdicts +experiment_days +experiment_overlaps +experiment_segment_differences"
)
START = dt.datetime(2026, 4, 1)


class Cases:
    """Raw tables of one brand, an experiment a case; units are customers, each its own unless told."""

    def __init__(self):
        self.tables = defaultdict(list)
        self.made = 0

    def add(self, table, **row):
        self.tables[table].append(row)

    def experiment(self, name, metrics, kind="ab", ended="2026-04-15", shares=None):
        shares = shares or {"control": 0.5, "treatment": 0.5}
        self.add(
            "experiments__experiments",
            experiment_id=name,
            brand="deal",
            experiment_name=name,
            experiment_type=kind,
            unit="customer",
            minimum_detectable_effect=0.05,
            started_at="2026-04-01",
            ended_at=ended,
        )
        for variant, share in shares.items():
            self.add(
                "experiments__variants",
                experiment_id=name,
                variant=variant,
                is_control=variant == "control",
                traffic_share=share,
            )
        for metric, role, direction, margin in metrics:
            self.add(
                "experiments__metrics",
                experiment_id=name,
                metric_name=metric,
                role=role,
                direction=direction,
                margin=margin,
                outcome_days=14,
                declared_at="2026-03-01",
            )

    def customer(self):
        self.made += 1
        self.add(
            "app__customers",
            customer_id=f"c{self.made}",
            brand="deal",
            country_code="US",
            created_at="2026-01-01",
            updated_at="2026-01-01",
        )
        return f"c{self.made}"

    def expose(self, name, variant, customer, device="web", day=0):
        self.add(
            "experiments__exposures",
            exposure_id=f"x{len(self.tables['experiments__exposures'])}",
            experiment_id=name,
            variant=variant,
            customer_id=customer,
            device_type=device,
            exposed_at=START + dt.timedelta(days=day, hours=1),
        )

    def buy(self, customer, amount):
        order = f"o{len(self.tables['app__orders'])}"
        at = START + dt.timedelta(days=13)
        self.add(
            "app__orders",
            order_id=order,
            customer_id=customer,
            ordered_at=at,
            paid_at=at,
            status="paid",
            currency="USD",
            updated_at=at,
        )
        self.add(
            "app__order_items",
            order_id=order,
            line_number=1,
            product_id="p",
            quantity=1,
            unit_price=amount,
        )

    def call(self, customer):
        self.add(
            "support__tickets",
            ticket_id=f"t{len(self.tables['support__tickets'])}",
            customer_id=customer,
            channel="email",
            topic="other",
            opened_at=START + dt.timedelta(days=13),
        )

    def arm(self, name, variant, n, bought, amount=10, called=0, device="web", day=0):
        """Of n new customers the first `bought` buy (amount by number if it is a function), the last `called` call."""
        for number in range(n):
            customer = self.customer()
            self.expose(name, variant, customer, device, day)
            if number < bought:
                self.buy(customer, amount(number) if callable(amount) else amount)
            if number >= n - called:
                self.call(customer)

    def write(self, folder):
        folder.mkdir()
        for table, rows in self.tables.items():
            with (folder / f"{table}.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return folder


UP = ("conversion", "success", "up", None)
REVENUE = ("revenue", "success", "up", None)
P90 = ("revenue_p90", "success", "up", None)
FEW_CALLS = ("tickets", "guardrail", "down", 0.02)
CALLS = ("tickets", "guardrail", "down", None)
KEPT = ("conversion", "guardrail", "up", 0.01)
MARGIN = 0.01
RAMPS = {"ramp": 0.2, "ramp_without_plan": 0.2}


def cases():
    made = Cases()
    made.add(
        "app__products",
        product_id="p",
        brand="deal",
        product_name="P",
        category="x",
        list_price=1,
        currency="USD",
        updated_at="2020-01-01",
    )
    made.experiment("deal", [UP, REVENUE])
    made.arm("deal", "control", 3000, 300, 100)
    made.arm("deal", "treatment", 3000, 420, 50)

    made.experiment("tiny", [UP, FEW_CALLS])
    made.arm("tiny", "control", 12, 1)
    made.arm("tiny", "treatment", 12, 11)

    # 0 of 12 in another dress: enough units, and of the guardrail next to nothing
    made.experiment("silent_guardrail", [UP, CALLS])
    made.arm("silent_guardrail", "control", 400, 40, called=3)
    made.arm("silent_guardrail", "treatment", 400, 120, called=1)

    for name, ended in (("zero_running", None), ("zero_final", "2026-04-15")):
        made.experiment(
            name, [REVENUE, KEPT], ended=ended, shares={"control": 0.95, "treatment": 0.05}
        )
        made.arm(name, "control", 1900, 57)
        made.arm(name, "treatment", 100, 0)

    made.experiment("no_margin", [REVENUE, CALLS])
    made.arm("no_margin", "control", 1000, 200, lambda i: 10 + i % 7, called=100)
    made.arm("no_margin", "treatment", 1000, 300, lambda i: 20 + i % 7, called=101)

    made.experiment("harm", [UP, CALLS])
    made.arm("harm", "control", 1000, 200, called=100)
    made.arm("harm", "treatment", 1000, 205, called=180)

    made.experiment("harm_and_gain", [UP, CALLS])
    made.arm("harm_and_gain", "control", 1000, 200, called=100)
    made.arm("harm_and_gain", "treatment", 1000, 300, called=180)

    for name, kind, bought in (
        ("same", "aa", 205),
        ("same_but_not", "aa", 300),
        ("held_out", "holdout", 300),
    ):
        made.experiment(name, [UP], kind)
        made.arm(name, "control", 1000, 200)
        made.arm(name, "treatment", 1000, bought)

    made.experiment("three", [UP], shares={"control": 0.4, "b": 0.3, "c": 0.3})
    made.arm("three", "control", 1000, 100)
    made.arm("three", "b", 750, 140)
    made.arm("three", "c", 750, 152)

    made.experiment("nearly_all", [UP])
    made.arm("nearly_all", "control", 200, 150)
    made.arm("nearly_all", "treatment", 200, 196)

    # weekend buyers come at 90/10, weekday buyers at 50/50, and the treatment does nothing
    for name in RAMPS:
        made.experiment(name, [UP], shares={"control": 0.9, "treatment": 0.1})
        made.arm(name, "control", 1800, 360, day=0)
        made.arm(name, "treatment", 200, 40, day=0)
        made.arm(name, "control", 1000, 50, day=4)
        made.arm(name, "treatment", 1000, 50, day=4)
    # both phases are off, and what they add up to is not
    made.experiment("broken_ramp", [UP], shares={"control": 0.9, "treatment": 0.1})
    for day, control, treatment in ((0, 800, 200), (4, 600, 400)):
        made.arm("broken_ramp", "control", control, control // 5, day=day)
        made.arm("broken_ramp", "treatment", treatment, treatment // 5, day=day)
    for name in ("ramp", "broken_ramp"):
        for variant in ("control", "treatment"):
            made.add(
                "reference__experiment_shares",
                experiment_id=name,
                variant=variant,
                valid_from="2026-04-03 12:00:00",
                traffic_share=0.5,
                reason="no harm seen at one in ten",
            )

    made.experiment("segments", [UP])
    for device, bought in (("ios", 160), ("android", 60)):
        made.arm("segments", "control", 500, 100, device=device)
        made.arm("segments", "treatment", 500, bought, device=device)

    # nine in ten spend up to 60, treated up to 90; of the others all spend the same, treated twice as much
    made.experiment("large_baskets", [P90])
    made.arm("large_baskets", "control", 400, 400, lambda i: 10 + i % 56)
    made.arm("large_baskets", "treatment", 400, 400, lambda i: (10 + i % 56) * 1.5)
    made.experiment("one_price", [P90])
    made.arm("one_price", "control", 400, 400, 10)
    made.arm("one_price", "treatment", 400, 400, 20)

    # looks after the first day's units and after all: one finds it at once, one has not been looked at yet
    for name, bought, first, second in (
        ("looked_and_found", 320, "2026-04-01", "2026-07-30"),
        ("looked_and_not_found", 205, "2026-04-01", "2026-07-30"),
        ("not_looked_yet", 320, "2026-07-01", "2026-07-30"),
        ("looked_to_the_end", 250, "2026-04-01", "2026-04-15"),
    ):
        made.experiment(name, [UP], ended="2026-04-15" if name == "looked_to_the_end" else None)
        made.arm(name, "control", 1000, 200)
        made.arm(name, "treatment", 1000, bought)
        for day, share in ((first, 0.5), (second, 1)):
            made.add(
                "reference__experiment_planned_looks",
                experiment_id=name,
                exposed_until=day,
                information_share=share,
                spending="obrien_fleming",
                reason="half way, and at the end",
            )

    # each helps alone, and not where the other is; the third knows nothing of either
    for name in ("left", "right", "apart"):
        made.experiment(name, [UP])
    for left, right, bought in (
        ("control", "control", 100),
        ("treatment", "control", 160),
        ("control", "treatment", 160),
        ("treatment", "treatment", 100),
    ):
        for number in range(500):
            customer = made.customer()
            made.expose("left", left, customer)
            made.expose("right", right, customer)
            made.expose("apart", ("control", "treatment")[number % 2], customer)
            if number < bought:
                made.buy(customer, 10)
    return made


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verdicts")
    raw = cases().write(folder / "raw")
    build(
        folder / "warehouse.duckdb",
        raw,
        select=TABLES,
        tests=False,
        variables={"as_of": "2026-06-30"},
    )
    return folder / "warehouse.duckdb"


@pytest.fixture(scope="module")
def verdicts(company):
    """(experiment, treatment) -> (verdict, rule)."""
    return {
        (experiment, variant): (verdict, rule)
        for experiment, variant, verdict, rule in query(
            company,
            "select experiment_id, variant, verdict, rule from experiments.experiment_verdicts",
        )
    }


def result(company, experiment, metric, variant="treatment"):
    with duckdb.connect(str(company), read_only=True) as connection:
        rows = connection.execute(
            "select * from experiments.experiment_results where segment_type = 'all' and experiment_id = ?"
            " and metric_name = ? and variant = ?",
            [experiment, metric, variant],
        )
        names = [column[0] for column in rows.description]
        ((*values,),) = rows.fetchall()
    return dict(zip(names, values, strict=True))


def test_a_success_metric_that_got_worse_is_a_trade_off(company, verdicts):
    """The coupon: more buy, each for less. The rule that looks at winners alone ships it."""
    conversion, revenue = (result(company, "deal", metric) for metric in ("conversion", "revenue"))
    assert conversion["difference"] == pytest.approx(0.04)
    assert revenue["difference"] == pytest.approx(-3.0)
    assert conversion["p_value_adjusted"] < 0.001, (
        "the naive rule: a success metric is better, ship"
    )
    assert revenue["p_value_adjusted"] < 0.001
    verdict, rule = verdicts["deal", "treatment"]
    assert verdict == "trade_off"
    assert "conversion +0.04 (" in rule and "revenue -3.0 (" in rule


def test_a_harmed_guardrail_stops_or_is_a_trade_off(verdicts):
    assert verdicts["harm", "treatment"][0] == "stop"
    verdict, rule = verdicts["harm_and_gain", "treatment"]
    assert verdict == "trade_off"
    assert "conversion +0.1 (" in rule and "tickets +0.08 (" in rule


def test_a_quantile_ships_by_the_bounds_of_its_arms(company, verdicts):
    """Where all spend the same the arms differ beyond doubt, and no interval says how surely."""
    found = result(company, "large_baskets", "revenue_p90")
    values = {
        arm: np.sort([(10 + i % 56) * times for i in range(400)])
        for arm, times in (("control", 1.0), ("treatment", 1.5))
    }
    assert found["control_value"] == pytest.approx(np.quantile(values["control"], 0.9))
    assert found["treatment_value"] == pytest.approx(np.quantile(values["treatment"], 0.9))
    low, high = stats.binom.ppf([0.025, 0.975], 400, 0.9).astype(int) - [1, 0]
    error = 0.0
    for numbers in values.values():
        middle = np.quantile(numbers, 0.9)
        error += (max(middle - numbers[low], numbers[high] - middle) / 1.959964) ** 2
    assert found["standard_error"] == pytest.approx(error**0.5, rel=1e-6)
    assert found["decided_by"] == "welch"
    verdict, rule = verdicts["large_baskets", "treatment"]
    assert verdict == "ship"
    assert rule.startswith("revenue_p90 +")
    alike = result(company, "one_price", "revenue_p90")
    assert (alike["difference"], alike["p_value"]) == (10, None)
    assert verdicts["one_price", "treatment"] == (
        "inconclusive",
        "too little evidence: too few units, or too many alike, for the quantile",
    )


def test_planned_looks_decide_and_nothing_else_does(company, verdicts):
    """250 of 1,000 against 200 is no finding where all came by the first look, which spends a sixteenth of the errors."""
    looks = query(
        company,
        """select experiment_id, exposed_until::varchar, bound, is_crossed, is_deciding
        from experiments.experiment_looks order by all""",
    )
    half = 2.9626
    assert [(e, day, crossed, decides) for e, day, _, crossed, decides in looks] == [
        ("looked_and_found", "2026-04-01", True, True),
        ("looked_and_not_found", "2026-04-01", False, True),
        ("looked_to_the_end", "2026-04-01", False, True),
        ("looked_to_the_end", "2026-04-15", False, False),
    ]
    assert [bound for _, _, bound, _, _ in looks[:3]] == pytest.approx([half] * 3, abs=1e-3)
    found = result(company, "looked_and_found", "conversion")
    assert (found["decided_by"], verdicts["looked_and_found", "treatment"][0]) == (
        "group_sequential",
        "ship",
    )
    assert found["deciding_low"] == pytest.approx(
        found["difference"] - half * found["standard_error"], rel=1e-3
    )
    assert verdicts["looked_and_not_found", "treatment"] == (
        "keep_running",
        "it runs, and nothing is certain yet",
    )
    late = result(company, "looked_to_the_end", "conversion")
    assert late["p_value"] < 0.01, "the naive rule: it is significant at the end"
    assert late["p_value_adjusted"] > 0.05
    assert verdicts["looked_to_the_end", "treatment"][0] == "inconclusive"
    waiting = result(company, "not_looked_yet", "conversion")
    assert (waiting["decided_by"], waiting["deciding_low"], waiting["p_value_adjusted"]) == (
        None,
        None,
        None,
    )
    assert waiting["always_valid_low"] > 0, "and yet before the first look nothing decides"
    assert verdicts["not_looked_yet", "treatment"][0] == "keep_running"


def test_twelve_units_say_nothing(company, verdicts):
    conversion = result(company, "tiny", "conversion")
    naive = proportions_ztest([11, 1], [12, 12])[1]
    assert naive < 0.001
    assert stats.binomtest(0, 12).proportion_ci(method="wilson").high > 0.2, "not below 0.02"
    assert conversion["problem"] == "fewer than 30 units in an arm"
    for column in (
        "p_value",
        "difference_low",
        "always_valid_low",
        "deciding_low",
        "relative_lift",
    ):
        assert conversion[column] is None
    assert verdicts["tiny", "treatment"] == (
        "inconclusive",
        "too little evidence: fewer than 30 units in an arm",
    )


def test_a_guardrail_that_hardly_anybody_touched_does_not_hold(company, verdicts):
    assert result(company, "silent_guardrail", "tickets")["problem"] == (
        "fewer than 10 of an arm did it"
    )
    verdict, rule = verdicts["silent_guardrail", "treatment"]
    assert verdict == "inconclusive"
    assert rule.endswith("but the guardrail tickets has no answer: fewer than 10 of an arm did it")


@pytest.mark.parametrize(
    ("case", "verdict"), [("zero_running", "keep_running"), ("zero_final", "inconclusive")]
)
def test_an_arm_of_a_hundred_without_a_buyer_stops_nothing(company, verdicts, case, verdict):
    """57 of 1,900 against 0 of 100: Fisher says 0.11, an interval by the control's spread alone is sure."""
    assert stats.fisher_exact([[57, 1843], [0, 100]])[1] > 0.1
    share = 57 / 1900
    wald = 1.96 * (share * (1 - share) / 1900) ** 0.5
    assert -share + wald < -MARGIN, "the naive interval: worse than its margin, stop"
    found = result(company, case, "conversion")
    assert found["difference"] == pytest.approx(-share)
    assert {
        found[c] for c in ("p_value", "difference_high", "always_valid_high", "p_value_adjusted")
    } == {None}
    assert verdicts[case, "treatment"][0] == verdict


def test_a_neutral_guardrail_without_a_margin_lets_a_winner_ship(company, verdicts):
    tickets = result(company, "no_margin", "tickets")
    assert -tickets["deciding_high"] < 0, (
        "the naive rule: an empty margin is 0, which neutral ones miss 39 times in 40"
    )
    verdict, rule = verdicts["no_margin", "treatment"]
    assert verdict == "ship"
    assert rule.startswith("revenue +") and rule.endswith("got better and every guardrail held")


def test_tests_that_ship_nothing_say_whether_the_pipeline_is_sound(company, verdicts):
    assert result(company, "same_but_not", "conversion")["p_value_adjusted"] < 0.001
    assert verdicts["same", "treatment"][0] == "sound"
    assert verdicts["same", "treatment"][1].startswith("the pipeline is sound")
    assert verdicts["same_but_not", "treatment"][0] == "invalid"
    assert verdicts["same_but_not", "treatment"][1].startswith(
        "the pipeline is not sound: arms that are the same differ, conversion +0.1 ("
    )
    verdict, rule = verdicts["held_out", "treatment"]
    assert verdict == "sound"
    assert "conversion +0.1 (" in rule
    assert not [
        key
        for key in verdicts
        if key[0] in ("same", "same_but_not", "held_out") and verdicts[key][0] == "ship"
    ]


def test_of_several_arms_that_may_ship_the_best_is_named(company, verdicts):
    b, c = 140 / 750, 152 / 750
    spread = (b * (1 - b) / 750 + c * (1 - c) / 750) ** 0.5
    chance = stats.norm.cdf((c - b) / spread)
    rows = dict(
        query(
            company,
            "select variant, probability_best from experiments.experiment_verdicts where experiment_id = 'three'",
        )
    )
    assert rows == {"b": pytest.approx(1 - chance, abs=1e-9), "c": pytest.approx(chance, abs=1e-9)}
    for variant in "bc":
        verdict, rule = verdicts["three", variant]
        assert verdict == "ship"
        assert rule.endswith(
            f"of the arms that may ship c is most probably best ({100 * chance:.1f} %)"
        )


def test_a_share_of_nearly_all_needs_those_who_did_not(company):
    assert result(company, "nearly_all", "conversion")["problem"] == (
        "all but fewer than 10 of an arm did it"
    )


def test_shares_have_newcombes_interval_and_it_decides_guardrails(company):
    for case, counts, ns in (
        ("deal", (420, 300), (3000, 3000)),
        ("same", (205, 200), (1000, 1000)),
    ):
        found = result(company, case, "conversion")
        low, high = confint_proportions_2indep(
            counts[0], ns[0], counts[1], ns[1], compare="diff", method="newcomb"
        )
        assert (found["difference_low"], found["difference_high"]) == pytest.approx(
            (low, high), rel=1e-9
        )
        assert (found["deciding_low"], found["deciding_high"]) == pytest.approx(
            (low, high), rel=1e-9
        )


def test_a_ramp_is_compared_phase_by_phase(company, verdicts):
    """All units together say that the treatment costs seven points (Simpson's paradox); nothing was done to anybody."""
    control, treatment = (360 + 50) / 2800, (40 + 50) / 1200
    assert treatment - control < -0.07
    assert proportions_ztest([90, 410], [1200, 2800])[1] < 1e-9
    ramp = result(company, "ramp", "conversion")
    assert ramp["difference"] == pytest.approx(0, abs=1e-12)
    assert ramp["difference_low"] < 0 < ramp["difference_high"]
    assert verdicts["ramp", "treatment"] == ("inconclusive", "no success metric got better")
    assert verdicts["ramp_without_plan", "treatment"][0] == "invalid"
    # each phase by what its two arms say together, as Mantel and Haenszel weigh
    weights = np.array([1800 * 200 / 2000, 1000 * 1000 / 2000])
    weights /= weights.sum()
    assert ramp["control_value"] == pytest.approx(weights @ [0.2, 0.05], rel=1e-12)
    days = query(
        company,
        """select max(abs(difference)), min(problem) from experiments.experiment_days
        where experiment_id = 'ramp' and view_name in ('cumulative', 'since_exposure')""",
    )
    assert days[0][0] == pytest.approx(0, abs=1e-12)


def test_each_phase_of_a_ramp_has_its_split_checked(company, verdicts):
    rows = dict(
        query(
            company,
            """select experiment_id || ' ' || place, is_ok from experiments.experiment_health
            where check_name = 'split as planned' and experiment_id like '%ramp%'""",
        )
    )
    assert rows == {
        "ramp ": True,
        "ramp phase as planned": True,
        "ramp phase 2026-04-03 12:00:00": True,
        "ramp_without_plan ": False,
        "broken_ramp ": True,
        "broken_ramp phase as planned": False,
        "broken_ramp phase 2026-04-03 12:00:00": False,
    }
    assert verdicts["broken_ramp", "treatment"][0] == "invalid"


def test_experiments_on_the_same_units_are_held_against_each_other(company):
    """The interaction is that of a regression with both treatments, by errors that know no common variance (HC2)."""
    rows = {
        (experiment, other): (shared, share, *figures)
        for experiment, other, shared, share, *figures in query(
            company,
            """select experiment_id, other_experiment_id, shared_units, shared_share, interaction, interaction_low,
                interaction_high, p_value, p_value_adjusted
            from experiments.experiment_overlaps""",
        )
    }
    assert set(rows) == {
        (a, b) for a in ("left", "right", "apart") for b in ("left", "right", "apart") if a != b
    }
    left = np.repeat([0, 1, 0, 1], 500)
    right = np.repeat([0, 0, 1, 1], 500)
    bought = np.concatenate([np.arange(500) < n for n in (100, 160, 160, 100)]) * 1.0
    design = np.column_stack([np.ones(2000), left, right, left * right])
    fit = sm.OLS(bought, design).fit(cov_type="HC2")
    shared, share, interaction, low, high, p_value, adjusted = rows["left", "right"]
    assert (shared, share) == (2000, 1.0)
    assert interaction == pytest.approx(-0.24)
    assert (interaction, p_value) == pytest.approx((fit.params[3], fit.pvalues[3]), rel=1e-9)
    assert (low, high) == pytest.approx(tuple(fit.conf_int()[3]), rel=1e-9)
    assert adjusted < 0.001
    assert rows["left", "apart"][-1] > 0.5
    # the naive answer: each alone does nothing
    alone = result(company, "left", "conversion")
    assert alone["difference"] == pytest.approx(0, abs=1e-12)


def test_segments_are_held_against_each_other(company):
    """Certain on one device, certain the other way round on the other; all together it is nothing."""
    ((segments, q, p_value, lowest, highest),) = query(
        company,
        """select segment_count, cochran_q, p_value, lowest_segment, highest_segment
        from experiments.experiment_segment_differences
        where experiment_id = 'segments' and segment_type = 'device_type'""",
    )
    errors = [(0.2 * 0.8 + p * (1 - p)) / 500 for p in (160 / 500, 60 / 500)]
    differences = np.array([0.12, -0.08])
    weights = 1 / np.array(errors)
    mean = weights @ differences / weights.sum()
    assert (segments, lowest, highest) == (2, "android", "ios")
    assert q == pytest.approx(weights @ (differences - mean) ** 2, rel=1e-9)
    assert p_value == pytest.approx(stats.chi2.sf(q, 1), rel=1e-9)


def test_every_row_without_an_answer_says_why_and_has_no_figure_of_certainty(company):
    columns = (
        "p_value, p_value_adjusted, difference_low, difference_high, relative_lift_low, deciding_lift_low, "
        "cuped_difference_low, always_valid_low, always_valid_p_value, deciding_low, probability_better, "
        "minimum_detectable_effect"
    )
    rows = query(
        company,
        f"""select count(*), count(coalesce({columns})) from experiments.experiment_results where problem is not null""",
    )
    ((found, told),) = rows
    assert found > 10 and told == 0
    daily = query(
        company,
        """select count(*) from experiments.experiment_days
        where problem is not null and coalesce(p_value, difference_low, always_valid_low) is not null""",
    )
    assert daily == [(0,)]
