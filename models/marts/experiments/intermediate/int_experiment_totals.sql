-- One row per experiment, variant, metric and place (a segment, a day of exposure, all days up to one, a day since exposure):
-- the exact sums over its units.
with places as (
    select * from {{ ref('int_experiment_places') }}
),

measures as (
    select
        experiment_id,
        metric_name
    from {{ ref('int_experiment_measures') }}
),

sums as (
    select * from {{ ref('int_experiment_sums') }}
),

days_since as (
    select
        experiment_id,
        variant,
        metric_name,
        'days_since' as segment_type,
        cast(days_since_exposure as varchar) as segment,
        n,
        n_mature,
        {{ columns_of_sums() }}
    from {{ ref('int_experiment_days_since') }}
),

added as (
    select
        places.experiment_id,
        places.variant,
        measures.metric_name,
        places.segment_type,
        places.segment,
        cast(sum(places.n) as bigint) as n,
        cast(coalesce(sum(sums.n_mature), 0) as bigint) as n_mature,
        {{ columns_of_sums('sum(sums.', ')') }}
    from places
    inner join measures
        on places.experiment_id = measures.experiment_id
    left join sums
        on
            places.cell_id = sums.cell_id
            and measures.metric_name = sums.metric_name
    group by
        places.experiment_id,
        places.variant,
        measures.metric_name,
        places.segment_type,
        places.segment
),

arms as (
    select distinct
        experiment_id,
        variant,
        metric_name
    from added
),

exposed_days as (
    select distinct
        experiment_id,
        segment
    from added
    where segment_type = 'exposed_on'
),

-- A day on which only one arm was exposed carries what the other had before.
until_days as (
    select
        arms.experiment_id,
        arms.variant,
        arms.metric_name,
        'exposed_until' as segment_type,
        exposed_days.segment,
        cast(sum(added.n) over days as bigint) as n,
        cast(sum(added.n_mature) over days as bigint) as n_mature,
        {{ columns_of_sums('sum(added.', ') over days') }}
    from arms
    inner join exposed_days
        on arms.experiment_id = exposed_days.experiment_id
    left join added
        on
            arms.experiment_id = added.experiment_id
            and arms.variant = added.variant
            and arms.metric_name = added.metric_name
            and added.segment_type = 'exposed_on'
            and exposed_days.segment = added.segment
    window days as (
        partition by arms.experiment_id, arms.variant, arms.metric_name
        order by exposed_days.segment
        rows between unbounded preceding and current row
    )
),

whole as (
    select * from added
    union all
    select * from until_days
    union all
    select * from days_since
)

select *
from whole
where n > 0
