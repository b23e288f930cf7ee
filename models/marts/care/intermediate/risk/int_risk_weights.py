"""One row per term of the baseline score and one for the intercept: what it adds to the odds."""


def model(dbt, session):
    import risk_score

    training = dbt.ref("int_risk_samples").filter("is_training").order("feature_date, customer_id")
    terms = dbt.config.get("meta")["terms"]
    return risk_score.weights(training.fetch_arrow_table(), terms, "has_diagnosis")
