with returns as (
    select
        campaign_id,
        brand,
        month,
        attribution_model,
        look_back_days,
        roas
    from {{ ref('int_campaign_returns') }}
    where is_delivered
),

decisions as (
    select
        decision,
        min_roas
    from {{ ref('campaign_decisions') }}
),

-- A campaign without spend in the year, or with days that its platform did not report, has no verdict.
decided as (
    select
        returns.campaign_id,
        returns.brand,
        returns.month,
        returns.attribution_model,
        returns.look_back_days,
        returns.roas,
        max_by(decisions.decision, decisions.min_roas) as decision
    from returns
    inner join decisions
        on returns.roas >= decisions.min_roas
    group by
        returns.campaign_id,
        returns.brand,
        returns.month,
        returns.attribution_model,
        returns.look_back_days,
        returns.roas
),

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
