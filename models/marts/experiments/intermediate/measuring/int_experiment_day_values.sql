-- The quantile of a day is no part of the quantile of all days.
with days as (
    select
        population_id as experiment_id,
        metric_name,
        unit_id,
        variant,
        kind,
        days_since_exposure,
        numerator,
        denominator
    from {{ ref('int_experiment_outcome_days') }}
    where
        population_kind = 'experiment'
        and days_since_exposure >= 0
        and kind <> 'quantile'
),

caps as (
    select
        population_id as experiment_id,
        metric_name,
        cap
    from {{ ref('int_experiment_caps') }}
    where population_kind = 'experiment'
),

running as (
    select
        experiment_id,
        metric_name,
        unit_id,
        variant,
        kind,
        days_since_exposure,
        denominator,
        coalesce(sum(numerator) over unit_days, 0) as so_far,
        coalesce(sum(numerator) over earlier_days, 0) as before
    from days
    window
        unit_days as (
            partition by experiment_id, metric_name, unit_id
            order by days_since_exposure
        ),
        earlier_days as (
            partition by experiment_id, metric_name, unit_id
            order by days_since_exposure
            rows between unbounded preceding and 1 preceding
        )
),

-- What counts once, in a share or below a cap, counts on the day that reached it: so the days
-- add up to the whole outcome.
day_values as (
    select
        running.experiment_id,
        running.metric_name,
        running.unit_id,
        running.days_since_exposure,
        running.variant,
        cast(
            {{ counted_by_kind('running.so_far', 'running.kind', 'caps.cap') }}
            - {{ counted_by_kind('running.before', 'running.kind', 'caps.cap') }}
            as decimal(18, 6)
        ) as unit_value,
        {{ counted_at_most('running.denominator') }} as denominator
    from running
    left join caps
        on
            running.experiment_id = caps.experiment_id
            and running.metric_name = caps.metric_name
)

select * from day_values
