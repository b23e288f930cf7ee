with places as (
    select
        population_id as experiment_id,
        variant,
        phase,
        place_type,
        place,
        exposed_date,
        n
    from {{ ref('int_experiment_places') }}
    where population_kind = 'experiment' and {{ is_segment('place_type') }}
),

planned as (
    select
        experiment_id,
        variant,
        'as planned' as phase,
        traffic_share
    from {{ ref('stg_experiments__variants') }}
    union all
    select
        experiment_id,
        variant,
        cast(valid_from as varchar) as phase,
        traffic_share
    from {{ ref('experiment_shares') }}
),

shares as (
    select
        experiment_id,
        variant,
        phase,
        traffic_share
        / cast(
            sum(cast(traffic_share as decimal(38, 18)))
                over (partition by experiment_id, phase)
            as double
        ) as share
    from planned
    where traffic_share > 0.000000001
),

-- A phase of changed shares is a place of its own beside all units.
days as (
    select
        experiment_id,
        variant,
        phase,
        place_type,
        place,
        exposed_date,
        sum(n) as units
    from places
    group by 1, 2, 3, 4, 5, 6
    union all
    select
        experiment_id,
        variant,
        phase,
        place_type,
        place,
        cast(null as date) as exposed_date,
        sum(n) as units
    from places
    group by 1, 2, 3, 4, 5
    union all
    select
        experiment_id,
        variant,
        phase,
        'phase' as place_type,
        phase as place,
        cast(null as date) as exposed_date,
        sum(n) as units
    from places
    where place_type = 'all'
    group by 1, 2, 3
),

totals as (
    select
        experiment_id,
        phase,
        place_type,
        place,
        exposed_date,
        sum(units) as units
    from days
    group by 1, 2, 3, 4, 5
),

-- Variants that nobody saw count with 0.
expected as (
    select
        totals.experiment_id,
        totals.place_type,
        totals.place,
        totals.exposed_date,
        shares.variant,
        sum(coalesce(days.units, 0)) as units,
        {{ steady_sum('totals.units * shares.share', 12) }} as expected_units
    from totals
    inner join shares
        on
            totals.experiment_id = shares.experiment_id
            and totals.phase = shares.phase
    left join days
        on
            totals.experiment_id = days.experiment_id
            and totals.phase = days.phase
            and totals.place_type = days.place_type
            and totals.place = days.place
            and totals.exposed_date is not distinct from days.exposed_date
            and shares.variant = days.variant
    group by 1, 2, 3, 4, 5
)

select * from expected
