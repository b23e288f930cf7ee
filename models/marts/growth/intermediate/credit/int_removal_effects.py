"""One row per look-back, brand, month and channel: the share of conversions lost without it."""


def model(dbt, session):
    import markov

    steps = dbt.ref("int_channel_transitions").order("all").fetch_arrow_table()
    return markov.removal_effects_of_groups(steps, ["look_back_days", "brand", "month"])
