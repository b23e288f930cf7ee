"""Experiments on the demo company at scale 20, whose truth is known, and what is wrong with an experiment."""

import re

import duckdb
import pytest
import yaml
from scipy.stats import ttest_ind_from_stats
from small_company import write_small_company
from statsmodels.stats.proportion import proportions_ztest
from warehouse import PROJECT, build, make_company, query, write_raw

AREA = "+path:models/marts/experiments/*.sql"


@pytest.fixture(scope="module")
def company(large_company):
    """Its database, and what was planted in its experiments."""
    return large_company.database, large_company.truth["experiments"]


def intervals(company):
    """(truth, low, high) of the success metric of every experiment."""
    database, truth = company
    rows = query(
        database,
        """select experiment_id, coalesce(cuped_difference_low, difference_low), coalesce(cuped_difference_high, difference_high)
        from experiments.experiment_results where segment_type = 'all' and role = 'success'""",
    )
    return [(truth[experiment]["expected_difference"], low, high) for experiment, low, high in rows]


def covered(found):
    return sum(low <= true <= high for true, low, high in found)


def test_intervals_hold_the_planted_effects(company):
    found = intervals(company)
    assert len(found) == 30
    assert covered(found) >= 25


@pytest.mark.slow
def test_intervals_hold_the_planted_effects_of_two_companies(company, tmp_path):
    other = make_company(tmp_path, 6)
    found = intervals(company) + intervals((other.database, other.truth["experiments"]))
    assert len(found) == 60
    assert covered(found) >= 51


def test_every_p_value_is_back_at_its_sums_by_the_query_in_the_description(company):
    """Welch and the pooled z once more, from what the query returns alone."""
    database, _ = company
    models = yaml.safe_load(
        (PROJECT / "models/marts/experiments/_experiments__models.yml").read_text()
    )["models"]
    (description,) = [m["description"] for m in models if m["name"] == "experiment_results"]
    (written,) = re.findall(r"`(select [^`]+)`", description)
    rows = query(
        database,
        """select experiment_id, metric_name, segment_type, segment, kind, control_variant, variant, p_value
        from experiments.experiment_results where p_value is not null""",
    )
    assert len(rows) > 300
    with duckdb.connect(str(database), read_only=True) as connection:
        for experiment, metric, segment_type, segment, kind, *variants, p_value in rows:
            asked = (
                written.replace("'e'", f"'{experiment}'")
                .replace("'m'", f"'{metric}'")
                .replace("segment_type = 'all'", f"segment_type = '{segment_type}'")
                .replace("segment = 'all'", f"segment = '{segment}'")
            )
            found = connection.execute(asked).to_arrow_table().to_pylist()
            sums = {row["variant"]: row for row in found}
            control, treatment = (sums[variant] for variant in variants)
            if kind == "proportion":
                counts = [arm["mean"] * arm["n_mature"] for arm in (treatment, control)]
                _, again = proportions_ztest(counts, [treatment["n_mature"], control["n_mature"]])
            else:
                again = ttest_ind_from_stats(
                    *(
                        figure
                        for arm in (treatment, control)
                        for figure in (arm["mean"], arm["variance"] ** 0.5, arm["n_mature"])
                    ),
                    equal_var=False,
                ).pvalue
            assert p_value == pytest.approx(again, rel=1e-8, abs=1e-300), (experiment, metric)


def test_the_broken_split_is_found_and_located(company):
    database, truth = company
    broken = {e: facts["broken_split_device"] for e, facts in truth.items()}
    (experiment, device), *others = [(e, d) for e, d in broken.items() if d]
    assert not others
    rows = query(
        database,
        """select experiment_id, check_name, place from experiments.experiment_health
        where not is_ok and check_name like 'split%' order by check_name""",
    )
    assert rows == [
        (experiment, "split as planned", ""),
        (experiment, "split within segments", f"device_type {device}"),
    ]
    assert query(
        database,
        f"select verdict, decision from experiments.experiment_verdicts where experiment_id = '{experiment}'",
    ) == [("invalid", "ship")]


