with exposures as (
    select
        experiment_id,
        unit_id,
        variant,
        fate,
        is_analysed,
        last_arrived_at
    from {{ ref('exposures') }}
),

experiments as (
    select
        experiment_id,
        {{ dbt.dateadd('day', var('late_days'), 'ended_at') }} as closed_at
    from {{ ref('stg_experiments__experiments') }}
),

ended as (
    select
        experiment_id,
        bool_and(is_ended) as is_ended
    from {{ ref('int_experiment_plans') }}
    group by experiment_id
),

checks as (
    select check_name from {{ ref('experiment_checks') }}
),

counted as (
    select
        exposures.experiment_id,
        count(*) as units,
        count(*) filter (where exposures.fate = 'several_variants') as in_several,
        count(*) filter (where exposures.fate = 'outside_dates') as outside,
        count(*) filter (where exposures.fate in ('no_unit', 'unknown_variant'))
            as unusable,
        count(*) filter (where exposures.last_arrived_at > experiments.closed_at)
            as late
    from exposures
    inner join experiments
        on exposures.experiment_id = experiments.experiment_id
    group by exposures.experiment_id
),

shares as (
    select
        counted.experiment_id,
        checks.check_name,
        case checks.check_name
            when 'few units in several variants' then counted.in_several
            when 'exposed within the dates' then counted.outside
            when 'exposures name a unit and a variant' then counted.unusable
            when 'exposures arrived in time' then counted.late
        end as found,
        counted.units
    from counted
    cross join checks
),

seen as (
    select
        variants.experiment_id,
        variants.variant,
        count(exposures.unit_id) as units
    from {{ ref('stg_experiments__variants') }} as variants
    left join exposures
        on
            variants.experiment_id = exposures.experiment_id
            and variants.variant = exposures.variant
            and exposures.is_analysed
    group by variants.experiment_id, variants.variant
),

unit_checks as (
    select
        seen.experiment_id,
        'every variant was seen' as check_name,
        seen.variant as place,
        cast(seen.units as double) as measured,
        cast(seen.units as double) as tested,
        cast(seen.units as varchar) as found,
        null as other,
        coalesce(ended.is_ended, false) as may_invalidate
    from seen
    left join ended
        on seen.experiment_id = ended.experiment_id
    union all
    select
        experiment_id,
        check_name,
        '' as place,
        1.0 * found / units as measured,
        1.0 * found / units as tested,
        cast(found as varchar) as found,
        cast(units as varchar) as other,
        true as may_invalidate
    from shares
    where found is not null
)

select * from unit_checks
