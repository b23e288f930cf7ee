"""Tests of experiments through the marts' own SQL, against the libraries: reference numbers, random sets, large means."""

import csv
import json

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import tea_tasting
from scipy import stats
from simulated_arms import NO_LOOKS, NO_PAST
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from warehouse import PROJECT, SETS, build, query

PAIRS = (
    "denominator",
    "pre",
    "second_pre",
    "denominator_pre",
    "denominator_second_pre",
    "both_pre",
)
# The units of these tests say nothing of days.
NO_DAYS_SINCE = f"""create table experiments.int_experiment_days_since as
    select null::varchar as experiment_id, null::varchar as variant, null::varchar as phase, null::varchar as metric_name,
        null::bigint as days_since_exposure,
        {", ".join(f"null::decimal(38, 6) as {name}total" for name in ("", "denominator_", "pre_", "second_pre_"))},
        {", ".join(f"null::decimal(38, 12) as {name}squares" for name in ("", "denominator_", "pre_", "second_pre_"))},
        {", ".join(f"null::decimal(38, 12) as {name}_products" for name in PAIRS)},
        null::bigint as n_converted, null::bigint as n_converted_before
    where false"""
# None of the metrics is a quantile.
NO_QUANTILES = """create table reference.experiment_metrics as
    select null::varchar as metric_name, null::varchar as kind, null::double as quantile where false"""
MEASURES = """create table experiments.int_experiment_measures as
    select *, 'experiment' as population_kind, experiment_id as population_id
    from experiments.int_experiment_plans"""
REFERENCE = PROJECT / "tests" / "python" / "reference"
FROM_UNITS = (
    "int_experiment_places int_experiment_sums int_experiment_totals int_experiment_moments int_experiment_value_ranks "
    "int_experiment_quantiles int_experiment_stats int_experiment_arms int_experiment_comparisons "
    "int_experiment_plain_tests int_experiment_cuped_fits int_experiment_cuped_tests"
)
MODELS = (
    f"{FROM_UNITS} experiment_metric_stats int_experiment_tests int_experiment_deciding_tests "
    "int_experiment_adjusted_p_values experiment_results"
)
KINDS = {
    "revenue": "mean",
    "conversion": "proportion",
    "orders_per_session": "ratio",
}


def reference_users():
    """Variant -> metric -> (values, denominators, values before) of the reference users."""
    rows = list(csv.DictReader((REFERENCE / "experiment_users.csv").open()))

    def column(name, variant):
        return np.array([float(row[name]) for row in rows if row["variant"] == variant])

    return {
        variant: {
            "revenue": (column("revenue", variant), None, column("pre_revenue", variant)),
            "conversion": (column("converted", variant), None, None),
            "orders_per_session": (column("orders", variant), column("sessions", variant), None),
        }
        for variant in ("control", "treatment")
    }


def random_users(random, mean):
    """Like the reference users, with an effect of any sign; `mean` is how many spreads it is from 0."""
    arms = {}
    for variant, n in zip(("control", "treatment"), random.integers(30, 400, 2), strict=True):
        before = random.normal(mean, 1, n).round(6)
        revenue = (before + random.normal(random.uniform(-1, 1), 1, n)).round(6)
        sessions = random.poisson(4, n) + 1.0
        arms[variant] = {
            "revenue": (revenue, None, before),
            "conversion": ((random.random(n) < random.uniform(0.05, 0.95)) * 1.0, None, None),
            "orders_per_session": (random.binomial(9, 0.2, n) * 1.0, sessions, None),
        }
    return arms


@pytest.fixture(scope="module")
def sets():
    random = np.random.default_rng(7)
    drawn = {
        f"random_{i:03}": random_users(random, 10.0 ** random.integers(0, 7)) for i in range(SETS)
    }
    return {"reference": reference_users()} | drawn


