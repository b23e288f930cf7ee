-- One row per experiment, check and place where it was made: whether the experiment can be believed, and if not, why.
with experiments as (
    select
        experiment_id,
        started_at,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
),

variants as (
    select
        experiment_id,
        count(*) filter (where is_control) as controls,
        count(*) filter (where not is_control) as treatments,
        {{ steady_sum('traffic_share') }} as traffic_share
    from {{ ref('stg_experiments__variants') }}
    group by experiment_id
),

arms as (
    select
        variants.experiment_id,
        variants.variant,
        count(exposures.unit_id) as units
    from {{ ref('stg_experiments__variants') }} as variants
    left join {{ ref('exposures') }} as exposures
        on
            variants.experiment_id = exposures.experiment_id
            and variants.variant = exposures.variant
            and exposures.is_analysed
    group by variants.experiment_id, variants.variant
),

unit_checks as (
    select * from {{ ref('int_experiment_unit_checks') }}
),

plans as (
    select
        experiment_id,
        metric_name,
        role,
        is_known_metric,
        is_predeclared
    from {{ ref('int_experiment_plans') }}
),

ended as (
    select
        experiment_id,
        bool_and(is_ended) as is_ended
    from {{ ref('int_experiment_plans') }}
    group by experiment_id
),

splits as (
    select * from {{ ref('int_experiment_splits') }}
),

pre_periods as (
    select * from {{ ref('int_experiment_pre_periods') }}
),

checks as (
    select
        experiments.experiment_id,
        'has one control' as check_name,
        '' as place,
        cast(coalesce(variants.controls, 0) as double) as measured,
        cast(null as double) as p_value,
        coalesce(variants.controls, 0) = 1 and variants.treatments > 0 as is_ok,
        true as invalidates,
        concat(
            coalesce(variants.controls, 0), ' control and ',
            coalesce(variants.treatments, 0), ' treatment variants'
        ) as detail
    from experiments
    left join variants
        on experiments.experiment_id = variants.experiment_id
    union all
    select
        experiment_id,
        'shares add up to 1' as check_name,
        '' as place,
        traffic_share as measured,
        null as p_value,
        abs(traffic_share - 1) <= 0.001 as is_ok,
        true as invalidates,
        concat('traffic shares add up to ', round(traffic_share, 6)) as detail
    from variants
    union all
    select
        experiment_id,
        'ends after it starts' as check_name,
        '' as place,
        null as measured,
        null as p_value,
        coalesce(ended_at > started_at, true) as is_ok,
        true as invalidates,
        concat('from ', started_at, ' to ', coalesce(cast(ended_at as varchar), 'now'))
            as detail
    from experiments
    union all
    select
        arms.experiment_id,
        'every variant was seen' as check_name,
        arms.variant as place,
        cast(arms.units as double) as measured,
        null as p_value,
        arms.units > 0 as is_ok,
        coalesce(ended.is_ended, false) as invalidates,
        concat(arms.units, ' units analysed') as detail
    from arms
    left join ended
        on arms.experiment_id = ended.experiment_id
    union all
    select
        experiment_id,
        'metric is known' as check_name,
        metric_name as place,
        null as measured,
        null as p_value,
        is_known_metric as is_ok,
        role <> 'exploratory' as invalidates,
        case
            when is_known_metric then 'defined in experiment_metrics'
            else concat(
                'no metric ''',
                metric_name,
                ''' in reference.experiment_metrics: add a row for it'
            )
        end as detail
    from plans
    union all
    select
        experiment_id,
        'declared before the start' as check_name,
        metric_name as place,
        null as measured,
        null as p_value,
        is_predeclared as is_ok,
        false as invalidates,
        concat(role, ' metric') as detail
    from plans
    where role <> 'exploratory'
    union all
    select
        experiment_id,
        case when is_whole then 'split as planned' else 'split within segments' end
            as check_name,
        case
            when is_whole then ''
            when exposed_date is null then concat(segment_type, ' ', segment)
            else concat(segment_type, ' ', segment, ' on ', exposed_date)
        end as place,
        chi_square as measured,
        p_value,
        coalesce(p_value_adjusted >= 0.001, true) as is_ok,
        is_whole as invalidates,
        concat(
            worst_variant, ' has ', cast(worst_units as bigint), ' units, expected ',
            round(worst_expected_units, 1)
        ) as detail
    from splits
    where is_whole or p_value is not null
    union all
    select
        experiment_id,
        check_name,
        '' as place,
        1.0 * found / units as measured,
        null as p_value,
        1.0 * found / units <= tolerated_share as is_ok,
        false as invalidates,
        concat(found, ' of ', units, ' units, ', consequence) as detail
    from unit_checks
    union all
    select
        experiment_id,
        'no difference before the start' as check_name,
        concat(metric_name, ' of ', variant) as place,
        pre_difference as measured,
        p_value,
        coalesce(p_value >= 0.001, true) as is_ok,
        false as invalidates,
        'the 28 days before exposure' as detail
    from pre_periods
)

select * from checks