def test_a_harmed_guardrail_makes_a_trade_off_of_the_test_that_wins_its_metric(company):
    database, truth = company
    (experiment,) = [e for e, facts in truth.items() if facts["ticket_effect"]]
    rows = query(
        database,
        f"""select role, answer from experiments.int_experiment_answers
        where experiment_id = '{experiment}' order by role""",
    )
    assert rows == [("guardrail", "worse"), ("success", "better")]
    ((verdict, rule),) = query(
        database,
        f"select verdict, rule from experiments.experiment_verdicts where experiment_id = '{experiment}'",
    )
    assert verdict == "trade_off"
    assert re.fullmatch(r"\w+ \+.+ got better, tickets \+.+ got worse", rule)


def test_nothing_without_an_effect_is_shipped(company):
    """The naive rule, ship what is above its control, ships about half of them."""
    database, truth = company
    nulls = [
        e
        for e, facts in truth.items()
        if facts["expected_difference"] == 0 and facts["type"] != "holdout"
    ]
    verdicts = dict(
        query(database, "select experiment_id, verdict from experiments.experiment_verdicts")
    )
    assert not [e for e in nulls if verdicts[e] == "ship"]
    above = query(
        database,
        """select experiment_id from experiments.experiment_results
        where segment_type = 'all' and role = 'success' and difference > 0""",
    )
    assert sum((e,) in above for e in nulls) >= 2


def test_a_metric_declared_late_is_flagged_and_ships_nothing(company):
    database, truth = company
    late = [e for e, facts in truth.items() if facts["success_metric_declared_late"]]
    rows = query(
        database,
        """select distinct experiment_id from experiments.experiment_health
        where check_name = 'declared before the start' and not is_ok""",
    )
    assert [e for (e,) in rows] == late
    assert query(
        database,
        f"select verdict <> 'ship' from experiments.experiment_verdicts where experiment_id = '{late[0]}'",
    ) == [(True,)]


def test_running_experiments_keep_running(company):
    database, truth = company
    running = sorted(e for e, facts in truth.items() if not facts["is_concluded"])
    rows = query(
        database,
        "select experiment_id, verdict, is_final from experiments.experiment_verdicts where ended_at is null order by 1",
    )
    assert rows == [(e, "keep_running", False) for e in running]
    immature = query(
        database,
        "select sum(n) > sum(n_mature) from experiments.experiment_results where not is_final and segment_type = 'all'",
    )
    assert immature == [(True,)]


def test_units_seen_in_several_variants_and_exposures_outside_are_kept_and_left_out(company):
    database, _ = company
    logged = query(database, "select count(*) from staging.stg_experiments__exposures")
    fates = dict(
        query(
            database,
            "select fate, sum(exposure_count)::int from experiments.exposures group by all",
        )
    )
    assert sum(fates.values()) == logged[0][0]
    assert fates["several_variants"] > 100
    assert fates["outside_dates"] > 100
    analysed = query(
        database,
        "select count(*) from experiments.exposures where is_analysed and (variant_count > 1 or fate <> 'analysed')",
    )
    assert analysed == [(0,)]


def test_the_shrunk_ledger_is_nearer_to_the_truth_than_the_observed_lifts(company):
    """Errors in standard errors of each test, so that dollars and shares count alike."""
    database, truth = company
    rows = query(
        database,
        """select experiment_id, observed, effect, standard_error from experiments.int_experiment_effects
        where evidence = 'shrunk'""",
    )
    assert len(rows) >= 20

    def error(column):
        return (
            sum(
                ((row[column] - truth[row[0]]["expected_difference"]) / row[3]) ** 2 for row in rows
            )
            ** 0.5
        )

    assert error(2) < error(1)


