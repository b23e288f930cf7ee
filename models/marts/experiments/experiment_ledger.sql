with months as (
    select * from {{ ref('int_experiment_live_months') }}
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

-- A customer is reached for as long as the treatment is live, a visitor once. What is counted
-- in orders is valued at the brand's mean order.
valued as (
    select
        months.experiment_id,
        months.variant,
        effects.metric_name,
        months.brand,
        effects.evidence,
        effects.shrinkage,
        months.units,
        months.units
        * months.live_share
        * case
            when months.unit = 'customer' and effects.outcome_days > 0
                then 1.0 * months.live_days / effects.outcome_days
            else 1
        end
        * case
            when effects.kind = 'ratio' then null
            when effects.numerator = 'orders.revenue' then 1
            when effects.numerator = 'orders.order_id'
                then coalesce(orders.revenue_per_order, 0)
            when effects.numerator = 'orders.purchase_id'
                then coalesce(orders.revenue_per_purchase, 0)
        end as worth,
        effects.observed,
        effects.effect,
        effects.effect_low,
        effects.effect_high,
        months.month
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
        units,
        shrinkage,
        cast(observed * worth as decimal(24, 6)) as observed_revenue,
        cast(effect * worth as decimal(24, 6)) as credited_revenue,
        cast(effect_low * worth as decimal(24, 6)) as credited_revenue_low,
        cast(effect_high * worth as decimal(24, 6)) as credited_revenue_high,
        month
    from valued
)

select * from credited
