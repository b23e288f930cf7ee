{#- tests/python/test_metrics.py holds this list against the semantic models. -#}
{%- set tables = [
    'customer_days',
    'customers',
    'dates',
    'mrr_movements',
    'orders',
    'payments',
    'raw_row_days',
    'refunds',
    'sessions',
]
+ (['attributed_conversions', 'campaign_days'] if 'growth' in var('areas') else [])
+ (['experiment_ledger', 'experiment_run_days'] if 'experiments' in var('areas') else [])
+ (
    ['customer_months', 'life_months', 'order_step_months', 'retention_cohorts', 'spend_ranks']
    if 'lifecycle' in var('areas') else []
)
+ (['monitoring_windows'] if 'care' in var('areas') else []) -%}
-- One row per table that a metric is computed from.
with counts as (
    {%- for table in tables %}
    select
        '{{ table }}' as table_name,
        count(*) as row_count
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from counts
