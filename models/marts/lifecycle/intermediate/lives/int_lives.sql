with as_of as (
    select as_of_date from {{ as_of() }}
),

-- Whoever subscribes is there as long as nothing was cancelled.
presences as (
    select
        customer_id,
        brand,
        activity_date as from_date,
        activity_date as to_date
    from {{ ref('customer_days') }}
    union all
    select
        subscriptions.customer_id,
        subscriptions.brand,
        subscriptions.started_date as from_date,
        coalesce(subscriptions.cancelled_date, as_of.as_of_date) as to_date
    from {{ ref('subscriptions') }} as subscriptions
    cross join as_of
),

seen_before as (
    select
        *,
        max(to_date) over (
            partition by customer_id, brand
            order by from_date, to_date
            rows between unbounded preceding and 1 preceding
        ) as last_seen_date
    from presences
),

numbered as (
    select
        *,
        count(
            case
                when
                    last_seen_date is null
                    or {{ dbt.datediff('last_seen_date', 'from_date', 'day') }}
                    > {{ var('churn_gap_days') }}
                    then 1
            end
        ) over (
            partition by customer_id, brand
            order by from_date, to_date
            rows between unbounded preceding and current row
        ) as life_number
    from seen_before
),

lives as (
    select
        customer_id,
        brand,
        cast(life_number as integer) as life_number,
        min(from_date) as started_date,
        max(to_date) as last_seen_date
    from numbered
    group by customer_id, brand, life_number
),

ended as (
    select
        lives.*,
        {{ dbt.datediff('lives.last_seen_date', 'as_of.as_of_date', 'day') }}
        > {{ var('churn_gap_days') }} as is_churned,
        {{ dbt.dateadd('day', '-' ~ var('churn_gap_days'), 'as_of.as_of_date') }}
            as censored_date
    from lives
    cross join as_of
),

observed as (
    select
        customer_id,
        brand,
        life_number,
        is_churned,
        started_date,
        last_seen_date,
        -- Empty for a life that began too late to be told from one that ended.
        cast(
            case
                when is_churned
                    then {{ dbt.datediff('started_date', 'last_seen_date', 'day') }}
                when started_date <= censored_date
                    then {{ dbt.datediff('started_date', 'censored_date', 'day') }}
            end as integer
        ) as observed_days
    from ended
)

select * from observed
