with fact_days as (
    select
        customer_id,
        brand,
        fact_date,
        fingerprint
    from {{ ref('int_customer_fact_days') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- Each month's last day, and the newest days one by one.
feature_days as (
    select dates.date_day as feature_date
    from {{ ref('dates') }} as dates
    inner join as_of on dates.date_day <= as_of.as_of_date
    where
        dates.date_day = cast({{ dbt.last_day('dates.date_day', 'month') }} as date)
        or dates.date_day > {{ dbt.dateadd(
            'day', '-' ~ var('daily_feature_days'), 'as_of.as_of_date'
        ) }}
),

known_customers as (
    select
        customer_id,
        brand,
        min(fact_date) as first_date
    from fact_days
    group by customer_id, brand
),

moments as (
    select
        customer_id,
        brand,
        fact_date as moment_date,
        fingerprint,
        false as is_feature_day
    from fact_days
    union all
    select
        known_customers.customer_id,
        known_customers.brand,
        feature_days.feature_date as moment_date,
        cast(0 as bigint) as fingerprint,
        true as is_feature_day
    from known_customers
    inner join feature_days
        on known_customers.first_date <= feature_days.feature_date
),

-- What the features of a day are made of, as one number.
summed as (
    select
        customer_id,
        brand,
        is_feature_day,
        moment_date as feature_date,
        bit_xor(fingerprint) over (
            partition by customer_id, brand
            order by moment_date
            range between unbounded preceding and current row
        ) as fingerprint
    from moments
),

days as (
    select
        customer_id,
        brand,
        feature_date,
        fingerprint
    from summed
    where is_feature_day
)

select * from days
