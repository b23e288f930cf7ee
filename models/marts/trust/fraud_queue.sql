{%- set places = ['first', 'second', 'third'] -%}

with queued as (
    select * from {{ ref('int_queued_payments') }}
),
{%- for name in places %}

{{ name }}_reasons as (
    select * from {{ ref('int_queue_reasons') }}
    where place = {{ loop.index }}
),
{%- endfor %}

queue as (
    select
        queued.payment_id,
        queued.order_id,
        queued.customer_id,
        queued.brand,
        queued.country_code,
        queued.model_name,
        queued.model_version,
        queued.chance_basis,
        {%- for name in places %}
        {{ name }}_reasons.feature as {{ name }}_feature,
        {{ name }}_reasons.sentence as {{ name }}_sentence,
        {{ name }}_reasons.sentence_ko as {{ name }}_sentence_ko,
        {%- endfor %}
        queued.queue_rank,
        queued.amount_at_risk,
        queued.expected_loss,
        queued.score,
        queued.fraud_chance,
        {%- for name in places %}
        {{ name }}_reasons.value as {{ name }}_value,
        {{ name }}_reasons.fraud_share as {{ name }}_fraud_share,
        {%- endfor %}
        coalesce(queued.is_flagged, false) as is_flagged,
        queued.attempted_at
    from queued
    left join first_reasons on queued.payment_id = first_reasons.payment_id
    left join second_reasons on queued.payment_id = second_reasons.payment_id
    left join third_reasons on queued.payment_id = third_reasons.payment_id
)

select * from queue
