with plans as (
    select
        'experiment' as population_kind,
        experiment_id as population_id,
        metric_name,
        kind,
        numerator,
        denominator,
        second_covariate,
        from_day,
        outcome_days,
        until_at
    from {{ ref('int_experiment_plans') }}
    where is_known_metric
),

metrics as (
    select
        metric_name,
        kind,
        numerator,
        denominator,
        second_covariate,
        coalesce(from_day, 0) as from_day
    from {{ ref('experiment_metrics') }}
),

traffic as (
    select distinct population_id from {{ ref('int_experiment_traffic') }}
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

measures as (
    select * from plans
    union all
    select
        'traffic' as population_kind,
        traffic.population_id,
        metrics.metric_name,
        metrics.kind,
        metrics.numerator,
        metrics.denominator,
        metrics.second_covariate,
        metrics.from_day,
        {{ var('planning_days') }} as outcome_days,
        as_of.until_at
    from traffic
    cross join metrics
    cross join as_of
)

select * from measures
