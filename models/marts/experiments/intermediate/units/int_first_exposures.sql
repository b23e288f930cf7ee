with logged as (
    select * from {{ ref('int_logged_exposures') }}
),

-- An exposure that names no unit is a unit of its own, which cannot be analysed.
moments as (
    select
        *,
        coalesce(unit_id, concat('exposure ', exposure_id)) as counted_unit_id,
        min(exposed_at) over units as first_exposed_at,
        min(case when device_type is not null then exposed_at end) over units
            as first_device_at
    from logged
    window units as (
        partition by experiment_id, coalesce(unit_id, concat('exposure ', exposure_id))
    )
),

compared as (
    select
        *,
        case when exposed_at = first_exposed_at then customer_id end
            as first_customer_id,
        case when exposed_at = first_exposed_at then anonymous_id end
            as first_anonymous_id,
        case when exposed_at = first_device_at then device_type end
            as first_device_type
    from moments
),

-- What two exposures of the same moment say in different ways is not known, whatever their ids. One that can be
-- analysed counts before one that cannot.
units as (
    select
        experiment_id,
        counted_unit_id as unit_id,
        brand,
        unit,
        case
            when min(first_customer_id) = max(first_customer_id)
                then min(first_customer_id)
        end as customer_id,
        case
            when min(first_anonymous_id) = max(first_anonymous_id)
                then min(first_anonymous_id)
        end as anonymous_id,
        case
            when min(first_device_type) = max(first_device_type)
                then min(first_device_type)
        end as device_type,
        min_by(variant, (exposed_at, status <> 'analysed', variant)) as variant,
        min_by(status, (exposed_at, status <> 'analysed', status)) as status,
        count(unit_id) as named_count,
        count(*) as exposure_count,
        count(distinct variant) as variant_count,
        count(distinct variant) filter (where status = 'analysed')
            as analysed_variant_count,
        min(first_seen_at) as first_seen_at,
        min(exposed_at) as exposed_at,
        max(arrived_at) as last_arrived_at
    from compared
    group by experiment_id, counted_unit_id, brand, unit
),

first_exposures as (
    select
        experiment_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        variant,
        device_type,
        exposure_count,
        variant_count,
        case
            when status = 'unknown_experiment' then status
            when named_count = 0 then 'no_unit'
            when status = 'unknown_variant' then status
            when analysed_variant_count > 1 then 'several_variants'
            else status
        end as status,
        first_seen_at,
        exposed_at,
        last_arrived_at
    from units
)

select * from first_exposures
