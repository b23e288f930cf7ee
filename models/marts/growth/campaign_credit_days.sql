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

summed as (
    select
        campaign_id,
        brand,
        attribution_model,
        date_basis,
        cast(sum(cast(credit as decimal(38, 15))) as double) as conversions,
        cast(sum(credited_revenue_usd) as decimal(18, 2)) as revenue_usd,
        cast(
            sum(
                case
                    when is_first_order then cast(credit as decimal(38, 15)) else 0
                end
            ) as double
        ) as new_customers,
        bool_and(is_final) as is_final,
        credit_date
    from dated
    group by campaign_id, brand, attribution_model, date_basis, credit_date
)

select * from summed
