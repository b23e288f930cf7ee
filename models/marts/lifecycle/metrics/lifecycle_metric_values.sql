{{ metric_part(reads=[
    ref('customer_months'),
    ref('life_months'),
    ref('order_step_months'),
    ref('retention_cohorts'),
    ref('spend_ranks'),
]) }}
