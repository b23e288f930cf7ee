with experiments as (
    select
        experiment_id,
        coalesce(brand, 'unknown') as brand,
        experiment_type,
        {{ reporting_date('started_at') }} as first_day,
        {{ reporting_date(dbt.dateadd('second', -1, 'ended_at')) }} as last_day
    from {{ ref('stg_experiments__experiments') }}
),

verdicts as (
    select
        experiment_id,
        bool_and(verdict <> 'invalid') as is_valid
    from {{ ref('experiment_verdicts') }}
    group by experiment_id
),

dates as (
    select date_day from {{ ref('dates') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

days as (
    select
        experiments.experiment_id,
        experiments.brand,
        experiments.experiment_type,
        verdicts.is_valid,
        dates.date_day as run_date
    from experiments
    inner join verdicts
        on experiments.experiment_id = verdicts.experiment_id
    cross join as_of
    inner join dates
        on experiments.first_day <= dates.date_day
    where
        dates.date_day <= as_of.as_of_date
        and dates.date_day <= coalesce(experiments.last_day, as_of.as_of_date)
)

select * from days
