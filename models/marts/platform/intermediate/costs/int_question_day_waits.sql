{%- set days_before = '-' ~ var('question_window_days') -%}

with questions as (
    select
        question_id,
        asked_date,
        answered_date,
        asked_at,
        answered_at
    from {{ ref('questions') }}
    where status in ('answered', 'open')
),

run as (
    select settings.as_of_date
    from {{ as_of() }} as settings
),

firsts as (
    select min(asked_date) as first_date from questions
),

dates as (
    select
        dates.date_day,
        {{ first_moment_after('dates.date_day') }} as ends_at
    from {{ ref('dates') }} as dates
    inner join firsts
        on dates.date_day >= firsts.first_date
    inner join run
        on dates.date_day <= run.as_of_date
),

-- Each day as it looked at its end: an answer of a later day was not there yet.
seen as (
    select
        dates.date_day,
        questions.question_id,
        questions.asked_date,
        questions.answered_date,
        coalesce(questions.answered_date <= dates.date_day, false) as is_answered,
        case
            when questions.answered_date <= dates.date_day
                then {{ hours_between('questions.asked_at', 'questions.answered_at') }}
            else {{ hours_between('questions.asked_at', 'dates.ends_at') }}
        end as wait_hours,
        questions.asked_date
        > {{ dbt.dateadd('day', days_before, 'dates.date_day') }} as is_recent
    from dates
    inner join questions
        on dates.date_day >= questions.asked_date
    where
        questions.asked_date > {{ dbt.dateadd('day', days_before, 'dates.date_day') }}
        or questions.answered_date >= dates.date_day
        or questions.answered_date is null
)

select * from seen
