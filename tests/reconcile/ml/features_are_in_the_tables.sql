-- Why: a registry that names what is not there, or leaves out what is, is worse than none.
-- Threshold: none, row by row, both ways; of the tables of features each column is a feature but its keys.
-- A failure means: reference.features names a column that its table does not have, or a table of features has a column
-- that is not registered.
{% set keys = [
    'payment_id', 'customer_id', 'brand', 'attempted_at', 'feature_date', 'feature_at',
    'fingerprint',
] %}
{%- set whole = {'customer_features': ref('customer_features')} -%}
{%- do whole.update({'payment_risk_features': ref('payment_risk_features')})
    if 'trust' in var('areas') -%}
{%- set tables = dict(whole) -%}
{%- do tables.update({'patient_risk_features': ref('patient_risk_features')})
    if 'care' in var('areas') %}
with built as (
    select
        table_name,
        column_name
    from information_schema.columns
    where
        table_schema in ('ml', 'trust', 'care')
        and table_name in ('{{ tables | join("', '") }}')
),

registered as (
    select
        table_name,
        column_name
    from {{ ref('feature_registry') }}
)

select
    'not in the table' as problem,
    registered.table_name,
    registered.column_name
from registered
left join built
    on
        registered.table_name = built.table_name
        and registered.column_name = built.column_name
where
    registered.table_name in ('{{ tables | join("', '") }}')
    and built.column_name is null
union all
select
    'not registered' as problem,
    built.table_name,
    built.column_name
from built
left join registered
    on
        built.table_name = registered.table_name
        and built.column_name = registered.column_name
where
    built.table_name in ('{{ whole | join("', '") }}')
    and built.column_name not in (
        '{{ keys | join("',
        '") }}'
    )
    and registered.column_name is null
