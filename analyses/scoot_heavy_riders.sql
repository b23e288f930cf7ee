{{ config(enabled='lifecycle' in var('areas', ['core', 'lifecycle'])) }}
-- Who spends most at scoot, why do they ride daily, when do they leave, and why?
--
-- Answered step by step from public tables. The last step is what the three before it come to: those worth most leave in their second
-- and third month of life, and most of them because they have bought their own scooter. The churn rate by calendar month shows none
-- of it, and the survey as answered plays the reason down (tests/python/test_customers.py holds each step against the planted truth).
-- Run it: .venv/bin/dbt show --select scoot_heavy_riders --limit 40
with months as (
    select
        month,
        sum(case when is_top_decile then revenue end) / sum(revenue)
            as top_share,
        avg(case when was_top_decile_last_month then 1 else 0 end) filter (
            where is_top_decile
        ) as again_share
    from {{ ref('spend_ranks') }}
    where brand = 'scoot' and is_final
    group by month
),

worth as (
    select
        1 as step,
        'Who spends most?' as question,
        'the top tenth by spend' as what,
        avg(top_share) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        'share of revenue, mean month' as meaning
    from months
    union all
    select
        1 as step,
        'Who spends most?' as question,
        'of them, also in the top tenth the month before' as what,
        avg(again_share) as value,
        null as low,
        null as high,
        'share of the top tenth, mean month' as meaning
    from months
),

traits as (
    select
        2 as step,
        'Why daily?' as question,
        concat_ws(': ', trait, value) as what,
        difference as value,
        difference_low as low,
        difference_high as high,
        'share of the top tenth less that of the rest' as meaning,
        row_number() over (order by difference_low desc, trait asc, value asc) as place
    from {{ ref('heavy_customer_profile') }}
    where brand = 'scoot' and trait not in ('plan', 'channel') and verdict = 'more'
),

hazards as (
    select
        3 as step,
        'When do they leave?' as question,
        concat('month ', cast(month_of_life as varchar), ' of life') as what,
        hazard as value,
        hazard_low as low,
        hazard_high as high,
        'share of the top tenth there that leaves' as meaning
    from {{ ref('churn_hazards') }}
    where
        brand = 'scoot'
        and segment_type = 'spend_decile'
        and segment = '1'
        and month_of_life between 2 and 6
),

reasons as (
    select
        4 as step,
        'Why do they leave?' as question,
        replace(reason, '_', ' ') as what,
        share as value,
        share_low as low,
        share_high as high,
        'share of all who left, weighted for those who are silent' as meaning
    from {{ ref('churn_reasons') }}
    where brand = 'scoot' and cohort_month is null and reason is not null
),

answers as (
    select * from worth
    union all
    select
        step,
        question,
        what,
        value,
        low,
        high,
        meaning
    from traits
    where place <= 6
    union all
    select * from hazards
    union all
    select * from reasons
)

select *
from answers
order by step asc, case when step = 3 then what end asc, value desc
