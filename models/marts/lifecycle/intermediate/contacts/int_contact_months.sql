-- Who was there at the start of a month: whether it left in it, or in the next one if it
-- was there at the start of that.
with at_risk as (
    select
        *,
        {{ dbt.datediff('started_date', 'month', 'month') }} - 1 as tenure_months,
        least({{ dbt.datediff('entered_date', 'month', 'day') }}, 60) as known_days,
        lead(is_churned) over (
            partition by customer_id, brand, entered_date order by month
        ) as is_churned_next_month
    from {{ ref('life_months') }}
    where is_mature
),

engagement as (
    select
        at_risk.customer_id,
        at_risk.brand,
        at_risk.month,
        count(
            case
                when
                    customer_days.activity_date
                    >= {{ dbt.dateadd('day', -30, 'at_risk.month') }}
                    then 1
            end
        ) as active_days,
        -- A life begins with activity, or without when it begins with a subscription:
        -- its first day says nothing.
        count(
            case
                when
                    customer_days.activity_date > at_risk.entered_date
                    and {{ dbt.datediff(
                        'customer_days.activity_date', 'at_risk.month', 'day'
                    ) }} > at_risk.known_days / 2.0
                    then 1
            end
        ) as earlier_active_days
    from at_risk
    inner join {{ ref('customer_days') }} as customer_days
        on
            at_risk.customer_id = customer_days.customer_id
            and at_risk.brand = customer_days.brand
            and at_risk.month > customer_days.activity_date
            and customer_days.activity_date
            >= {{ dbt.dateadd('day', -60, 'at_risk.month') }}
    group by at_risk.customer_id, at_risk.brand, at_risk.month
),

-- Of several that run at once the first and the last by name.
plans as (
    select
        at_risk.customer_id,
        at_risk.brand,
        at_risk.month,
        concat_ws(
            ' ',
            nullif(min(subscriptions.product_id), max(subscriptions.product_id)),
            max(subscriptions.product_id)
        ) as plan
    from at_risk
    inner join {{ ref('subscriptions') }} as subscriptions
        on
            at_risk.customer_id = subscriptions.customer_id
            and at_risk.brand = subscriptions.brand
            and at_risk.month > subscriptions.started_date
            and at_risk.month <= coalesce(subscriptions.ended_date, at_risk.month)
    group by at_risk.customer_id, at_risk.brand, at_risk.month
),

months as (
    select
        at_risk.customer_id,
        at_risk.brand,
        at_risk.month,
        coalesce(plans.plan, 'none') as plan,
        at_risk.tenure_months,
        coalesce(engagement.active_days, 0) as active_days,
        at_risk.entered_date < {{ dbt.dateadd('month', -2, 'at_risk.month') }}
            as was_there_two_months_before,
        at_risk.is_churned as is_churned_this_month,
        at_risk.is_churned_next_month,
        -- What came before the contact cannot be its doing.
        case
            when at_risk.known_days >= 3
                then coalesce(engagement.earlier_active_days > 0, false)
        end as was_active_before
    from at_risk
    left join engagement
        on
            at_risk.customer_id = engagement.customer_id
            and at_risk.brand = engagement.brand
            and at_risk.month = engagement.month
    left join plans
        on
            at_risk.customer_id = plans.customer_id
            and at_risk.brand = plans.brand
            and at_risk.month = plans.month
)

select * from months
