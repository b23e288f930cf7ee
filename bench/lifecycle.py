"""Survival of all segments, by the project's SQL and by lifelines, each in its own process.

    python bench/lifecycle.py own <database> <models.json>
    python bench/lifecycle.py lifelines <database>

Both start from customer_lives and end with a Kaplan-Meier curve with its interval for every brand
and segment, and the log-rank test of all segments of a type. lifelines' survival at the last age
and its p-values are held against the project's; a difference stops the bench.
"""

import sys

import duckdb
from own import own

# From the lives on.
MODELS = [
    "int_survival_ages",
    "churn_survival",
    "churn_hazards",
    "int_survival_expectations",
    "int_log_ranks",
    "churn_log_rank",
]
COLUMNS = {"country": "country_code", "channel": "channel", "plan": "plan"}


def lifelines(database: str) -> None:
    """Fits every curve, tests every segment type, and compares with the project's."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    with duckdb.connect(database, read_only=True) as connection:
        connection.execute("set threads = 2; set memory_limit = '4GB'")
        lives = connection.execute(
            """
            select brand, country_code, channel, plan, observed_days, is_churned
            from lifecycle.customer_lives
            where is_first_life and not is_truncated and observed_days is not null
            """
        ).df()
        last = connection.execute(
            """
            select brand, segment_type, segment, max_by(survival, age_days)
            from lifecycle.churn_survival group by all
            """
        ).fetchall()
        tests = connection.execute(
            """
            select brand, segment_type, p_value
            from lifecycle.churn_log_rank where segment = 'all'
            """
        ).fetchall()
    survivals = {(brand, kind, segment): share for brand, kind, segment, share in last}
    p_values = {(brand, kind): p_value for brand, kind, p_value in tests}
    for brand, of_brand in lives.groupby("brand"):
        for kind, column in {"all": None, **COLUMNS}.items():
            parts = [("all", of_brand)] if column is None else list(of_brand.groupby(column))
            for segment, part in parts:
                fitted = KaplanMeierFitter().fit(part["observed_days"], part["is_churned"])
                theirs = fitted.survival_function_.iloc[-1, 0]
                ours = survivals[brand, kind, segment]
                if not abs(theirs - ours) <= 1e-9:
                    sys.exit(f"{brand} {kind} {segment}: survival {ours}, by lifelines {theirs}")
            if len(parts) > 1:
                test = multivariate_logrank_test(
                    of_brand["observed_days"], of_brand[column], of_brand["is_churned"]
                )
                ours = p_values[brand, kind]
                if not abs(test.p_value - ours) <= 1e-7:
                    sys.exit(f"{brand} {kind}: p {ours}, by lifelines {test.p_value}")


if __name__ == "__main__":
    if sys.argv[1] == "own":
        own("lifecycle", MODELS, *sys.argv[2:])
    else:
        lifelines(*sys.argv[2:])
