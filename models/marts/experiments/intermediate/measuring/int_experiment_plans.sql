with declared as (
    select
        experiment_id,
        metric_name,
        role,
        direction,
        margin,
        outcome_days,
        declared_at
    from {{ ref('stg_experiments__metrics') }}
),

experiments as (
    select
        experiment_id,
        started_at,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
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

as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

plans as (
    select
        declared.experiment_id,
        declared.metric_name,
        declared.role,
        declared.direction,
        metrics.kind,
        metrics.numerator,
        metrics.denominator,
        metrics.second_covariate,
        metrics.from_day,
        declared.margin,
        declared.outcome_days,
        metrics.metric_name is not null as is_known_metric,
        declared.declared_at <= experiments.started_at as is_predeclared,
        coalesce(experiments.ended_at <= as_of.until_at, false) as is_ended,
        coalesce(
            {{ dbt.dateadd(
                'day', 'declared.outcome_days + ' ~ var('late_days'), 'experiments.ended_at'
            ) }} <= as_of.until_at,
            false
        ) as is_final,
        experiments.started_at,
        as_of.until_at
    from declared
    inner join experiments
        on declared.experiment_id = experiments.experiment_id
    left join metrics
        on declared.metric_name = metrics.metric_name
    cross join as_of
)

select * from plans
