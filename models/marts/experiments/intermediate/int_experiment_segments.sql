-- One row per cell and way to divide the units: the segment it is in. All units are one of the ways.
with cells as (
    select * from {{ ref('int_experiment_cells') }}
),

segment_types as (
    select 'all' as segment_type
    union all
    select 'device_type' as segment_type
    union all
    select 'country' as segment_type
    union all
    select 'customer_type' as segment_type
),

segments as (
    select
        cells.cell_id,
        cells.experiment_id,
        cells.variant,
        segment_types.segment_type,
        case segment_types.segment_type
            when 'device_type' then cells.device_type
            when 'country' then cells.country_code
            when 'customer_type' then cells.customer_type
            else 'all'
        end as segment,
        cells.n,
        cells.exposed_date
    from cells
    cross join segment_types
)

select * from segments
