"""The tests of all experiments, by the project's SQL and by tea-tasting, each in its own process.

    python bench/experiments.py own <database> <models.json>
    python bench/experiments.py tea_tasting <database>

Both start from what each unit came to (int_experiment_values; the project's also from
int_experiment_outcome_days) and end with the difference and p-values of every treatment and metric
over all units. The project's SQL also makes those by segment, by day of exposure and by day since
it, and the always-valid ones. tea-tasting's p-values are held against the project's; a difference
stops the bench.
"""

import sys

import duckdb
from own import own

# From the units' values on.
MODELS = [
    "int_experiment_places",
    "int_experiment_sums",
    "int_experiment_day_values",
    "int_experiment_days_since",
    "int_experiment_totals",
    "int_experiment_moments",
    "int_experiment_value_ranks",
    "int_experiment_quantiles",
    "int_experiment_stats",
    "int_experiment_arms",
    "int_experiment_comparisons",
    "int_experiment_plain_tests",
    "int_experiment_cuped_fits",
    "int_experiment_cuped_tests",
    "int_experiment_tests",
    "int_experiment_deciding_tests",
    "int_experiment_adjusted_p_values",
    "experiment_results",
    "experiment_days",
]


def units_of(connection: duckdb.DuckDBPyConnection, experiment: str, metrics: list[str]):
    """One row per unit of an experiment, its variant and a column per metric, as a temporary table.

    In DuckDB, which tea-tasting then has aggregate: of an Arrow table of more than 32,768 rows it
    takes means out of the wrong rows.
    """
    columns = ", ".join(
        f"max(case when metric_name = '{metric}' then {column} end)::double as {metric}_{name}"
        for metric in metrics
        for column, name in (
            ("unit_value", "value"),
            ("denominator", "denominator"),
            ("pre_value", "before"),
        )
    )
    connection.execute(
        f"""
        create or replace temporary table units as
        select any_value(exposures.variant) as variant, {columns}
        from experiments.int_experiment_values as unit_values
        inner join experiments.exposures as exposures
            on
                unit_values.population_kind = 'experiment'
                and unit_values.population_id = exposures.experiment_id
                and unit_values.unit_id = exposures.unit_id
        where experiment_id = ?
        group by exposures.unit_id
        """,
        [experiment],
    )
    return connection.table("units")


def tea_tasting(database: str) -> None:
    """Tests every experiment, and compares the p-values with those of experiment_results.

    tea-tasting has one covariate: metrics that we adjust by two are compared without any.
    """
    import tea_tasting

    with duckdb.connect(database, read_only=True) as connection:
        connection.execute("set threads = 2; set memory_limit = '4GB'")
        rows = connection.execute(
            """
            select
                results.experiment_id, results.control_variant, results.variant, results.metric_name, results.kind,
                results.p_value,
                case when metrics.second_covariate is null and results.kind <> 'ratio' then results.cuped_p_value end
            from experiments.experiment_results as results
            inner join reference.experiment_metrics as metrics using (metric_name)
            where results.segment_type = 'all' and results.problem is null and results.kind <> 'quantile'
            order by all
            """
        ).fetchall()
        for experiment, control in sorted({row[:2] for row in rows}):
            tested = [row[2:] for row in rows if row[0] == experiment]
            metrics = {}
            for _, metric, kind, _, cuped in tested:
                if kind == "proportion":
                    metrics[metric] = tea_tasting.Proportion(
                        f"{metric}_value", method="norm", correction=False
                    )
                elif kind == "ratio":
                    metrics[metric] = tea_tasting.RatioOfMeans(
                        f"{metric}_value", f"{metric}_denominator"
                    )
                else:
                    before = f"{metric}_before" if cuped is not None else None
                    metrics[metric] = tea_tasting.Mean(f"{metric}_value", before)
            analysis = tea_tasting.Experiment(metrics, variant="variant").analyze(
                units_of(connection, experiment, sorted(metrics)), control, all_variants=True
            )
            for variant, metric, _, p_value, cuped in tested:
                theirs = analysis[control, variant][metric].pvalue
                ours = p_value if cuped is None else cuped
                if not abs(theirs - ours) <= 1e-9:
                    sys.exit(f"{experiment} {metric}: p {ours}, by tea-tasting {theirs}")


if __name__ == "__main__":
    if sys.argv[1] == "own":
        own("experiments", MODELS, *sys.argv[2:])
    else:
        tea_tasting(*sys.argv[2:])
