-- One row per experiment that anybody was exposed to, and check of its units: how many are not as they should be.
with exposures as (
    select
        experiment_id,
        fate,
        last_arrived_at
    from {{ ref('exposures') }}
),

experiments as (
    select
        experiment_id,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
),

units as (
    select
        exposures.experiment_id,
        count(*) as units,
        count(case when exposures.fate = 'several_variants' then 1 end)
            as in_several_variants,
        count(case when exposures.fate = 'outside_dates' then 1 end) as outside_dates,
        count(case when exposures.fate in ('no_unit', 'unknown_variant') then 1 end)
            as unusable,
        count(
            case
                when
                    exposures.last_arrived_at
                    > {{ dbt.dateadd('day', var('late_days'), 'experiments.ended_at') }}
                    then 1
            end
        ) as arrived_late
    from exposures
    inner join experiments
        on exposures.experiment_id = experiments.experiment_id
    group by exposures.experiment_id
),

checks as (
    select
        experiment_id,
        'few units in several variants' as check_name,
        units,
        in_several_variants as found,
        0.01 as tolerated_share,
        'left out' as consequence
    from units
    union all
    select
        experiment_id,
        'exposed within the dates' as check_name,
        units,
        outside_dates as found,
        0.01 as tolerated_share,
        'not analysed' as consequence
    from units
    union all
    select
        experiment_id,
        'exposures name a unit and a variant' as check_name,
        units,
        unusable as found,
        0 as tolerated_share,
        'not analysed' as consequence
    from units
    union all
    select
        experiment_id,
        'exposures arrived in time' as check_name,
        units,
        arrived_late as found,
        0 as tolerated_share,
        'arrived after the end' as consequence
    from units
)

select * from checks
