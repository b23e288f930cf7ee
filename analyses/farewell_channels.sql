{{ config(enabled='growth' in var('areas', ['core', 'growth'])) }}
-- Which channels should farewell scale, and which should it cut?
--
-- Answered from public tables: the last twelve months, the return of each channel under the models that disagree most, what the
-- platforms claim, and how much of the spend lies in campaigns whose decision no model overturns.
-- Run it: .venv/bin/dbt show --select farewell_channels --limit 20
with months as (
    select
        channel,
        campaign_id,
        attribution_model,
        robustness,
        decision,
        spend_usd,
        revenue_usd,
        claimed_conversions,
        touched_conversions,
        month
    from {{ ref('campaign_performance') }}
    where
        brand = 'farewell'
        and month > (
            select {{ dbt.dateadd('month', -12, 'max(month)') }}
            from {{ ref('campaign_performance') }}
        )
),

-- The verdict on a campaign is that of its newest month.
verdicts as (
    select
        campaign_id,
        max_by(robustness, month) as robustness,
        max_by(decision, month) as decision
    from months
    where robustness is not null
    group by campaign_id
),

channels as (
    select
        months.channel,
        sum(
            case
                when months.attribution_model = 'linear' then months.spend_usd else 0
            end
        ) as spend_usd,
        sum(
            case
                when
                    months.attribution_model = 'linear'
                    and verdicts.robustness = 'robust'
                    then months.spend_usd
                else 0
            end
        ) as robust_spend_usd,
        sum(
            case
                when months.attribution_model = 'first_touch' then months.revenue_usd
                else 0
            end
        ) as first_touch_revenue_usd,
        sum(
            case
                when months.attribution_model = 'last_touch' then months.revenue_usd
                else 0
            end
        ) as last_touch_revenue_usd,
        sum(
            case
                when months.attribution_model = 'markov' then months.revenue_usd
                else 0
            end
        ) as markov_revenue_usd,
        sum(
            case
                when months.attribution_model = 'linear'
                    then months.claimed_conversions
                else 0
            end
        ) as claimed_conversions,
        sum(
            case
                when months.attribution_model = 'linear'
                    then months.touched_conversions
                else 0
            end
        ) as touched_conversions
    from months
    left join verdicts
        on months.campaign_id = verdicts.campaign_id
    group by months.channel
),

returns as (
    select
        channel,
        spend_usd,
        robust_spend_usd / nullif(spend_usd, 0) as robust_spend_share,
        first_touch_revenue_usd / nullif(spend_usd, 0) as first_touch_roas,
        last_touch_revenue_usd / nullif(spend_usd, 0) as last_touch_roas,
        markov_revenue_usd / nullif(spend_usd, 0) as markov_roas,
        claimed_conversions / nullif(touched_conversions, 0) as over_claim_ratio
    from channels
    where spend_usd > 0
),

-- Scale or cut what all three say; the rest wants a holdout before money is moved.
answer as (
    select
        *,
        case
            when least(first_touch_roas, last_touch_roas, markov_roas) >= 3
                then 'scale'
            when greatest(first_touch_roas, last_touch_roas, markov_roas) < 1
                then 'cut'
            when least(first_touch_roas, last_touch_roas, markov_roas) >= 1
                then 'keep'
            else 'test first'
        end as answer
    from returns
)

select *
from answer
order by markov_roas desc
