with as_of as (
    select as_of_date from {{ as_of() }}
),

-- Whoever subscribes is there until the cancellation takes effect.
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
        coalesce(subscriptions.ended_date, as_of.as_of_date) as to_date
    from {{ ref('subscriptions') }} as subscriptions
    cross join as_of
),

seen_before as (
    select
        *,
        max(to_date) over (
            partition by customer_id, brand order by from_date, to_date
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
            partition by customer_id, brand order by from_date, to_date
            rows between unbounded preceding and current row
        ) as life_number
    from seen_before
),

lives as (
    select
        customer_id,
        brand,
        cast(life_number as integer) as life_number,
        min(from_date) as first_seen_date,
        max(to_date) as last_seen_date
    from numbered
    group by customer_id, brand, life_number
),

-- Who is older than the data and there as it begins has been there since being created; who stays away as it begins
-- had left before.
placed as (
    select
        lives.*,
        case when customers.is_older_than_data then customers.created_date end
            as created_date,
        {{ dbt.datediff('lives.last_seen_date', 'as_of.as_of_date', 'day') }}
        > {{ var('churn_gap_days') }} as is_churned,
        coalesce({{ dbt.datediff(
            'brands.facts_from_date', 'lives.first_seen_date', 'day'
        ) }} between 0 and {{ var('churn_gap_days') }}, false) as is_there_first,
        greatest(lives.first_seen_date, brands.facts_from_date) as entered_date,
        least(lives.last_seen_date, {{ dbt.dateadd(
            'day', '-' ~ var('churn_gap_days'), 'as_of.as_of_date'
        ) }}) as last_known_date
    from lives
    cross join as_of
    left join {{ ref('brands') }} as brands using (brand)
    left join {{ ref('customers') }} as customers using (customer_id, brand)
),

started as (
    select
        *,
        case
            when life_number = 1 and is_there_first
                then coalesce(created_date, first_seen_date)
            else first_seen_date
        end as started_date
    from placed
),

observed as (
    select
        customer_id,
        brand,
        life_number,
        cast({{ dbt.datediff('started_date', 'entered_date', 'day') }} as integer)
            as entry_age_days,
        life_number = 1
        and (created_date is null or is_there_first or first_seen_date < entered_date)
            as is_first_life,
        is_churned,
        started_date,
        entered_date,
        first_seen_date,
        last_seen_date,
        -- Empty for a life that began too late to be told from one that ended, and without a day after late entry.
        case
            when last_known_date > entered_date or last_known_date = started_date
                then {{ dbt.datediff('started_date', 'last_known_date', 'day') }}
        end as observed_days
    from started
)

select * from observed
