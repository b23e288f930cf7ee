-- Markov credit adds up to 1 within a journey, so its sum by channel is not what the chain says. For markov this table
-- has the fitted totals: the month's conversions, shared by what each channel's removal loses.
with credits as (
    select
        brand,
        attribution_model,
        channel,
        credit,
        credited_revenue,
        attribution_model = 'markov' and channel <> 'unattributed' as is_fitted,
        {{ month_of('converted_date') }} as month
    from {{ ref('attributed_conversions') }}
),

fits as (
    select
        brand,
        month,
        channel,
        removal_effect
    from {{ ref('int_removal_effects') }}
    where look_back_days = {{ var('attribution_look_back_days') }}
),

as_of as (
    select covered_date from {{ covered_by([
        'app.orders', 'app.order_items', 'app.order_status_events', 'events.events',
        'payments.payments', 'finance.exchange_rates',
    ]) }}
),

by_rule as (
    select
        brand,
        attribution_model,
        channel,
        {{ steady_sum('credit', 15) }} as conversions,
        cast(sum(credited_revenue) as decimal(24, 6)) as revenue,
        cast(null as double) as removal_effect,
        month
    from credits
    where not is_fitted
    group by brand, attribution_model, channel, month
),

fitted_totals as (
    select
        brand,
        month,
        round({{ steady_sum('credit', 15) }}) as conversions,
        sum(credited_revenue) as revenue
    from credits
    where is_fitted
    group by brand, month
),

running as (
    select
        *,
        sum(removal_effect) over (
            partition by brand, month
            order by channel
            rows between unbounded preceding and current row
        ) as running_effect
    from fits
),

summed as (
    select
        *,
        coalesce(lag(running_effect) over channels, 0) as effect_before,
        max(running_effect) over (partition by brand, month) as total_effect
    from running
    window channels as (partition by brand, month order by channel)
),

by_fit as (
    select
        summed.brand,
        'markov' as attribution_model,
        summed.channel,
        fitted_totals.conversions * (summed.removal_effect / summed.total_effect)
            as conversions,
        {{ portion(
            'fitted_totals.revenue',
            'summed.effect_before / summed.total_effect',
            'summed.running_effect / summed.total_effect'
        ) }} as revenue,
        summed.removal_effect,
        summed.month
    from summed
    inner join fitted_totals
        on
            summed.brand = fitted_totals.brand
            and summed.month = fitted_totals.month
),

combined as (
    select * from by_rule
    union all
    select * from by_fit
),

-- A fit is complete when the journeys without conversion that end in its month are known to be without.
dated as (
    select
        combined.*,
        {{ is_final(
            dbt.dateadd('day',
                "case when combined.attribution_model = 'markov' then "
                ~ var('attribution_look_back_days') ~ " else 0 end",
                dbt.last_day('combined.month', 'month')
            ),
            'as_of.covered_date'
        ) }} as is_final
    from combined
    cross join as_of
)

select * from dated
