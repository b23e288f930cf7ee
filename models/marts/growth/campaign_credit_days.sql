-- One row per campaign (`none` for touches of no campaign), day, attribution model and date basis: what was credited to it.
with credits as (
    select
        coalesce(campaign_id, 'none') as campaign_id,
        brand,
        attribution_model,
        credit,
        credited_revenue_usd,
        is_first_order,
        is_final,
        converted_date,
        {{ reporting_date('touched_at') }} as touched_date
    from {{ ref('attributed_conversions') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- Revenue on the day that earned it, or on the day of the visit that it goes back to.
dated as (
    select
        credits.*,
        'conversion' as date_basis,
        credits.converted_date as credit_date
    from credits
    union all
    select
        credits.*,
        'touch' as date_basis,
        coalesce(credits.touched_date, credits.converted_date) as credit_date
    from credits
),

-- A visit may still bring a conversion until the look-back has passed.
summed as (
    select
        campaign_id,
        brand,
        attribution_model,
        date_basis,
        {{ steady_sum('credit', 15) }} as conversions,
        cast(sum(credited_revenue_usd) as decimal(18, 2)) as revenue_usd,
        {{ steady_sum('case when is_first_order then credit else 0 end', 15) }}
            as new_customers,
        bool_and(is_final) as has_final_credit,
        credit_date
    from dated
    group by campaign_id, brand, attribution_model, date_basis, credit_date
),

with_maturity as (
    select
        summed.campaign_id,
        summed.brand,
        summed.attribution_model,
        summed.date_basis,
        summed.conversions,
        summed.revenue_usd,
        summed.new_customers,
        summed.has_final_credit
        and {{ dbt.dateadd(
            'day',
            "case when summed.date_basis = 'touch' then "
            ~ (var('attribution_look_back_days') + var('late_days'))
            ~ " else " ~ var('late_days') ~ " end",
            'summed.credit_date'
        ) }} <= as_of.as_of_date as is_final,
        summed.credit_date
    from summed
    cross join as_of
)

select * from with_maturity
