-- Why: the day of the visit and the day of the conversion are two views of the same money.
-- Threshold: revenue to the cent by campaign and attribution model.
-- A failure means: campaign_credit_days loses or doubles credit under one of its date bases.
with by_basis as (
    select
        campaign_id,
        attribution_model,
        sum(case when date_basis = 'touch' then revenue else 0 end) as by_touch,
        sum(case when date_basis = 'conversion' then revenue else 0 end)
            as by_conversion
    from {{ ref('campaign_credit_days') }}
    group by campaign_id, attribution_model
)

select *
from by_basis
where by_touch <> by_conversion
