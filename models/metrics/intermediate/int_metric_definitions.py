"""One row per metric of the semantic layer."""


def model(dbt, session):
    import pyarrow as pa
    import semantic_layer

    dbt.ref("metric_tables")  # a change of the metrics' tables changes the definitions
    columns = pa.schema(
        [
            ("metric_name", pa.string()),
            ("label", pa.string()),
            ("label_ko", pa.string()),
            ("description", pa.string()),
            ("synonyms", pa.string()),
            ("owner", pa.string()),
            ("unit", pa.string()),
            ("direction", pa.string()),
            ("kind", pa.string()),
            ("formula", pa.string()),
            ("grains", pa.string()),
            ("projection", pa.string()),
            ("numerator_metric", pa.string()),
            ("denominator_metric", pa.string()),
            ("empty_value", pa.float64()),
            ("is_certified", pa.bool_()),
            ("has_brands", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist(semantic_layer.of_this_run().definitions(), schema=columns)
