-- One row per experiment and unit (one per exposure that names no unit): its first exposure.
with experiments as (
    select
        experiment_id,
        brand,
        unit,
        started_at,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
),

variants as (
    select
        experiment_id,
        variant
    from {{ ref('stg_experiments__variants') }}
),

exposures as (
    select
        exposure_id,
        experiment_id,
        variant,
        customer_id,
        anonymous_id,
        device_type,
        exposed_at,
        arrived_at
    from {{ ref('stg_experiments__exposures') }}
),

-- The customer of a device, none when it is shared, and when it was first seen.
devices as (
    select
        brand,
        anonymous_id,
        max(customer_id) as customer_id,
        min(started_at) as first_seen_at
    from {{ ref('sessions') }}
    group by brand, anonymous_id
),

exposed as (
    select
        exposures.exposure_id,
        exposures.experiment_id,
        case
            when experiments.unit = 'visitor' then exposures.anonymous_id
            else exposures.customer_id
        end as unit_id,
        coalesce(exposures.customer_id, devices.customer_id) as customer_id,
        exposures.anonymous_id,
        coalesce(experiments.brand, 'unknown') as brand,
        coalesce(experiments.unit, 'unknown') as unit,
        exposures.variant,
        exposures.device_type,
        devices.first_seen_at,
        case
            when experiments.experiment_id is null then 'unknown_experiment'
            when variants.variant is null then 'unknown_variant'
            when
                exposures.exposed_at < experiments.started_at
                or exposures.exposed_at >= experiments.ended_at
                then 'outside_dates'
            else 'analysed'
        end as fate,
        exposures.exposed_at,
        exposures.arrived_at
    from exposures
    left join experiments
        on exposures.experiment_id = experiments.experiment_id
    left join variants
        on
            exposures.experiment_id = variants.experiment_id
            and exposures.variant = variants.variant
    left join devices
        on
            experiments.brand = devices.brand
            and exposures.anonymous_id = devices.anonymous_id
),

-- What names no unit stands alone, as a unit that cannot be analysed.
ranked as (
    select
        *,
        count(*) over units as exposure_count,
        max(arrived_at) over units as last_arrived_at,
        row_number() over (
            partition by experiment_id, coalesce(unit_id, exposure_id)
            order by exposed_at, exposure_id
        ) as exposure_number
    from exposed
    window units as (partition by experiment_id, coalesce(unit_id, exposure_id))
),

variant_counts as (
    select
        experiment_id,
        unit_id,
        count(distinct variant) as variant_count,
        count(distinct case when fate = 'analysed' then variant end)
            as analysed_variant_count
    from exposed
    where unit_id is not null
    group by experiment_id, unit_id
),

first_exposures as (
    select
        ranked.experiment_id,
        coalesce(ranked.unit_id, ranked.exposure_id) as unit_id,
        ranked.customer_id,
        ranked.anonymous_id,
        ranked.brand,
        ranked.unit,
        ranked.variant,
        ranked.device_type,
        ranked.exposure_count,
        coalesce(variant_counts.variant_count, 1) as variant_count,
        case
            when ranked.fate = 'unknown_experiment' then ranked.fate
            when ranked.unit_id is null then 'no_unit'
            when ranked.fate = 'unknown_variant' then ranked.fate
            when variant_counts.analysed_variant_count > 1 then 'several_variants'
            else ranked.fate
        end as fate,
        ranked.first_seen_at,
        ranked.exposed_at,
        ranked.last_arrived_at
    from ranked
    left join variant_counts
        on
            ranked.experiment_id = variant_counts.experiment_id
            and ranked.unit_id = variant_counts.unit_id
    where ranked.exposure_number = 1
)

select * from first_exposures
