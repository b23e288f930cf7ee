with logged as (
    select * from {{ ref('int_logged_exposures') }}
),

-- An exposure that names no unit is a unit of its own, which cannot be analysed.
ranked as (
    select
        *,
        count(*) over units as exposure_count,
        max(arrived_at) over units as last_arrived_at,
        row_number() over (
            partition by experiment_id, coalesce(unit_id, exposure_id)
            order by exposed_at, exposure_id
        ) as exposure_number
    from logged
    window units as (partition by experiment_id, coalesce(unit_id, exposure_id))
),

variant_counts as (
    select
        experiment_id,
        unit_id,
        count(distinct variant) as variant_count,
        count(distinct case when status = 'analysed' then variant end)
            as analysed_variant_count
    from logged
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
            when ranked.status = 'unknown_experiment' then ranked.status
            when ranked.unit_id is null then 'no_unit'
            when ranked.status = 'unknown_variant' then ranked.status
            when variant_counts.analysed_variant_count > 1 then 'several_variants'
            else ranked.status
        end as status,
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
