-- One row per experiment, treatment, metric, day and way to look at it: the effect on those exposed on the day, on all exposed
-- up to it, and, of all, the effect on what they did so many days after their exposure.
with tests as (
    select *
    from {{ ref('int_experiment_tests') }}
    where segment_type in ('exposed_on', 'exposed_until', 'days_since')
),

days as (
    select
        experiment_id,
        variant,
        metric_name,
        case segment_type
            when 'exposed_on' then 'daily'
            when 'exposed_until' then 'cumulative'
            else 'since_exposure'
        end as view_name,
        problem,
        n_mature,
        case when segment_type = 'days_since' then cast(segment as bigint) end
            as days_since_exposure,
        control_value,
        treatment_value,
        difference,
        difference_low,
        difference_high,
        p_value,
        always_valid_low,
        always_valid_high,
        always_valid_p_value,
        case when segment_type <> 'days_since' then cast(segment as date) end
            as exposed_date
    from tests
)

select * from days
