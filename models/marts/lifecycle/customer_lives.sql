with lives as (
    select * from {{ ref('int_lives') }}
),

beginnings as (
    select * from {{ ref('int_life_beginnings') }}
),

customer_days as (
    select
        customer_id,
        brand,
        revenue,
        activity_date
    from {{ ref('customer_days') }}
),

ended_runs as (
    select
        customer_id,
        brand,
        coalesce(cancel_kind, end_kind) as end_kind,
        ended_date
    from {{ ref('subscriptions') }}
    where ended_date is not null
),

-- A life that ends with a subscription or soon after ends as the subscription did.
endings as (
    select
        lives.customer_id,
        lives.brand,
        lives.life_number,
        max_by(ended_runs.end_kind, (ended_runs.ended_date, ended_runs.end_kind))
            as churn_kind
    from lives
    inner join ended_runs
        on
            lives.customer_id = ended_runs.customer_id
            and lives.brand = ended_runs.brand
            and lives.last_seen_date >= ended_runs.ended_date
            and {{ dbt.datediff(
                'ended_runs.ended_date', 'lives.last_seen_date', 'day'
            ) }} <= {{ var('churn_gap_days') }}
    where lives.is_churned
    group by lives.customer_id, lives.brand, lives.life_number
),

revenues as (
    select
        lives.customer_id,
        lives.brand,
        lives.life_number,
        sum(customer_days.revenue) as revenue,
        sum(
            case
                when
                    {{ dbt.datediff(
                        'lives.started_date', 'customer_days.activity_date', 'day'
                    ) }} < 30
                    then customer_days.revenue
            end
        ) as first_30_days_revenue
    from lives
    inner join customer_days
        on
            lives.customer_id = customer_days.customer_id
            and lives.brand = customer_days.brand
            and customer_days.activity_date
            between lives.started_date and lives.last_seen_date
    group by lives.customer_id, lives.brand, lives.life_number
),

described as (
    select
        customer_id,
        brand,
        life_number,
        beginnings.country_code,
        beginnings.channel,
        beginnings.plan,
        case
            when lives.is_churned then coalesce(endings.churn_kind, 'silence')
        end as churn_kind,
        lives.entry_age_days,
        cast(lives.observed_days as integer) as observed_days,
        cast(coalesce(revenues.revenue, 0) as decimal(24, 6)) as revenue,
        cast(coalesce(revenues.first_30_days_revenue, 0) as decimal(24, 6))
            as first_30_days_revenue,
        lives.is_first_life,
        lives.entry_age_days > 0 as is_truncated,
        lives.is_churned,
        lives.started_date,
        lives.entered_date,
        lives.last_seen_date,
        case when lives.is_churned then lives.last_seen_date end as churned_date
    from lives
    inner join beginnings
        using (customer_id, brand, life_number)
    left join endings
        using (customer_id, brand, life_number)
    left join revenues
        using (customer_id, brand, life_number)
),

-- Among the first lives that lasted 30 days: fixed before their clock starts.
ranked as (
    select
        *,
        case
            when is_first_life and not is_truncated and observed_days >= 30
                then cast(ntile(10) over (
                    partition by brand, is_first_life, is_truncated, observed_days >= 30
                    order by first_30_days_revenue desc, customer_id asc
                ) as integer)
        end as spend_decile
    from described
)

select * from ranked
