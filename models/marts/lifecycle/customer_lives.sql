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
        ) as first_30_days_revenue_usd
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
        lives.customer_id,
        lives.brand,
        lives.life_number,
        beginnings.country_code,
        beginnings.channel,
        beginnings.plan,
        lives.observed_days,
        cast(coalesce(revenues.revenue, 0) as decimal(24, 6)) as revenue,
        cast(coalesce(revenues.first_30_days_revenue_usd, 0) as decimal(24, 6))
            as first_30_days_revenue_usd,
        lives.is_churned,
        lives.started_date,
        lives.last_seen_date,
        case when lives.is_churned then lives.last_seen_date end as churned_date
    from lives
    inner join beginnings
        on
            lives.customer_id = beginnings.customer_id
            and lives.brand = beginnings.brand
            and lives.life_number = beginnings.life_number
    left join revenues
        on
            lives.customer_id = revenues.customer_id
            and lives.brand = revenues.brand
            and lives.life_number = revenues.life_number
),

-- Among the first lives that lasted 30 days: fixed before their clock starts.
ranked as (
    select
        *,
        case
            when life_number = 1 and observed_days >= 30
                then cast(ntile(10) over (
                    partition by brand, life_number = 1 and observed_days >= 30
                    order by first_30_days_revenue_usd desc, customer_id asc
                ) as integer)
        end as spend_decile
    from described
)

select * from ranked
