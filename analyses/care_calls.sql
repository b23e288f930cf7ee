{{ config(enabled='lifecycle' in var('areas', ['core', 'lifecycle'])) }}
-- About one patient in six calls for troubleshooting each month, and those who do not call leave more. Do calls keep people?
--
-- Answered step by step from public tables: what the plain table says, what lies upstream of it (the active both call and stay), what is left
-- between patients alike (as active, as long with us, of the same month and plan), whether that comparison is fair (activity long before
-- the call cannot be its doing), and which came first, the call or the decision to leave. The last step is the verdict. The planted truth of the demo company says the same; the plain
-- table does not (tests/python/test_customers.py).
-- Run it: .venv/bin/dbt show --select care_calls --limit 20
with months as (
    select
        avg(case when troubleshooting_contact_count > 0 then 1.0 else 0.0 end)
            as call_rate
    from {{ ref('life_months') }}
    where brand = 'care'
),

effects as (
    select *
    from {{ ref('contact_churn_effect') }}
    where brand = 'care' and topic = 'troubleshooting'
),

steps as (
    select
        1 as step,
        'How many patients call in a month?' as question,
        call_rate as value,
        null as low,
        null as high,
        'share of the patients who were there' as meaning
    from months
    union all
    select
        2 as step,
        'What does the plain table say?' as question,
        naive_difference as value,
        naive_low as low,
        naive_high as high,
        'churn in the month after a call less that after none' as meaning
    from effects
    union all
    select
        3 as step,
        'What is upstream of it?' as question,
        imbalance_before as value,
        null as low,
        null as high,
        'active days of callers before, less the others, in deviations' as meaning
    from effects
    union all
    select
        4 as step,
        'And between patients alike?' as question,
        standardised_difference as value,
        standardised_low as low,
        standardised_high as high,
        'churn in the month after a call less that after none' as meaning
    from effects
    union all
    select
        5 as step,
        'Is that comparison fair?' as question,
        negative_control_difference as value,
        negative_control_low as low,
        negative_control_high as high,
        'activity a month before that, callers less others: should hold 0' as meaning
    from effects
    union all
    select
        6 as step,
        'Which came first?' as question,
        contacts_after_decision_share as value,
        contacts_after_decision_share_low as low,
        contacts_after_decision_share_high as high,
        'share of calls by patients who had already cancelled' as meaning
    from effects
    union all
    select
        7 as step,
        verdict_sentence as question,
        risk_ratio as value,
        risk_ratio_low as low,
        risk_ratio_high as high,
        'risk to leave after a call over that after none, Mantel-Haenszel' as meaning
    from effects
)

select *
from steps
order by step
