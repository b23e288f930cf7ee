-- Why: every other test of this folder is content when two tables are empty.
-- Threshold: one row. Only for the demo company; a user may well have no payments or subscriptions.
-- A failure means: a core table came out empty although the demo fills it.
{% set tables = [
    'customers', 'products', 'product_versions', 'brands', 'dates', 'country_dates', 'orders', 'order_items',
    'payments', 'predictions', 'refunds', 'mrr_movements', 'raw_row_days', 'events', 'sessions', 'customer_days',
    'tracking_plan_checks', 'customer_identities', 'orphaned_rows',
] %}
with counts as (
    {%- for table in tables %}
    select
        '{{ table }}' as table_name,
        count(*) as row_count
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from counts
where row_count = 0 and {{ 'false' if env_var('GROUNDWORK_RAW', '') else 'true' }}
