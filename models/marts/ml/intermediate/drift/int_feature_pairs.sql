{%- set registry = ref('feature_registry') -%}
{%- set tables = {
    'payment_risk_features': ref('payment_risk_features'),
    'customer_features': ref('customer_features'),
} -%}
{%- set registered = [] -%}
{%- for row in (
    distinct_rows(registry, ['logged_as', 'table_name', 'column_name']) if execute else []
) if row[0] and row[1] in tables -%}
    {%- do registered.append(
        {'logged_as': row[0], 'table_name': row[1], 'column_name': row[2]}
    ) -%}
{%- endfor -%}
{%- set names = registered | map(attribute='logged_as') | unique(true) | list -%}
{%- set read = case_layers(names) if execute else {} -%}

with predictions as (
    select
        prediction_id,
        model_name,
        model_version,
        entity_type,
        entity_id,
        brand,
        {%- for layer in read.layers %}
        {{ json_texts('features', layer) }} as texts_{{ loop.index0 }},
        {%- endfor %}
        {{ reporting_date('predicted_at') }} as predicted_date
    from {{ ref('predictions') }}
    where use_status = 'used' and features is not null
),

-- A version that never logs a feature has no skew of it.
features as (
    select
        model_name,
        model_version,
        feature_name
    from {{ ref('int_watched_features') }}
),

paired as (
    {%- for feature in registered %}
    {%- set field = read.fields[names.index(feature.logged_as)] %}
    select
        predictions.prediction_id,
        predictions.model_name,
        predictions.model_version,
        '{{ feature.logged_as | replace("'", "''") }}' as feature_name,
        '{{ feature.table_name }}.{{ feature.column_name }}' as computed_by,
        {{ field_at('predictions.texts_' ~ field[0], field[1]) }} as logged_text,
        cast(computed.{{ feature.column_name }} as varchar) as computed_text,
        predictions.predicted_date
    from predictions
    {%- if feature.table_name == 'payment_risk_features' %}
    inner join {{ tables.payment_risk_features }} as computed
        on
            predictions.entity_type = 'payment'
            and predictions.entity_id = computed.payment_id
    {%- else %}
    inner join {{ tables.customer_features }} as computed
        on
            predictions.entity_type = 'customer'
            and predictions.entity_id = computed.customer_id
            and predictions.brand = computed.brand
            and computed.feature_date
            = {{ dbt.dateadd('day', -1, 'predictions.predicted_date') }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        prediction_id,
        model_name,
        model_version,
        '' as feature_name,
        '' as computed_by,
        '' as logged_text,
        '' as computed_text,
        predicted_date
    from predictions
    where false
    {%- endfor %}
),

read as (
    select
        paired.prediction_id,
        paired.model_name,
        paired.model_version,
        paired.feature_name,
        paired.computed_by,
        paired.logged_text,
        paired.computed_text,
        {%- for side in ['logged', 'computed'] %}
        case lower({{ side }}_text)
            when 'true' then 1
            when 'false' then 0
            else {{ as_finite(side ~ '_text') }}
        end as {{ side }},
        {%- endfor %}
        cast({{ dbt.date_trunc('week', 'paired.predicted_date') }} as date)
            as week_start
    from paired
    inner join features
        on
            paired.model_name = features.model_name
            and paired.model_version = features.model_version
            and paired.feature_name = features.feature_name
)

select * from read
