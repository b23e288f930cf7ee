with budgets as (
    select distinct
        campaign_id,
        {{ month_of('month') }} as month
    from {{ ref('planned_budgets') }}
),

months as (
    select
        campaign_id,
        brand,
        month,
        spend,
        touched_conversions
    from {{ ref('int_campaign_months') }}
    where is_delivered and spend > 0
),

orders as (
    select
        conversion_id,
        brand,
        {{ month_of('converted_date') }} as month
    from {{ ref('int_conversions') }}
),

brand_months as (
    select
        brand,
        month,
        count(*) as conversions
    from orders
    group by brand, month
),

-- What a month's spend brings begins in it, and may end in the next.
first_touches as (
    select
        campaign_id,
        conversion_id,
        {{ month_of(reporting_date('min(touched_at)')) }} as month
    from {{ ref('int_conversion_touches') }}
    where
        look_back_days = {{ var('attribution_look_back_days') }}
        and campaign_id is not null
    group by campaign_id, conversion_id
),

begun as (
    select
        campaign_id,
        month,
        count(*) as conversions
    from first_touches
    group by campaign_id, month
),

as_of as (
    select covered_date from {{ covered_by([
        'ads.daily_performance', 'app.orders', 'app.order_items',
        'app.order_status_events', 'events.events', 'payments.payments',
        'finance.exchange_rates',
    ]) }}
),

planned as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        cast(months.spend as double) as spend,
        coalesce(begun.conversions, 0) as conversions,
        coalesce(brand_months.conversions, 0) - months.touched_conversions
            as other_conversions
    from budgets
    cross join as_of
    inner join months
        on
            budgets.campaign_id = months.campaign_id
            and budgets.month = months.month
    left join begun
        on
            months.campaign_id = begun.campaign_id
            and months.month = begun.month
    left join brand_months
        on
            months.brand = brand_months.brand
            and months.month = brand_months.month
    where {{ is_final(
        dbt.dateadd(
            'day',
            var('attribution_look_back_days'),
            dbt.last_day('months.month', 'month')
        ),
        'as_of.covered_date'
    ) }}
)

select * from planned
