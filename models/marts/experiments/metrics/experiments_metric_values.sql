{{ metric_part(reads=[
    ref('experiment_ledger'),
    ref('experiment_run_days'),
]) }}
