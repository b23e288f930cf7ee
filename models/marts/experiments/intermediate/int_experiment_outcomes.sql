-- One row per experiment, metric and analysed unit whose outcome days have passed: what it came to, and what it had come to
-- in the 28 days before (of a visitor nothing: whose device it is may be known only because of the treatment).
with days as (
    select * from {{ ref('int_experiment_outcome_days') }}
),

summed as (
    select
        experiment_id,
        metric_name,
        unit_id,
        unit,
        kind,
        sum(numerator) filter (where days_since_exposure >= 0) as numerator,
        sum(denominator) filter (where days_since_exposure >= 0) as denominator,
        sum(numerator) filter (where days_since_exposure < 0) as pre_numerator
    from days
    group by experiment_id, metric_name, unit_id, unit, kind
),

outcomes as (
    select
        experiment_id,
        metric_name,
        unit_id,
        kind,
        coalesce(numerator, 0) as numerator,
        case when kind = 'ratio' then coalesce(denominator, 0) end as denominator,
        case when unit = 'customer' then coalesce(pre_numerator, 0) end
            as pre_numerator
    from summed
)

select * from outcomes
