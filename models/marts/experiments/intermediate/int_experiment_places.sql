-- One row per cell and place it counts in: its segments and its day of exposure.
with segments as (
    select
        cell_id,
        experiment_id,
        variant,
        segment_type,
        segment,
        n
    from {{ ref('int_experiment_segments') }}
),

cells as (
    select
        cell_id,
        experiment_id,
        variant,
        n,
        exposed_date
    from {{ ref('int_experiment_cells') }}
),

places as (
    select * from segments
    union all
    select
        cell_id,
        experiment_id,
        variant,
        'exposed_on' as segment_type,
        cast(exposed_date as varchar) as segment,
        n
    from cells
)

select * from places
