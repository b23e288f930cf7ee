{{ metric_part(reads=[
    ref('personal_columns'),
    ref('retention_days'),
    ref('erasure_receipts'),
]) }}