def test_the_ledger_credits_less_than_the_lifts_claim_and_nothing_to_the_broken_test(company):
    database, truth = company
    ((observed, credited),) = query(
        database,
        """select sum(observed_revenue)::double, sum(credited_revenue)::double
        from experiments.experiment_ledger where evidence = 'shrunk'""",
    )
    assert 0 < credited < observed
    broken = [e for e, facts in truth.items() if facts["broken_split_device"]]
    assert query(
        database,
        f"""select evidence, max(credited_revenue) from experiments.experiment_ledger
        where experiment_id = '{broken[0]}' group by all""",
    ) == [("invalid", None)]
    shipped = {
        e for e, facts in truth.items() if facts["decision"] == "ship" and facts["is_concluded"]
    }
    # A group held out of a campaign measures the campaign: it is growth's, not a change of the product.
    of_campaigns = query(
        database,
        "select experiment_id from staging.stg_experiments__experiments where campaign_id is not null",
    )
    held_out = {e for e, facts in truth.items() if facts["type"] == "holdout"}
    found = query(database, "select distinct experiment_id from experiments.experiment_ledger")
    assert {e for (e,) in found} == shipped | held_out - {e for (e,) in of_campaigns}
    assert of_campaigns


def test_the_recommender_stands_in_the_ledger_as_its_holdout_measures_it(company):
    """Sales that the recommender adds for those who have it: planted as 0.4 of what they bought."""
    database, truth = company
    (experiment,) = [
        e for e, facts in truth.items() if facts["brand"] == "learn" and facts["type"] == "holdout"
    ]
    ((evidence, credited, low, high, units),) = query(
        database,
        f"""select any_value(evidence), sum(credited_revenue)::double, sum(credited_revenue_low)::double,
            sum(credited_revenue_high)::double, sum(units)
        from experiments.experiment_ledger where experiment_id = '{experiment}'""",
    )
    assert evidence == "measured"
    assert 0 < low < credited < high
    true = (
        credited
        / query(
            database,
            f"select observed from experiments.int_experiment_effects where experiment_id = '{experiment}'",
        )[0][0]
        * truth[experiment]["expected_difference"]
    )
    assert low < true < high
    assert units > 0


EXPERIMENTS = """
experiment_id,brand,experiment_name,hypothesis,owner,experiment_type,unit,minimum_detectable_effect,started_at,ended_at
sound,scoot,Sound,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
no_control,scoot,No control,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
shares,scoot,Shares,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
unknown_metric,scoot,Unknown metric,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
backwards,scoot,Backwards,h,o,ab,visitor,0.1,2026-01-20 00:00:00,2026-01-01 00:00:00
never_exposed,scoot,Never exposed,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
one_unit,scoot,One unit,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
nobody,scoot,Nobody,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
two_controls,scoot,Two controls,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
late_metric,scoot,Late metric,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-01-20 00:00:00
planned,scoot,Planned,h,o,ab,visitor,0.1,2026-06-01 00:00:00,
young,scoot,Young,h,o,ab,visitor,0.1,2026-01-01 00:00:00,2026-02-25 00:00:00
"""


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """The small company with experiments that are wrong, each in one way; nobody buys in them."""
    folder = tmp_path_factory.mktemp("wrong")
    raw = write_small_company(folder / "raw")
    names = [line.split(",")[0] for line in EXPERIMENTS.strip().splitlines()[1:]]
    variants, metrics, exposures = [], [], []
    for name in names:
        variants.append(f"{name},a,{name != 'no_control'},{0.7 if name == 'shares' else 0.5}")
        variants.append(f"{name},b,{name == 'two_controls'},0.5")
        if name == "two_controls":
            variants.append(f"{name},c,False,0.5")
        declared = "2026-01-05" if name == "late_metric" else "2025-12-30"
        metric = "likes" if name == "unknown_metric" else "revenue"
        metrics.append(f"{name},{metric},success,up,,7,{declared} 00:00:00")
        metrics.append(f"{name},average_order_value,exploratory,up,,7,2025-12-30 00:00:00")
        units = {"nobody": 0, "planned": 0, "one_unit": 1}.get(name, 40)
        day = "2026-02-24" if name == "young" else "2026-01-10"
        for arm in {"never_exposed": "a", "two_controls": "abc"}.get(name, "ab"):
            exposures += [
                f"{name}{arm}{i},{name},{arm},,{name}{arm}{i},ios,{day} 00:00:00"
                for i in range(units)
            ]
    for table, header, rows in (
        ("variants", "experiment_id,variant,is_control,traffic_share", variants),
        (
            "metrics",
            "experiment_id,metric_name,role,direction,margin,outcome_days,declared_at",
            metrics,
        ),
        (
            "exposures",
            "exposure_id,experiment_id,variant,customer_id,anonymous_id,device_type,exposed_at",
            exposures,
        ),
    ):
        write_raw(raw, {f"experiments__{table}": [header, *rows]})
    write_raw(raw, {"experiments__experiments": EXPERIMENTS})
    run = build(folder / "warehouse.duckdb", raw, select=AREA, variables={"as_of": "2026-02-28"})
    assert " ERROR=0 " in run.output
    return folder / "warehouse.duckdb"


