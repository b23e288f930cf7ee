with variants as (
    select
        experiment_id,
        variant,
        is_control,
        count(case when is_control then 1 end) over (partition by experiment_id)
            as control_count
    from {{ ref('stg_experiments__variants') }}
),

units as (
    select
        experiments.experiment_id,
        units.unit_id,
        units.brand,
        units.unit,
        variants.variant,
        variants.is_control,
        count(*) over (partition by experiments.experiment_id) as units,
        experiments.started_at,
        coalesce(experiments.ended_at, cast('9999-12-31' as timestamp)) as ended_at
    from {{ ref('int_experiment_units') }} as units
    inner join variants
        on
            units.population_id = variants.experiment_id
            and units.variant = variants.variant
            and variants.control_count = 1
    inner join {{ ref('stg_experiments__experiments') }} as experiments
        on units.population_id = experiments.experiment_id
    where units.population_kind = 'experiment'
),

unit_values as (
    select
        unit_values.population_id as experiment_id,
        unit_values.metric_name,
        unit_values.unit_id,
        cast(unit_values.unit_value as decimal(19, 6)) as unit_value
    from {{ ref('int_experiment_values') }} as unit_values
    inner join {{ ref('int_experiment_plans') }} as plans
        on
            unit_values.population_id = plans.experiment_id
            and unit_values.metric_name = plans.metric_name
    where
        unit_values.population_kind = 'experiment'
        and plans.role in ('success', 'guardrail')
        and plans.kind not in ('ratio', 'quantile')
),

shared as (
    select
        ours.experiment_id,
        others.experiment_id as other_experiment_id,
        ours.variant,
        others.variant as other_variant,
        ours.is_control,
        others.is_control as other_is_control,
        ours.unit_id,
        ours.units,
        count(*) over (partition by ours.experiment_id, others.experiment_id)
            as shared_units
    from units as ours
    inner join units as others
        on
            ours.brand = others.brand
            and ours.unit = others.unit
            and ours.unit_id = others.unit_id
            and ours.experiment_id <> others.experiment_id
            and ours.started_at < others.ended_at
            and ours.ended_at > others.started_at
),

cells as (
    select
        shared.experiment_id,
        shared.other_experiment_id,
        unit_values.metric_name,
        shared.variant,
        shared.other_variant,
        shared.is_control,
        shared.other_is_control,
        shared.units,
        shared.shared_units,
        count(*) as n_mature,
        count(case when unit_values.unit_value <> 0 then 1 end) as n_converted,
        cast(sum(unit_values.unit_value) as double) / count(*) as mean,
        greatest(
            cast(sum(unit_values.unit_value * unit_values.unit_value) as double)
            - power(cast(sum(unit_values.unit_value) as double), 2) / count(*),
            0
        ) / nullif(count(*) - 1, 0) / count(*) as error_variance
    from shared
    inner join unit_values
        on
            shared.experiment_id = unit_values.experiment_id
            and shared.unit_id = unit_values.unit_id
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)

select * from cells
