with questions as (
    select
        team,
        is_total,
        grain,
        status,
        wait_hours,
        period_start
    from {{ ref('int_question_periods') }}
    where status in ('answered', 'open')
),

-- Kaplan-Meier: a question that is still open has waited at least so long.
waits as (
    select
        team,
        is_total,
        grain,
        period_start,
        wait_hours,
        count(case when status = 'answered' then 1 end) as n_answered,
        count(*) as n_ended
    from questions
    group by team, is_total, grain, period_start, wait_hours
),

at_risk as (
    select
        *,
        sum(n_ended) over (
            partition by team, is_total, grain, period_start
            order by wait_hours desc
            rows between unbounded preceding and current row
        ) as n_at_risk
    from waits
),

steps as (
    select
        *,
        {{ log_survival_step('n_answered', 'n_at_risk') }} as log_step
    from at_risk
    where n_answered > 0
),

curves as (
    select
        team,
        is_total,
        grain,
        period_start,
        wait_hours,
        {{ survived('log_step', ' over until_now') }} as still_waiting
    from steps
    window until_now as (
        partition by team, is_total, grain, period_start
        order by wait_hours
        rows between unbounded preceding and current row
    )
),

-- A share of exactly a half is one, whatever logarithms make of it.
quantiles as (
    select
        team,
        is_total,
        grain,
        period_start,
        min(case when still_waiting <= 0.5 + 1e-9 then wait_hours end)
            as median_hours,
        min(case when still_waiting <= 0.1 + 1e-9 then wait_hours end)
            as p90_hours
    from curves
    group by team, is_total, grain, period_start
)

select * from quantiles
