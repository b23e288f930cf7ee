{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(
        ref('int_risk_states'), ['payment_id'], ['bit_xor(fingerprint)']
    ) }}",
) }}
{#- What is counted under each key; of what a key is, there is one. -#}
{%- set counted = {
    'card': ['attempts', 'customers', 'devices', 'countries'],
    'device': ['attempts', 'customers', 'cards', 'countries'],
    'address': ['attempts', 'customers', 'cards', 'devices', 'countries'],
    'customer': ['attempts', 'cards', 'devices', 'countries'],
} -%}
{%- set frames = ['1_hour', '1_day', '7_days', '30_days'] -%}

with attempts as (
    select * from {{ ref('int_payment_attempts') }} as arrived
    where {{ is_changed(['payment_id'], 'arrived') }}
),

states as (
    select
        payment_id,
        bit_xor(fingerprint) as fingerprint
    from {{ ref('int_risk_states') }} as arrived
    where {{ is_changed(['payment_id'], 'arrived') }}
    group by payment_id
),
{% for key in counted %}
{{ key }}_windows as (
    select * from {{ ref('int_key_windows') }} as arrived
    where
        key_kind = '{{ key }}'
        and event = 'payment'
        and {{ is_changed(['payment_id'], 'arrived') }}
),
{% endfor %}
features as (
    select
        attempts.payment_id,
        attempts.customer_id,
        {%- for key, names in counted.items() %}
        {%- for name in names %}
        {%- for frame in frames %}
        {{ key }}_windows.{{ name }}_{{ frame }}
            as {{ name }}_per_{{ key }}_{{ frame }},
        {%- endfor %}
        {%- endfor %}
        {{ key }}_windows.declines_30_days as declines_per_{{ key }}_30_days,
        {{ key }}_windows.frauds as frauds_per_{{ key }},
        {%- endfor %}
        customer_windows.paid_orders as orders_before,
        attempts.customer_age_days,
        {{ hours_between(
            'device_windows.first_attempted_at', 'attempts.attempted_at'
        ) }} / 24 as device_age_days,
        cast(attempts.amount as double) / nullif(customer_windows.usual_amount, 0)
            as amount_to_usual,
        attempts.is_card_country_other,
        attempts.is_billing_country_other,
        customer_windows.is_first_use as is_first_use_of_device,
        attempts.attempted_at,
        states.fingerprint
    from attempts
    inner join states on attempts.payment_id = states.payment_id
    {%- for key in counted %}
    left join {{ key }}_windows
        on attempts.payment_id = {{ key }}_windows.payment_id
    {%- endfor %}
)

select * from features
