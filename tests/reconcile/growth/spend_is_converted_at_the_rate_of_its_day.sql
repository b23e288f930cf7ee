-- Why: spend in won and spend in dollars are added up; a wrong rate would stand in every return.
-- Threshold: half a cent a row, by currency and day. Campaigns that ads does not know have no currency and 0 dollars.
-- A failure means: campaign_days takes another rate or day than its own, or alters amounts.
with staged as (
    select
        campaigns.currency,
        performance.performance_date as day,
        count(*) as row_count,
        cast(sum(performance.spend) as double) as amount
    from {{ ref('stg_ads__daily_performance') }} as performance
    inner join {{ ref('stg_ads__campaigns') }} as campaigns
        on performance.campaign_id = campaigns.campaign_id
    group by 1, 2
),

rates as (
    {{ rates_looked_up('staged') }}
),

built as (
    select
        currency,
        performance_date as day,
        sum(spend_usd) as spend_usd
    from {{ ref('campaign_days') }}
    where currency is not null
    group by 1, 2
)

select
    staged.*,
    rates.usd_rate,
    built.spend_usd
from staged
left join rates
    on
        staged.currency = rates.currency
        and staged.day = rates.day
left join built
    on
        staged.currency = built.currency
        and staged.day = built.day
where
    (
        abs(staged.amount * rates.usd_rate - built.spend_usd)
        <= 0.005 * staged.row_count + 1e-6
    ) is not true