def table(rows, names):
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def write_units(database, sets):
    """The tests' own units in the place of those of exposures and outcomes; all metrics decide."""
    units, values = [], []
    for experiment, arms in sets.items():
        for variant, metrics in arms.items():
            n = len(next(iter(metrics.values()))[0])
            ids = [f"{variant}{i}" for i in range(n)]
            units += [(experiment, unit, variant) for unit in ids]
            for metric, columns in metrics.items():
                numbers = [[None] * n if c is None else c.tolist() for c in columns]
                values += list(zip([experiment] * n, [metric] * n, ids, *numbers, strict=True))
    units = table(units, ["experiment_id", "unit_id", "variant"])
    values = table(
        values,
        ["experiment_id", "metric_name", "unit_id", "unit_value", "denominator", "pre_value"],
    )
    kinds = table(list(KINDS.items()), ["metric_name", "kind"])
    with duckdb.connect(str(database)) as connection:
        connection.register("units", units)
        connection.register("unit_values", values)
        connection.register("kinds", kinds)
        for statement in (
            "create schema experiments",
            "create schema staging",
            """create table staging.stg_experiments__variants as
            select distinct experiment_id, variant, variant = 'control' as is_control, 0.5 as traffic_share from units""",
            """create table experiments.int_experiment_units as
            select * rename (experiment_id as population_id), 'experiment' as population_kind, 'ios' as device_type,
                'KR' as country_code, 'new' as customer_type, 'as planned' as phase, date '2026-01-01' as exposed_date
            from units""",
            """create table experiments.int_experiment_values as
            select 'experiment' as population_kind, experiment_id as population_id, metric_name, unit_id,
                unit_value::decimal(18, 6) as unit_value,
                denominator::decimal(18, 6) as denominator, pre_value::decimal(18, 6) as pre_value,
                null::decimal(18, 6) as second_pre_value
            from unit_values""",
            """create table experiments.int_experiment_plans as
            select distinct experiment_id, metric_name, kind, 'success' as role, 'up' as direction,
                null::double as margin, true as is_known_metric, true as is_predeclared, true as is_final
            from unit_values inner join kinds using (metric_name)""",
            MEASURES,
            NO_DAYS_SINCE,
            *NO_LOOKS,
            NO_QUANTILES,
        ):
            connection.execute(statement)


def nothing_happens(n):
    """A control of n units that buys, and a treatment in which nobody does anything."""
    random = np.random.default_rng(n)
    zeros = np.zeros(n)
    return {
        "control": {
            "revenue": (random.gamma(2, 10, n).round(2), None, random.gamma(2, 10, n).round(2)),
            "conversion": ((np.arange(n) % 2) * 1.0, None, None),
            "orders_per_session": (np.ones(n), np.ones(n) + np.arange(n) % 3, None),
        },
        "treatment": {
            "revenue": (zeros, None, zeros),
            "conversion": (zeros, None, None),
            "orders_per_session": (zeros, zeros, None),
        },
    }


@pytest.fixture(scope="module")
def built(sets, tmp_path_factory):
    database = tmp_path_factory.mktemp("experiments") / "warehouse.duckdb"
    write_units(database, sets | {f"nothing_{n}": nothing_happens(n) for n in range(2, 61)})
    build(
        database,
        command="run",
        select=MODELS,
        variables={"least_units": 2, "least_converters": 1},
    )
    return database


@pytest.fixture(scope="module")
def results(built):
    """(experiment, metric) -> column -> value."""
    with duckdb.connect(str(built), read_only=True) as connection:
        found = connection.execute(
            "select * from experiments.experiment_results where segment_type = 'all'"
        )
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["experiment_id"], row["metric_name"]): row for row in rows}


def close(value, rel=1e-9):
    return pytest.approx(value, rel=rel)


