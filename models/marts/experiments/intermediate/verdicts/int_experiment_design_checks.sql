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

plans as (
    select
        experiment_id,
        metric_name,
        role,
        is_known_metric,
        is_predeclared
    from {{ ref('int_experiment_plans') }}
),

design_checks as (
    select
        experiments.experiment_id,
        'has one control' as check_name,
        '' as place,
        cast(coalesce(variants.controls, 0) as double) as measured,
        case when variants.treatments > 0 then variants.controls else 0 end as tested,
        cast(coalesce(variants.controls, 0) as varchar) as found,
        cast(coalesce(variants.treatments, 0) as varchar) as other,
        true as may_invalidate
    from experiments
    left join variants
        on experiments.experiment_id = variants.experiment_id
    union all
    select
        experiment_id,
        'shares add up to 1' as check_name,
        '' as place,
        traffic_share as measured,
        abs(traffic_share - 1) as tested,
        cast(round(traffic_share, 6) as varchar) as found,
        null as other,
        true as may_invalidate
    from variants
    union all
    select
        experiment_id,
        'ends after it starts' as check_name,
        '' as place,
        null as measured,
        case when ended_at <= started_at then 0 else 1 end as tested,
        cast(started_at as varchar) as found,
        coalesce(cast(ended_at as varchar), 'now') as other,
        true as may_invalidate
    from experiments
    union all
    select
        experiment_id,
        'metric is known' as check_name,
        metric_name as place,
        null as measured,
        case when is_known_metric then 1 else 0 end as tested,
        metric_name as found,
        null as other,
        role <> 'exploratory' as may_invalidate
    from plans
    union all
    select
        experiment_id,
        'declared before the start' as check_name,
        metric_name as place,
        null as measured,
        case when is_predeclared then 1 else 0 end as tested,
        role as found,
        null as other,
        true as may_invalidate
    from plans
    where role <> 'exploratory'
)

select * from design_checks
