{#- tests/python/test_metrics.py holds this list against the semantic models. -#}
{%- set tables = {
    'active_days': 'core',
    'customers': 'core',
    'dates': 'core',
    'mrr_movements': 'core',
    'orders': 'core',
    'payments': 'core',
    'raw_row_days': 'core',
    'refunds': 'core',
    'sessions': 'core',
} -%}
-- One row per table that a metric is computed from.
with counts as (
    {%- for table, area in tables.items() if area in var('areas') %}
    select
        '{{ table }}' as table_name,
        count(*) as row_count
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from counts