def test_reference_numbers(results):
    expected = json.loads((REFERENCE / "experiments.json").read_text())
    revenue = results["reference", "revenue"]
    welch = expected["welch_revenue"]
    for ours, theirs in (
        ("difference", "difference"),
        ("t", "t"),
        ("df", "df"),
        ("p_value", "p_value"),
    ):
        assert revenue[ours] == close(welch[theirs])
    assert [revenue["difference_low"], revenue["difference_high"]] == close(welch["ci95"])
    lift = expected["relative_lift_first_order_delta"]
    assert revenue["relative_lift"] == close(lift["lift"])
    assert [revenue["relative_lift_low"], revenue["relative_lift_high"]] == close(lift["ci95"])
    assert revenue["relative_lift_p_value"] == close(lift["p_value"])
    cuped = expected["cuped_revenue_on_pre_revenue"]
    assert revenue["cuped_difference"] == close(cuped["difference"])
    assert revenue["cuped_p_value"] == close(cuped["p_value"])
    assert [revenue["cuped_difference_low"], revenue["cuped_difference_high"]] == close(
        cuped["ci95"]
    )
    always = expected["always_valid_revenue_asymptotic_cs"]
    assert [revenue["always_valid_low"], revenue["always_valid_high"]] == close(always["ci95"])
    assert revenue["always_valid_p_value"] == close(always["p_value"])
    conversion, share = (
        results["reference", "conversion"],
        expected["proportion_converted_pooled_z"],
    )
    assert (conversion["t"], conversion["p_value"]) == close((share["z"], share["p_value"]))
    wald = 1.959963984540054 * conversion["standard_error"]
    assert [conversion["difference"] - wald, conversion["difference"] + wald] == close(
        share["wald_unpooled_ci95"]
    )
    better = expected["bayes_beta_1_1_converted_probability_treatment_better"]["value"]
    assert conversion["probability_better"] == close(better)
    ratio, delta = (
        results["reference", "orders_per_session"],
        expected["ratio_orders_per_session_delta_method"],
    )
    assert ratio["difference"] == close(delta["difference"])
    assert ratio["p_value"] == close(delta["p_value_welch_satterthwaite"])
    assert [ratio["difference_low"], ratio["difference_high"]] == close(delta["ci95"])


def test_random_means_are_scipys_welch(results, sets):
    for experiment, arms in sets.items():
        control, treatment = (arms[variant]["revenue"][0] for variant in ("control", "treatment"))
        library = stats.ttest_ind(treatment, control, equal_var=False)
        interval = tuple(library.confidence_interval())
        ours = results[experiment, "revenue"]
        assert (ours["t"], ours["df"], ours["p_value"]) == close(
            (library.statistic, library.df, library.pvalue), rel=1e-8
        )
        # an end of an interval can be anywhere near 0: what a mean is rounded to
        rounding = 8 * np.spacing(np.abs(treatment).max())
        assert (ours["difference_low"], ours["difference_high"]) == pytest.approx(
            interval, rel=1e-9, abs=rounding
        )


def test_random_shares_are_statsmodels_pooled_z(results, sets):
    for experiment, arms in sets.items():
        treatment, control = (
            arms[variant]["conversion"][0] for variant in ("treatment", "control")
        )
        z, p_value = proportions_ztest(
            [treatment.sum(), control.sum()], [len(treatment), len(control)]
        )
        ours = results[experiment, "conversion"]
        assert (ours["t"], ours["p_value"]) == close((z, p_value))


def test_random_shares_have_statsmodels_newcombe_intervals_and_lifts_of_the_log_ratio(
    results, sets
):
    for experiment, arms in sets.items():
        (count, n), (other, other_n) = (
            (arms[variant]["conversion"][0].sum(), len(arms[variant]["conversion"][0]))
            for variant in ("treatment", "control")
        )
        ours = results[experiment, "conversion"]
        newcombe, ratio = (
            confint_proportions_2indep(count, n, other, other_n, compare=compare, method=method)
            for compare, method in (("diff", "newcomb"), ("ratio", "log"))
        )
        assert (ours["difference_low"], ours["difference_high"]) == pytest.approx(
            newcombe, rel=1e-9, abs=1e-12
        )
        assert (ours["deciding_lift_low"] + 1, ours["deciding_lift_high"] + 1) == close(ratio)


