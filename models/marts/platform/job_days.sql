{%- set month_to_date = "(
            partition by job_name, month_start order by job_date
            rows between unbounded preceding and current row
        )" -%}
{%- set four_weeks = "(
            partition by job_name order by job_date
            range between interval 27 days preceding and current row
        )" -%}

with slots as (
    select * from {{ ref('int_job_slots') }}
),

days as (
    select
        job_name,
        count(*) as scheduled_count,
        cast(sum(run_count) as bigint) as run_count,
        count(case when outcome = 'succeeded' then 1 end) as succeeded_count,
        count(case when is_on_time then 1 end) as on_time_count,
        count(case when is_late then 1 end) as late_count,
        count(case when outcome = 'failed' then 1 end) as failed_count,
        count(case when outcome = 'skipped' then 1 end) as skipped_count,
        count(case when outcome = 'unfinished' then 1 end) as unfinished_count,
        count(case when outcome = 'running' then 1 end) as running_count,
        count(case when not is_on_time then 1 end) as missed_count,
        cast(sum(failed_run_count) as bigint) as failed_run_count,
        cast(sum(rows_loaded) as bigint) as rows_loaded,
        cast(sum(run_seconds) / 60.0 as double) as minutes,
        cast(max(longest_seconds) / 60.0 as double) as longest_minutes,
        max(on_time_goal) as on_time_goal,
        cast(max(allowed_late_minutes) as double) as allowed_late_minutes,
        job_date,
        {{ month_of('job_date') }} as month_start
    from slots
    group by job_name, job_date
),

months as (
    select
        *,
        cast(sum(scheduled_count) over {{ month_to_date }} as bigint)
            as month_scheduled_count,
        cast(sum(missed_count) over {{ month_to_date }} as bigint)
            as month_missed_count,
        sum(scheduled_count) over {{ four_weeks }} as recent_count,
        least(28, 1 + {{ dbt.datediff(
            'min(job_date) over (partition by job_name)', 'job_date', 'day'
        ) }}) as recent_days,
        {{ dbt.datediff('job_date', dbt.last_day('job_date', 'month'), 'day') }}
            as days_left
    from days
),

-- The rest of a running month is taken to be like the last four weeks.
budgets as (
    select
        *,
        round(
            (1 - on_time_goal)
            * (month_scheduled_count + days_left * recent_count / recent_days),
            9
        ) as month_allowed_misses
    from months
),

described as (
    select
        job_name,
        case
            when on_time_goal is null then 'no_goal'
            when month_missed_count > month_allowed_misses then 'spent'
            else 'within'
        end as budget_status,
        scheduled_count,
        run_count,
        succeeded_count,
        on_time_count,
        late_count,
        failed_count,
        skipped_count,
        unfinished_count,
        running_count,
        scheduled_count - on_time_count - missed_count as unknown_count,
        missed_count,
        failed_run_count,
        rows_loaded,
        month_scheduled_count,
        month_missed_count,
        minutes,
        longest_minutes,
        allowed_late_minutes,
        on_time_goal,
        cast(month_allowed_misses as double) as month_allowed_misses,
        cast(month_allowed_misses - month_missed_count as double) as month_budget_left,
        job_date,
        month_start
    from budgets
)

select * from described
