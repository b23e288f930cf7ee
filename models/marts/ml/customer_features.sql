{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(
        ref('int_customer_feature_days'),
        ['customer_id', 'brand', 'feature_date'],
        ['bit_xor(fingerprint)']
    ) }}",
) }}
{%- set frames = [7, 30, 90] -%}
{%- set facts = ['order', 'visit', 'contact', 'refund'] -%}

with feature_days as (
    select * from {{ ref('int_customer_feature_days') }} as arrived
    where {{ is_changed(['customer_id', 'brand', 'feature_date'], 'arrived') }}
),

fact_days as (
    select * from {{ ref('int_customer_fact_days') }} as arrived
    where {{ is_changed(['customer_id', 'brand'], 'arrived') }}
),

-- Days with facts, days of features, and those that are both.
moments as (
    select
        coalesce(fact_days.customer_id, feature_days.customer_id) as customer_id,
        coalesce(fact_days.brand, feature_days.brand) as brand,
        fact_days.channel,
        {%- for fact in facts %}
        fact_days.{{ fact }}_count,
        fact_days.{{ fact }}_date,
        {%- endfor %}
        fact_days.revenue,
        fact_days.refund_amount,
        fact_days.channel_date,
        fact_days.created_date,
        coalesce(fact_days.fact_date, feature_days.feature_date) as moment_date,
        feature_days.feature_date,
        feature_days.fingerprint
    from fact_days
    full join feature_days
        on
            fact_days.customer_id = feature_days.customer_id
            and fact_days.brand = feature_days.brand
            and fact_days.fact_date = feature_days.feature_date
),

-- A day's own facts count: the features are those of its end.
summed as (
    select
        customer_id,
        brand,
        max_by(channel, channel_date) over so_far as last_channel,
        {%- for frame in frames %}
        {%- for fact in facts %}
        sum({{ fact }}_count) over last_{{ frame }} as {{ fact }}s_{{ frame }}_days,
        {%- endfor %}
        sum(revenue) over last_{{ frame }} as revenue_{{ frame }}_days,
        sum(refund_amount) over last_{{ frame }} as refund_amount_{{ frame }}_days,
        {%- endfor %}
        {%- for fact in facts %}
        sum({{ fact }}_count) over so_far as {{ fact }}s_so_far,
        max({{ fact }}_date) over so_far as {{ fact }}_date,
        {%- endfor %}
        min(created_date) over so_far as created_date,
        feature_date,
        fingerprint
    from moments
    window
        {%- for frame in frames %}
        last_{{ frame }} as (
            partition by customer_id, brand
            order by moment_date
            range between interval '{{ frame - 1 }} days' preceding and current row
        ),
        {%- endfor %}
        so_far as (
            partition by customer_id, brand
            order by moment_date
            range between unbounded preceding and current row
        )
),

features as (
    select
        customer_id,
        brand,
        coalesce(
            last_channel, case when visits_so_far > 0 then 'direct' else 'none' end
        ) as last_channel,
        {%- for frame in frames %}
        {%- for fact in facts %}
        cast(coalesce({{ fact }}s_{{ frame }}_days, 0) as bigint)
            as {{ fact }}s_{{ frame }}_days,
        {%- endfor %}
        {%- for amount in ['revenue', 'refund_amount'] %}
        cast(coalesce({{ amount }}_{{ frame }}_days, 0) as decimal(24, 6))
            as {{ amount }}_{{ frame }}_days,
        {%- endfor %}
        {%- endfor %}
        {%- for fact in facts %}
        cast(coalesce({{ fact }}s_so_far, 0) as bigint) as {{ fact }}s_so_far,
        {{ dbt.datediff(fact ~ '_date', 'feature_date', 'day') }}
            as days_since_last_{{ fact }},
        {%- endfor %}
        {{ dbt.datediff('created_date', 'feature_date', 'day') }} as tenure_days,
        feature_date,
        {{ first_moment_after('feature_date') }} as feature_at,
        fingerprint
    from summed
    where feature_date is not null
)

select * from features
