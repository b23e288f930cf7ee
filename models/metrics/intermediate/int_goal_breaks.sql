with months as (
    select
        goal_id,
        forecast_on,
        months_back,
        max(case when base_months = 0 then base_rate end) as rate,
        max(case when base_months = 3 then base_rate end) as rate_before
    from {{ ref('int_goal_rehearsals') }}
    where base_rate > 0 and months_back <= {{ var('goal_rehearsals') }}
    group by goal_id, forecast_on, months_back
),

steps as (
    select
        goal_id,
        forecast_on,
        months_back,
        ln(rate / rate_before) as step,
        case when months_back > 0 then ln(rate / rate_before) end as past_step
    from months
    where rate is not null and rate_before is not null
),

centred as (
    select
        *,
        count(past_step) over (partition by goal_id, forecast_on) as past_steps,
        median(past_step) over (partition by goal_id, forecast_on) as middle
    from steps
),

measured as (
    select
        goal_id,
        forecast_on,
        past_steps,
        max(case when months_back = 0 then abs(step - middle) end) as distance,
        1.4826 * median(abs(past_step - middle)) as deviation
    from centred
    group by goal_id, forecast_on, past_steps
),

breaks as (
    select
        goal_id,
        forecast_on
    from measured
    where
        past_steps >= {{ var('goal_least_for_exceptions') }}
        and distance
        > {{ var('goal_exception_deviations') }} * (1 + 2.0 / past_steps)
        * greatest(deviation, 1e-9)
)

select * from breaks
