"""One row per metric, grain, period and brand ('all' for the total) that has rows."""


def model(dbt, session):
    import semantic_layer

    dbt.ref("metric_tables")  # the tables under the metrics are built first
    dbt.ref("int_metric_definitions")  # MetricFlow's caches are not made for two threads at once
    (bounds,) = dbt.ref("int_metric_bounds").fetchall()
    return session.sql(semantic_layer.of_this_run().values_sql(*bounds))