def test_random_lifts_of_positive_means_are_those_of_the_log_ratio(results, sets):
    found = 0
    for experiment, arms in sets.items():
        x, y = (arms[variant]["revenue"][0] for variant in ("treatment", "control"))
        ours = results[experiment, "revenue"]
        if min(x.mean(), y.mean()) <= 0:
            assert ours["deciding_lift_low"] == ours["relative_lift_low"]
            continue
        spread = (
            x.var(ddof=1) / len(x) / x.mean() ** 2 + y.var(ddof=1) / len(y) / y.mean() ** 2
        ) ** 0.5
        reach = stats.t.ppf(0.975, ours["df"]) * min(spread, 50)  # beyond it, it may be anything
        assert (ours["deciding_lift_low"] + 1, ours["deciding_lift_high"] + 1) == close(
            (x.mean() / y.mean() * np.exp(-reach), x.mean() / y.mean() * np.exp(reach)), rel=1e-8
        )
        found += 1
    assert found > 0.2 * SETS


def test_random_differences_between_segments_are_statsmodels_cochrans_q(tmp_path):
    random = np.random.default_rng(17)
    drawn = {
        f"random_{i:03}": (random.normal(0, 1, k), random.uniform(0.1, 2, k))
        for i, k in enumerate(random.integers(2, 9, SETS))
    }
    rows = [
        ("e", name, f"segment {number}", difference, error)
        for name, (differences, errors) in drawn.items()
        for number, (difference, error) in enumerate(
            zip(differences.tolist(), errors.tolist(), strict=True)
        )
    ]
    tests = table(rows, ["experiment_id", "metric_name", "place", "difference", "standard_error"])
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("tests", tests)
        connection.execute("create schema experiments")
        connection.execute(
            """create table experiments.int_experiment_tests as
            select *, 'treatment' as variant, 'country' as place_type, 1.0::double as caution, null::varchar as problem
            from tests"""
        )
    build(database, command="run", select="experiment_segment_differences")
    found = query(
        database,
        """select metric_name, mean_difference, cochran_q, p_value, p_value_adjusted
        from experiments.experiment_segment_differences order by metric_name""",
    )
    p_values = []
    for (name, mean, q, p_value, _), (differences, errors) in zip(
        found, drawn.values(), strict=True
    ):
        library = combine_effects(differences, errors**2)
        p_values.append(stats.chi2.sf(library.q, len(errors) - 1))
        assert (mean, q, p_value) == close((library.mean_effect_fe, library.q, p_values[-1])), name
    assert [row[-1] for row in found] == close(multipletests(p_values, method="fdr_bh")[1].tolist())


def test_random_phases_are_put_together_as_by_hand(tmp_path):
    """Arms of three phases of unlike shares: weights n_c n_t / (n_c + n_t), the same in both arms."""
    random = np.random.default_rng(19)
    drawn, rows = {}, []
    for number in range(SETS):
        drawn[str(number)] = phases = []
        for phase in range(random.integers(1, 4)):
            ns, means, variances = (
                random.integers(2, 900, 2).tolist(),
                random.normal(5, 3, 2).tolist(),
                random.uniform(0.5, 9, 2).tolist(),
            )
            phases.append((ns, means, variances))
            rows += [
                (str(number), variant, f"phase {phase}", n, mean, variance)
                for variant, n, mean, variance in zip(
                    ("control", "treatment"), ns, means, variances, strict=True
                )
            ]
    made = table(rows, ["population_id", "variant", "phase", "n", "mean", "variance"])
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("made", made)
        for statement in (
            "create schema experiments",
            "create schema staging",
            f"""create table experiments.int_experiment_stats as
            select *, 'experiment' as population_kind, 'm' as metric_name, 'mean' as kind, 'all' as place_type, 'all' as place,
                n as n_mature, n as n_converted, 0 as n_converted_before, {NO_PAST} from made""",
            """create table staging.stg_experiments__variants as
            select distinct population_id as experiment_id, variant, variant = 'control' as is_control from made""",
        ):
            connection.execute(statement)
    build(database, command="run", select="int_experiment_arms int_experiment_comparisons")
    found = query(
        database,
        """select experiment_id, control_value, treatment_value, difference, standard_error, n_mature
        from experiments.int_experiment_comparisons""",
    )
    assert len(found) == SETS
    for experiment, *ours in found:
        ns, means, variances = (np.array(part) for part in zip(*drawn[experiment], strict=True))
        weights = ns.prod(axis=1) / ns.sum(axis=1)
        weights = weights / weights.sum()
        control, treatment = weights @ means
        error = (weights**2 @ (variances / ns)).sum() ** 0.5
        assert ours == close([control, treatment, treatment - control, error, ns.sum()]), experiment


