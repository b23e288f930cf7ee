with waits as (
    select
        date_day,
        asked_date,
        answered_date,
        wait_hours,
        is_answered,
        is_recent
    from {{ ref('int_question_day_waits') }}
),

counted as (
    select
        date_day,
        count(case when asked_date = date_day then 1 end) as asked,
        count(case when answered_date = date_day then 1 end) as answered,
        count(case when not is_answered then 1 end) as open_at_end,
        count(case when is_recent then 1 end) as recent_questions
    from waits
    group by date_day
),

-- Kaplan-Meier over the questions of the window: an open one has waited at least so long.
ended as (
    select
        date_day,
        wait_hours,
        count(case when is_answered then 1 end) as n_answered,
        count(*) as n_ended
    from waits
    where is_recent
    group by date_day, wait_hours
),

at_risk as (
    select
        *,
        sum(n_ended) over (
            partition by date_day
            order by wait_hours desc
            rows between unbounded preceding and current row
        ) as n_at_risk
    from ended
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
        date_day,
        wait_hours,
        {{ survived('log_step', ' over until_now') }} as still_waiting
    from steps
    window until_now as (
        partition by date_day
        order by wait_hours
        rows between unbounded preceding and current row
    )
),

medians as (
    select
        date_day,
        min(case when still_waiting <= 0.5 + 1e-9 then wait_hours end) as median_hours
    from curves
    group by date_day
),

joined as (
    select
        counted.asked,
        counted.answered,
        counted.open_at_end,
        counted.recent_questions,
        medians.median_hours,
        counted.date_day as question_date
    from counted
    left join medians
        on counted.date_day = medians.date_day
)

select * from joined
