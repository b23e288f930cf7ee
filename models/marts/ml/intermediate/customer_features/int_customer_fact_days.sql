{%- set facts = ['order', 'visit', 'contact', 'refund'] -%}

with known_facts as (
    select * from {{ ref('int_customer_known_facts') }}
),

visits as (
    select * from {{ ref('int_customer_visits') }}
),

consents as (
    select
        person_type,
        person_id,
        purpose,
        is_granted
    from {{ ref('consents') }}
),

first_loads as (
    select
        fact,
        cast(min(arrived_at) as date) as first_load_date
    from known_facts
    group by fact
),

dated as (
    select
        known_facts.customer_id,
        known_facts.brand,
        known_facts.fact,
        known_facts.amount,
        {{ reporting_date('known_facts.happened_at') }} as happened_date,
        {{ reporting_date(known_moment(
            'known_facts.happened_at', 'known_facts.arrived_at',
            'first_loads.first_load_date'
        )) }} as fact_date
    from known_facts
    inner join first_loads on known_facts.fact = first_loads.fact
),

facts as (
    select
        customer_id,
        brand,
        fact,
        cast(null as varchar) as channel,
        1 as fact_count,
        amount,
        happened_date,
        fact_date
    from dated
    union all
    select
        customer_id,
        brand,
        'visit' as fact,
        channel,
        visit_count as fact_count,
        null as amount,
        fact_date as happened_date,
        fact_date
    from visits
),

days as (
    select
        customer_id,
        brand,
        max(channel) as channel,
        {%- for fact in facts %}
        cast(sum(case when fact = '{{ fact }}' then fact_count end) as bigint)
            as {{ fact }}_count,
        max(case when fact = '{{ fact }}' and fact_count > 0 then fact_date end)
            as {{ fact }}_date,
        {%- endfor %}
        cast(sum(case when fact = 'order' then amount end) as decimal(24, 6))
            as revenue,
        cast(sum(case when fact = 'refund' then amount end) as decimal(24, 6))
            as refund_amount,
        max(case when channel is not null then fact_date end) as channel_date,
        min(case when fact = 'created' then happened_date end) as created_date,
        fact_date
    from facts
    where {{ has_consent('features', 'consents', 'customer_id', 'null') }}
    group by customer_id, brand, fact_date
),

with_fingerprint as (
    select
        *,
        {{ row_fingerprint([
            'channel', 'order_count', 'visit_count', 'contact_count', 'refund_count',
            'revenue', 'refund_amount', 'created_date', 'fact_date'
        ]) }} as fingerprint
    from days
)

select * from with_fingerprint