def test_random_ratios_and_cuped_are_tea_tastings(results, sets):
    experiment = tea_tasting.Experiment(
        ratio=tea_tasting.RatioOfMeans("orders", "sessions"),
        cuped=tea_tasting.Mean("revenue", covariate="before"),
    )
    compared = 0
    for name, arms in sets.items():
        if arms["control"]["revenue"][0].mean() > 1000:
            continue  # its sums of squares lose the spread around a large mean
        users = pa.concat_tables(
            pa.table(
                {
                    "variant": [index] * len(metrics["revenue"][0]),
                    "revenue": metrics["revenue"][0],
                    "before": metrics["revenue"][2],
                    "orders": metrics["orders_per_session"][0],
                    "sessions": metrics["orders_per_session"][1],
                }
            )
            for index, metrics in enumerate((arms["control"], arms["treatment"]))
        ).combine_chunks()
        library = experiment.analyze(users)
        ratio, cuped = library["ratio"], library["cuped"]
        ours = results[name, "orders_per_session"]
        assert (ours["difference"], ours["t"], ours["p_value"]) == close(
            (ratio.effect_size, ratio.statistic, ratio.pvalue)
        )
        assert (ours["difference_low"], ours["difference_high"]) == pytest.approx(
            (ratio.effect_size_ci_lower, ratio.effect_size_ci_upper), rel=1e-9, abs=1e-12
        )
        ours = results[name, "revenue"]
        assert (ours["cuped_difference"], ours["cuped_p_value"]) == close(
            (cuped.effect_size, cuped.pvalue), rel=1e-8
        )
        compared += 1
    assert compared > 0.3 * SETS


def test_random_cuped_around_large_means_is_numpys(results, sets):
    """The same formula over centred numbers, since libraries lose them."""
    for name, arms in sets.items():
        (y0, _, x0), (y1, _, x1) = (arms[v]["revenue"] for v in ("control", "treatment"))
        y, x = np.concatenate([y0, y1]), np.concatenate([x0, x1])
        theta = np.cov(y, x)[0, 1] / np.var(x, ddof=1)
        left0, left1 = (
            y0 - y.mean() - theta * (x0 - x.mean()),
            y1 - y.mean() - theta * (x1 - x.mean()),
        )
        library = stats.ttest_ind(left1, left0, equal_var=False)
        ours = results[name, "revenue"]
        assert ours["cuped_p_value"] == close(library.pvalue, rel=1e-7)
        reduction = 1 - (np.var(left0, ddof=1) / len(y0) + np.var(left1, ddof=1) / len(y1)) / (
            np.var(y0, ddof=1) / len(y0) + np.var(y1, ddof=1) / len(y1)
        )
        assert ours["variance_reduction"] == close(reduction, rel=1e-7)


