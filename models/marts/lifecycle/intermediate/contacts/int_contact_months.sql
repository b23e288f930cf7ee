with life_months as (
    select
        customer_id,
        brand,
        is_mature,
        is_churned,
        entered_date,
        month
    from {{ ref('life_months') }}
),

customer_days as (
    select
        customer_id,
        brand,
        activity_date
    from {{ ref('customer_days') }}
),

-- Who was there at the start of a month and of the next one. Whether it left in that is known once it is mature.
at_risk as (
    select
        earlier.customer_id,
        earlier.brand,
        earlier.month,
        later.is_churned as is_churned_next_month,
        earlier.entered_date
        <= {{ dbt.dateadd('day', -60, 'earlier.month') }} as is_known_before
    from life_months as earlier
    inner join life_months as later
        on
            earlier.customer_id = later.customer_id
            and earlier.brand = later.brand
            and earlier.entered_date = later.entered_date
            and later.month = {{ dbt.dateadd('month', 1, 'earlier.month') }}
    where later.is_mature
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
        count(*) as active_days_of_60
    from at_risk
    inner join customer_days
        on
            at_risk.customer_id = customer_days.customer_id
            and at_risk.brand = customer_days.brand
            and at_risk.month > customer_days.activity_date
            and customer_days.activity_date
            >= {{ dbt.dateadd('day', -60, 'at_risk.month') }}
    group by at_risk.customer_id, at_risk.brand, at_risk.month
),

months as (
    select
        at_risk.customer_id,
        at_risk.brand,
        at_risk.month,
        coalesce(engagement.active_days, 0) as active_days,
        -- 20 strata: 0, 1, … 18 days, and 19 or more
        least(coalesce(engagement.active_days, 0), 19) as stratum,
        at_risk.is_churned_next_month,
        -- What came before the contact cannot be its doing.
        case
            when at_risk.is_known_before
                then
                    coalesce(
                        engagement.active_days_of_60 > engagement.active_days, false
                    )
        end as was_active_before
    from at_risk
    left join engagement
        on
            at_risk.customer_id = engagement.customer_id
            and at_risk.brand = engagement.brand
            and at_risk.month = engagement.month
)

select * from months
