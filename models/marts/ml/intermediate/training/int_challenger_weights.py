"""One row per model, cut-off and term of its challenger, and one for the intercept: what it adds to the log odds."""


def model(dbt, session):
    import challenger

    samples = dbt.ref("int_challenger_samples").order("model_name, cutoff_date, payment_id")
    terms = dbt.ref("int_training_terms").order("model_name, place")
    return challenger.weights(samples.fetch_arrow_table(), terms.fetch_arrow_table())
