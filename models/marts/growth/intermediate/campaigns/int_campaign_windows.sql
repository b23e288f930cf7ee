with months as (
    select
        campaign_id,
        brand,
        month,
        spend,
        is_delivered
    from {{ ref('int_campaign_months') }}
),

orders as (
    select
        brand,
        avg(revenue) as usual_revenue
    from {{ ref('conversions') }}
    group by brand
),

-- Beside the models, whole orders with any touch of the campaign: what increments are measured against.
credits as (
    select
        campaign_id,
        brand,
        attribution_model,
        conversion_id,
        converted_date,
        sum(credit) as conversions,
        cast(sum(credited_revenue) as double) as revenue
    from {{ ref('attributed_conversions') }}
    where campaign_id is not null
    group by campaign_id, brand, attribution_model, conversion_id, converted_date
    union all
    select distinct
        credits.campaign_id,
        credits.brand,
        'touched' as attribution_model,
        credits.conversion_id,
        credits.converted_date,
        1 as conversions,
        cast(conversions.revenue as double) as revenue
    from {{ ref('attributed_conversions') }} as credits
    inner join {{ ref('conversions') }} as conversions
        on credits.conversion_id = conversions.conversion_id
    where
        credits.campaign_id is not null
        and credits.attribution_model = 'linear'
),

credited_months as (
    select
        campaign_id,
        brand,
        attribution_model,
        {{ month_of('converted_date') }} as month,
        {{ steady_sum('conversions', 12) }} as conversions,
        {{ steady_sum('revenue', 6) }} as revenue,
        {{ steady_sum('revenue * revenue', 6) }} as squares,
        max(revenue) as largest
    from credits
    group by
        campaign_id, brand, attribution_model, {{ month_of('converted_date') }}
),

attribution_models as (
    select attribution_model from {{ ref('attribution_models') }}
    union all
    select 'touched' as attribution_model
),

years as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        attribution_models.attribution_model,
        cast(sum(earlier.spend) as double) as spend,
        bool_and(earlier.is_delivered) as is_delivered,
        coalesce({{ steady_sum('credited.conversions', 12) }}, 0) as conversions,
        coalesce({{ steady_sum('credited.revenue', 6) }}, 0) as revenue,
        coalesce({{ steady_sum('credited.squares', 6) }}, 0) as squares,
        greatest(
            coalesce(max(credited.largest), 0),
            coalesce(max(orders.usual_revenue), 0)
        ) as largest
    from months
    cross join attribution_models
    inner join months as earlier
        on
            months.campaign_id = earlier.campaign_id
            and months.brand = earlier.brand
            and earlier.month between {{ dbt.dateadd('month', -11, 'months.month') }}
            and months.month
    left join credited_months as credited
        on
            earlier.campaign_id = credited.campaign_id
            and earlier.brand = credited.brand
            and earlier.month = credited.month
            and attribution_models.attribution_model = credited.attribution_model
    left join orders
        on months.brand = orders.brand
    group by
        months.campaign_id,
        months.brand,
        months.month,
        attribution_models.attribution_model
)

select * from years
