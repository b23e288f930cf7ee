{{ metric_part(reads=[
    ref('freshness_days'),
    ref('job_days'),
    ref('run_tests'),
    ref('customer_days'),
    ref('dashboard_use'),
    ref('data_costs'),
    ref('question_days'),
]) }}
