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
        lower(variant) as written_variant,
        min(variant) as variant
    from {{ ref('stg_experiments__variants') }}
    group by experiment_id, lower(variant)
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

consents as (
    select
        person_type,
        person_id,
        purpose,
        is_granted
    from {{ ref('consents') }}
),

-- Before the login it is the one customer of the device, who was one by then.
devices as (
    select * from {{ ref('int_exposed_devices') }}
),

logged as (
    select
        exposures.exposure_id,
        exposures.experiment_id,
        case
            when experiments.unit = 'visitor' then exposures.anonymous_id
            when exposures.exposed_at >= devices.only_customer_from
                then coalesce(exposures.customer_id, devices.only_customer_id)
            else exposures.customer_id
        end as unit_id,
        coalesce(exposures.customer_id, devices.customer_id) as customer_id,
        exposures.anonymous_id,
        coalesce(experiments.brand, 'unknown') as brand,
        coalesce(experiments.unit, 'unknown') as unit,
        coalesce(variants.variant, exposures.variant) as variant,
        exposures.device_type,
        case
            when experiments.experiment_id is null then 'unknown_experiment'
            when variants.variant is null then 'unknown_variant'
            when
                exposures.exposed_at < experiments.started_at
                or exposures.exposed_at >= experiments.ended_at
                then 'outside_dates'
            else 'analysed'
        end as status,
        devices.first_seen_at,
        exposures.exposed_at,
        exposures.arrived_at
    from exposures
    left join experiments
        on exposures.experiment_id = experiments.experiment_id
    left join variants
        on
            exposures.experiment_id = variants.experiment_id
            and lower(exposures.variant) = variants.written_variant
    left join devices
        on
            experiments.brand = devices.brand
            and exposures.anonymous_id = devices.anonymous_id
    where {{ has_consent(
        'experiments', 'consents',
        'coalesce(exposures.customer_id, devices.customer_id)', 'exposures.anonymous_id'
    ) }}
)

select * from logged