@pytest.mark.parametrize(
    ("experiment", "check", "says"),
    [
        ("no_control", "has one control", "0 control and 2 treatment variants"),
        ("two_controls", "has one control", "2 control and 1 treatment variants"),
        ("shares", "shares add up to 1", "traffic shares add up to 1.2"),
        (
            "unknown_metric",
            "metric is known",
            "no metric 'likes' in reference.experiment_metrics: add a row for it",
        ),
        ("backwards", "ends after it starts", "from 2026-01-20 00:00:00 to 2026-01-01 00:00:00"),
        ("never_exposed", "every variant was seen", "0 units analysed"),
    ],
)
def test_what_is_wrong_with_an_experiment_is_said_and_makes_it_invalid(
    wrong, experiment, check, says
):
    rows = query(
        wrong,
        f"select detail from experiments.experiment_health where experiment_id = '{experiment}' and check_name = '{check}' and not is_ok",
    )
    assert rows == [(says,)]
    verdicts = query(
        wrong,
        f"select distinct verdict from experiments.experiment_verdicts where experiment_id = '{experiment}'",
    )
    assert verdicts == [("invalid",)]


def test_a_sound_experiment_without_an_answer_says_why(wrong):
    problems = dict(
        ((experiment, metric), problem)
        for experiment, metric, problem in query(
            wrong,
            "select experiment_id, metric_name, problem from experiments.experiment_results where segment_type = 'all'",
        )
    )
    assert problems["sound", "revenue"] == "fewer than 10 of an arm did it"
    assert problems["sound", "average_order_value"] == "a denominator of zero"
    assert problems["one_unit", "revenue"] == "fewer than 30 units in an arm"
    assert "nobody" not in {experiment for experiment, _ in problems}
    rules = dict(query(wrong, "select experiment_id, rule from experiments.experiment_verdicts"))
    assert rules["nobody"].startswith("every variant was seen does not hold")
    assert rules["sound"] == "too little evidence: fewer than 10 of an arm did it"
    assert rules["late_metric"] == "no success metric was declared before the start"


@pytest.mark.parametrize(
    ("experiment", "rule"),
    [
        ("planned", "it has not started"),
        ("young", "the last units' outcome days have not passed"),
    ],
)
def test_what_has_no_outcomes_yet_keeps_running(wrong, experiment, rule):
    rows = query(
        wrong,
        f"select verdict, rule, is_final from experiments.experiment_verdicts where experiment_id = '{experiment}'",
    )
    assert rows == [("keep_running", rule, False)]


def test_no_figure_is_nan_or_infinite(company, wrong):
    for database in (company[0], wrong):
        with duckdb.connect(str(database), read_only=True) as connection:
            for table in ("experiment_metric_stats", "experiment_results", "experiment_health"):
                columns = [
                    name
                    for name, kind, *_ in connection.execute(
                        f"describe experiments.{table}"
                    ).fetchall()
                    if kind == "DOUBLE"
                ]
                wrong_rows = " or ".join(f"not isfinite({column})" for column in columns)
                found = connection.execute(
                    f"select count(*) from experiments.{table} where {wrong_rows}"
                )
                assert found.fetchall() == [(0,)]
