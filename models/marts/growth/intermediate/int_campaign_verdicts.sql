-- One row per campaign and month: what the twelve months up to then say to do with it under each robustness setting.
with months as (
    select
        campaign_id,
        brand,
        month,
        spend_usd
    from {{ ref('int_campaign_months') }}
),

settings as (
    select
        attribution_model,
        look_back_days
    from {{ ref('robustness_settings') }}
),

decisions as (
    select
        decision,
        min_roas
    from {{ ref('campaign_decisions') }}
),

credits as (
    select
        credits.campaign_id,
        credits.brand,
        credits.attribution_model,
        credits.look_back_days,
        credits.credited_revenue_usd,
        cast({{ dbt.date_trunc('month', 'credits.converted_date') }} as date) as month
    from {{ ref('int_credits') }} as credits
    inner join settings
        on
            credits.attribution_model = settings.attribution_model
            and credits.look_back_days = settings.look_back_days
    where credits.campaign_id is not null
),

credited as (
    select
        campaign_id,
        brand,
        attribution_model,
        look_back_days,
        month,
        sum(credited_revenue_usd) as revenue_usd
    from credits
    group by campaign_id, brand, attribution_model, look_back_days, month
),

months_by_setting as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        settings.attribution_model,
        settings.look_back_days,
        months.spend_usd,
        coalesce(credited.revenue_usd, 0) as revenue_usd
    from months
    cross join settings
    left join credited
        on
            months.campaign_id = credited.campaign_id
            and months.brand = credited.brand
            and months.month = credited.month
            and settings.attribution_model = credited.attribution_model
            and settings.look_back_days = credited.look_back_days
),

-- A year is long enough for the long journeys, and short enough to see that a campaign has changed.
years as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        months.attribution_model,
        months.look_back_days,
        sum(earlier.revenue_usd) / nullif(sum(earlier.spend_usd), 0) as roas
    from months_by_setting as months
    inner join months_by_setting as earlier
        on
            months.campaign_id = earlier.campaign_id
            and months.brand = earlier.brand
            and months.attribution_model = earlier.attribution_model
            and months.look_back_days = earlier.look_back_days
            and earlier.month between {{ dbt.dateadd('month', -11, 'months.month') }}
            and months.month
    group by
        months.campaign_id,
        months.brand,
        months.month,
        months.attribution_model,
        months.look_back_days
),

decided as (
    select
        years.campaign_id,
        years.brand,
        years.month,
        years.attribution_model,
        years.look_back_days,
        years.roas,
        max_by(decisions.decision, decisions.min_roas) as decision
    from years
    inner join decisions
        on years.roas >= decisions.min_roas
    group by
        years.campaign_id,
        years.brand,
        years.month,
        years.attribution_model,
        years.look_back_days,
        years.roas
),

-- A campaign without spend in the year has no return, and no verdict.
verdicts as (
    select
        campaign_id,
        brand,
        month,
        case when count(distinct decision) = 1 then 'robust' else 'fragile' end
            as verdict,
        case when count(distinct decision) = 1 then min(decision) end as decision,
        min(roas) as lowest_roas,
        max(roas) as highest_roas
    from decided
    group by campaign_id, brand, month
)

select * from verdicts
