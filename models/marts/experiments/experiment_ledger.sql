with months as (
    select
        *,
        units / nullif(active_units, 0) as reach
    from {{ ref('int_experiment_live_months') }}
),

effects as (
    select * from {{ ref('int_experiment_effects') }}
),

orders as (
    select
        brand,
        {{ month_of('revenue_date') }} as month,
        sum(revenue) / count(*) as revenue_per_order,
        sum(case when order_type = 'purchase' then revenue end)
        / nullif(count(case when order_type = 'purchase' then 1 end), 0)
            as revenue_per_purchase
    from {{ ref('orders') }}
    where is_paid
    group by brand, {{ month_of('revenue_date') }}
),

-- What an effect of 1 per unit brings. What is counted in orders is valued at the brand's mean order.
valued as (
    select
        months.*,
        effects.metric_name,
        effects.evidence,
        effects.pool,
        effects.test_count,
        effects.shrinkage,
        effects.observed,
        effects.effect,
        effects.effect_low,
        effects.effect_high,
        months.units
        * case
            when effects.kind in ('ratio', 'quantile') then null
            when effects.numerator = 'orders.revenue' then 1
            when effects.numerator = 'orders.order_id'
                then coalesce(orders.revenue_per_order, 0)
            when effects.numerator = 'orders.purchase_id'
                then coalesce(orders.revenue_per_purchase, 0)
        end as worth,
        coalesce(months.reach, 0) * months.revenue as revenue_of_units
    from months
    left join effects
        on
            months.experiment_id = effects.experiment_id
            and months.variant = effects.variant
    left join orders
        on
            months.brand = orders.brand
            and months.month = orders.month
),

-- Nobody brings more than he pays, nor all tests together more than the brand sells.
limited as (
    select
        *,
        case
            when effect * worth > revenue_of_units
                then revenue_of_units / effect
            else worth
        end as limited_worth
    from valued
),

together as (
    select
        *,
        limited_worth * least(1, coalesce(
            max(revenue) over months_of_brand
            / nullif(
                sum(cast(greatest(effect * limited_worth, 0) as decimal(24, 6)))
                    over months_of_brand,
                0
            ),
            1
        )) as effect_value
    from limited
    window months_of_brand as (partition by brand, evidence, month)
),

credited as (
    select
        experiment_id,
        variant,
        metric_name,
        brand,
        case
            when evidence is null then 'no result'
            when worth is null then 'no value in dollars'
            else evidence
        end as evidence,
        pool,
        units,
        reach,
        test_count,
        case when evidence in ('shrunk', 'measured') then shrinkage end as shrinkage,
        effect_value,
        cast(revenue_of_units as decimal(24, 6)) as revenue_of_units,
        cast(observed * worth as decimal(24, 6)) as observed_revenue,
        cast(effect * effect_value as decimal(24, 6)) as credited_revenue,
        cast(effect_low * effect_value as decimal(24, 6)) as credited_revenue_low,
        case
            when effect_high * effect_value <= revenue_of_units
                then cast(effect_high * effect_value as decimal(24, 6))
            when effect_high is not null and worth is not null
                then cast(revenue_of_units as decimal(24, 6))
        end as credited_revenue_high,
        coalesce(effect_value < worth, false) as is_limited,
        month
    from together
)

select * from credited
