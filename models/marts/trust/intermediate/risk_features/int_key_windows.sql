{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(ref('int_key_events'), ['key_kind', 'key_value']) }}",
) }}
{#- The frames of the features, each with the time that it reaches back. -#}
{%- set frames = {
    '1_hour': '1 hour', '1_day': '1 day', '7_days': '7 days', '30_days': '30 days',
} -%}
{%- set names = [
    'declines_30_days', 'frauds', 'paid_orders',
    'attempts_1_hour', 'attempts_1_day', 'attempts_7_days', 'attempts_30_days',
    'customers_1_hour', 'customers_1_day', 'customers_7_days', 'customers_30_days',
    'cards_1_hour', 'cards_1_day', 'cards_7_days', 'cards_30_days',
    'devices_1_hour', 'devices_1_day', 'devices_7_days', 'devices_30_days',
    'countries_1_hour', 'countries_1_day', 'countries_7_days', 'countries_30_days',
] -%}

-- A key is built again as a whole when anything changes about one of its payments.
with events as (
    select * from {{ ref('int_key_events') }} as arrived
    where {{ is_changed(['key_kind', 'key_value'], 'arrived') }}
),

-- Payments of the same microsecond are not before each other.
placed as (
    select
        *,
        sum(paid_amount) over same_currency as paid_amount_before,
        count(paid_amount) over same_currency as paid_count_before,
        count(attempt_id) over same_device as uses_of_device
    from events
    window
        same_currency as (
            partition by key_kind, key_value, currency
            order by happened_at
            range between unbounded preceding and interval '1 microsecond' preceding
        ),
        same_device as (
            partition by key_kind, key_value, device_id
            order by happened_at
            range between unbounded preceding and interval '1 microsecond' preceding
        )
),

windows as (
    select
        key_kind,
        key_value,
        event,
        payment_id,
        device_id,
        {%- for frame in frames %}
        count(attempt_id) over last_{{ frame }} as attempts_{{ frame }},
        {{ count_distinct_over('customer_id', 'last_' ~ frame) }}
            as customers_{{ frame }},
        {{ count_distinct_over('card_id', 'last_' ~ frame) }} as cards_{{ frame }},
        {{ count_distinct_over('device_id', 'last_' ~ frame) }} as devices_{{ frame }},
        {{ count_distinct_over('country_code', 'last_' ~ frame) }}
            as countries_{{ frame }},
        {%- endfor %}
        count(declined_id) over last_30_days as declines_30_days,
        coalesce(sum(fraud_change) over earlier, 0) as frauds,
        {{ count_distinct_over('paid_order_id', 'earlier') }} as paid_orders,
        uses_of_device,
        cast(paid_amount_before as double) / nullif(paid_count_before, 0)
            as usual_amount,
        min(attempted_at) over earlier as first_attempted_at,
        happened_at,
        fingerprint
    from placed
    window
        {%- for frame, length in frames.items() %}
        last_{{ frame }} as (
            partition by key_kind, key_value
            order by happened_at
            range between interval '{{ length }}' preceding
            and interval '1 microsecond' preceding
        ),
        {%- endfor %}
        earlier as (
            partition by key_kind, key_value
            order by happened_at
            range between unbounded preceding and interval '1 microsecond' preceding
        )
),

-- Half as wide: there are as many rows as payments have keys.
narrowed as (
    select
        key_kind,
        key_value,
        event,
        payment_id,
        {%- for name in names %}
        cast({{ name }} as integer) as {{ name }},
        {%- endfor %}
        case when device_id is not null then uses_of_device = 0 end as is_first_use,
        usual_amount,
        first_attempted_at,
        happened_at,
        fingerprint,
        {{ row_fingerprint(
            ['key_kind', 'payment_id', 'device_id', 'uses_of_device', 'usual_amount',
            'first_attempted_at'] + names
        ) }} as features_fingerprint
    from windows
)

select * from narrowed
