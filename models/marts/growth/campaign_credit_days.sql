with credits as (
    select
        coalesce(campaign_id, 'none') as campaign_id,
        brand,
        attribution_model,
        credit,
        credited_revenue,
        is_first_order,
        is_final,
        converted_date,
        {{ reporting_date('touched_at') }} as touched_date
    from {{ ref('attributed_conversions') }}
),

as_of as (
    select covered_date from {{ covered_by([
        'app.orders', 'app.order_items', 'app.order_status_events', 'events.events',
        'payments.payments', 'finance.exchange_rates',
    ]) }}
),

-- Revenue on the day that earned it, or on the day of the visit that it goes back to. A visit may still bring a
-- conversion until the look-back has passed.
dated as (
    select
        *,
        'conversion' as date_basis,
        converted_date as credit_date,
        0 as days_open
    from credits
    union all
    select
        *,
        'touch' as date_basis,
        coalesce(touched_date, converted_date) as credit_date,
        {{ var('attribution_look_back_days') }} as days_open
    from credits
),

summed as (
    select
        campaign_id,
        brand,
        attribution_model,
        date_basis,
        days_open,
        {{ steady_sum('credit', 15) }} as conversions,
        cast(sum(credited_revenue) as decimal(24, 6)) as revenue,
        {{ steady_sum('case when is_first_order then credit else 0 end', 15) }}
            as new_customers,
        bool_and(is_final) as has_final_credit,
        credit_date
    from dated
    group by
        campaign_id, brand, attribution_model, date_basis, days_open, credit_date
),

with_maturity as (
    select
        summed.campaign_id,
        summed.brand,
        summed.attribution_model,
        summed.date_basis,
        summed.conversions,
        summed.revenue,
        summed.new_customers,
        summed.has_final_credit
        and {{ is_final(
            dbt.dateadd('day', 'summed.days_open', 'summed.credit_date'),
            'as_of.covered_date'
        ) }} as is_final,
        summed.credit_date
    from summed
    cross join as_of
)

select * from with_maturity
