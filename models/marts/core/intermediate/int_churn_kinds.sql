with runs as (
    select
        customer_id,
        brand,
        end_kind,
        cancel_kind,
        {{ month_of('ended_date') }} as month,
        ends_at
    from {{ ref('subscriptions') }}
    where ended_date is not null
),

named as (
    select
        *,
        case
            when end_kind = 'paused' then 'paused'
            when end_kind = 'cancelled' and cancel_kind = 'voluntary' then 'voluntary'
            when end_kind = 'cancelled' and cancel_kind = 'payment_failed'
                then 'involuntary'
            else 'unknown'
        end as churn_kind
    from runs
),

-- What ended last decides; of two that ended in one moment, the customer's own will.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, brand, month
            order by ends_at desc, churn_kind desc
        ) as preference
    from named
),

last_ends as (
    select
        customer_id,
        brand,
        churn_kind,
        month
    from ranked
    where preference = 1
)

select * from last_ends