def test_what_is_nothing_is_exactly_nothing(built, results):
    """No mean or variance is left over from rounding, which would be told as a certain effect."""
    rows = query(
        built,
        """select mean, variance, pre_mean, pre_variance, denominator_mean from experiments.experiment_metric_stats
        where experiment_id like 'nothing%' and variant = 'treatment' and segment_type = 'all'""",
    )
    assert len(rows) == 59 * 3
    assert {value for row in rows for value in row} == {0.0, None}
    for n in range(2, 61):
        for metric in ("revenue", "conversion"):
            nothing = results[f"nothing_{n}", metric]
            assert (nothing["treatment_value"], nothing["p_value"]) == (0, None)
            assert nothing["problem"] == "fewer than 1 of an arm did it"
        ratio = results[f"nothing_{n}", "orders_per_session"]
        assert (ratio["problem"], ratio["p_value"]) == ("a denominator of zero", None)


def test_the_naive_sums_of_squares_lose_the_spread_around_a_large_mean(built, results, sets):
    """What many pipelines keep: n, sum and sum of squares."""
    naive = query(
        built,
        """select population_id, variant, (sum(unit_value::double * unit_value::double) - sum(unit_value::double) * sum(unit_value::double) / count(*)) / (count(*) - 1)
        from experiments.int_experiment_values inner join experiments.int_experiment_units using (population_id, unit_id)
        where metric_name = 'revenue' group by all""",
    )
    ours = dict(
        ((e, v), variance)
        for e, v, variance in query(
            built,
            "select experiment_id, variant, variance from experiments.experiment_metric_stats where metric_name = 'revenue' and segment_type = 'all'",
        )
    )
    worst_naive = worst = 0.0
    for experiment, variant, variance in naive:
        if experiment not in sets:
            continue
        true = np.var(sets[experiment][variant]["revenue"][0], ddof=1)
        worst_naive = max(worst_naive, abs(variance / true - 1))
        worst = max(worst, abs(ours[experiment, variant] / true - 1))
    assert worst < 1e-9 < 1e-3 < worst_naive


@pytest.fixture(scope="module")
def many_tests():
    """Experiment -> (p-values, what they are of): of treatments of the success metric (all), or of segments."""
    reference = json.loads((REFERENCE / "experiments.json").read_text())["multiple_testing"]
    random = np.random.default_rng(3).beta(0.3, 1, 40).tolist()
    return {
        "reference holm": (reference["p_values"], "all"),
        "reference benjamini_hochberg": (reference["p_values"], "country"),
        "random holm": (random, "all"),
        "random benjamini_hochberg": (random, "country"),
        "exploratory": ([0.01, 0.04], "all"),
    }


@pytest.fixture(scope="module")
def adjusted(many_tests, tmp_path_factory):
    """(experiment, metric) -> the adjusted p-values of experiment_results, in the order of many_tests."""
    rows = []
    for experiment, (p_values, segment_type) in many_tests.items():
        for number, p_value in enumerate(p_values):
            place = f"place_{number:02}"
            of_all = segment_type == "all"
            rows.append(
                (
                    experiment,
                    place if of_all else "treatment",
                    "m",
                    segment_type,
                    "all" if of_all else place,
                    p_value,
                )
            )
            if experiment == "exploratory":
                rows.append((experiment, place, "long", "all", "all", p_value))
    cases = table(
        rows, ["experiment_id", "variant", "metric_name", "place_type", "place", "p_value"]
    )
    nothing = ", ".join(
        f"null::double as {column}"
        for column in [
            "control_value",
            "treatment_value",
            "difference",
            "difference_low",
            "difference_high",
            "relative_lift",
            "relative_lift_low",
            "relative_lift_high",
            "relative_lift_p_value",
            "log_lift_low",
            "log_lift_high",
            "standard_error",
            "caution",
            "t",
            "df",
            "probability_better",
            "cuped_difference",
            "cuped_difference_low",
            "cuped_difference_high",
            "cuped_p_value",
            "cuped_df",
            "cuped_standard_error",
            "variance_reduction",
            "always_valid_low",
            "always_valid_high",
            "always_valid_p_value",
            "minimum_detectable_effect",
        ]
    )
    database = tmp_path_factory.mktemp("adjusted") / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("cases", cases)
        connection.execute("create schema experiments")
        connection.execute(
            f"""create table experiments.int_experiment_tests as
            select *, 'mean' as kind, 'control' as control_variant, null::varchar as problem,
                2::bigint as n, 2::bigint as n_mature, {nothing} from cases"""
        )
        for statement in NO_LOOKS:
            connection.execute(statement)
        connection.execute(
            """create table experiments.int_experiment_plans as
            select distinct experiment_id, metric_name, if(metric_name = 'm', 'success', 'exploratory') as role,
                'up' as direction, null::double as margin, true as is_predeclared, metric_name = 'm' as is_final from cases"""
        )
    build(
        database,
        command="run",
        select="int_experiment_deciding_tests int_experiment_adjusted_p_values experiment_results",
    )
    found = {}
    for experiment, metric, value in query(
        database,
        """select experiment_id, metric_name, p_value_adjusted from experiments.experiment_results
        order by experiment_id, metric_name, variant, segment""",
    ):
        found.setdefault((experiment, metric), []).append(value)
    return found


