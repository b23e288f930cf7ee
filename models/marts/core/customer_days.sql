{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(
        ref('int_customer_activities'),
        ['customer_id', 'brand'],
        own_state=['sum(event_count + order_count + reading_count)', 'bit_xor(fingerprint)']
    ) }}",
) }}
-- A customer is built again as a whole when anything that it did changes.
with activities as (
    select *
    from {{ ref('int_customer_activities') }} as arrived
    where {{ is_changed(['customer_id', 'brand'], 'arrived') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id, brand, session_id order by activity_date
        ) as session_activity_number
    from activities
),

customer_days as (
    select
        customer_id,
        brand,
        count(case when activity = 'event' then 1 end) as event_count,
        -- A session over midnight counts on its first day.
        count(
            case
                when activity = 'event' and session_activity_number = 1
                    then session_id
            end
        ) as session_count,
        count(case when activity = 'order' then 1 end) as order_count,
        count(case when activity = 'reading' then 1 end) as reading_count,
        cast(coalesce(sum(revenue), 0) as decimal(24, 6)) as revenue,
        activity_date,
        bit_xor(fingerprint) as fingerprint
    from numbered
    group by customer_id, brand, activity_date
)

select * from customer_days