@pytest.mark.parametrize(("method", "name"), [("holm", "holm"), ("fdr_bh", "benjamini_hochberg")])
def test_many_p_values_are_adjusted_as_statsmodels_does(many_tests, adjusted, method, name):
    expected = json.loads((REFERENCE / "experiments.json").read_text())["multiple_testing"]
    assert adjusted[f"reference {name}", "m"] == close(expected[name])
    library = multipletests(many_tests[f"random {name}"][0], method=method)[1].tolist()
    assert adjusted[f"random {name}", "m"] == close(library)


def test_a_long_exploratory_metric_keeps_no_verdict_waiting(adjusted):
    """The success metric's outcomes are in: its own p-values decide, as the verdict does."""
    assert adjusted["exploratory", "m"] == close([0.02, 0.04])
    assert adjusted["exploratory", "long"] == [None, None]


def test_splits_are_tested_by_chi_square(tmp_path):
    expected = json.loads((REFERENCE / "experiments.json").read_text())
    random = np.random.default_rng(11)
    plans = {
        "three": ([4400, 4600, 1000], [0.45, 0.45, 0.1]),
        "two": ([120, 80], [0.5, 0.5]),
    } | {
        f"random_{i}": (random.integers(20, 500, 3).tolist(), random.dirichlet([5, 5, 5]).tolist())
        for i in range(SETS)
    }
    variants = table(
        [
            (e, f"v{i}", i == 0, share)
            for e, (_, shares) in plans.items()
            for i, share in enumerate(shares)
        ],
        ["experiment_id", "variant", "is_control", "traffic_share"],
    )
    counts = table(
        [(e, f"v{i}", n) for e, (ns, _) in plans.items() for i, n in enumerate(ns)],
        ["experiment_id", "variant", "n"],
    )
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("variants", variants)
        connection.register("counts", counts)
        for statement in (
            "create schema experiments",
            "create schema staging",
            "create schema reference",
            """create table reference.experiment_shares as
            select null::varchar as experiment_id, null::varchar as variant, null::timestamp as valid_from,
                null::double as traffic_share where false""",
            "create table staging.stg_experiments__variants as from variants",
            """create table experiments.int_experiment_places as
            select 'experiment' as population_kind, experiment_id as population_id, variant,
                'as planned' as phase, 'all' as place_type, 'all' as place, date '2026-01-01' as exposed_date, n from counts""",
        ):
            connection.execute(statement)
    build(database, command="run", select="int_experiment_split_units int_experiment_splits")
    found = {
        experiment: figures
        for experiment, *figures in query(
            database,
            "select experiment_id, chi_square, p_value from experiments.int_experiment_splits where is_whole",
        )
    }
    assert found["three"] == close(list(expected["srm_4400_4600_1000_expected_45_45_10"].values()))
    for experiment, (ns, shares) in plans.items():
        library = stats.chisquare(ns, np.array(shares) * sum(ns))
        assert found[experiment] == close([library.statistic, library.pvalue])
