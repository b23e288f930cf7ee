with places as (
    select
        population_id as experiment_id,
        variant,
        place_type,
        place,
        exposed_date,
        n
    from {{ ref('int_experiment_places') }}
    where population_kind = 'experiment' and {{ is_segment('place_type') }}
),

variants as (
    select
        experiment_id,
        variant,
        traffic_share
        / cast(
            sum(cast(traffic_share as decimal(38, 18)))
                over (partition by experiment_id)
            as double
        ) as share
    from {{ ref('stg_experiments__variants') }}
    where traffic_share > 0.000000001
),

days as (
    select
        experiment_id,
        variant,
        place_type,
        place,
        exposed_date,
        sum(n) as units
    from places
    group by 1, 2, 3, 4, 5
    union all
    select
        experiment_id,
        variant,
        place_type,
        place,
        cast(null as date) as exposed_date,
        sum(n) as units
    from places
    group by 1, 2, 3, 4
),

totals as (
    select
        experiment_id,
        place_type,
        place,
        exposed_date,
        sum(units) as units
    from days
    group by 1, 2, 3, 4
),

-- Variants that nobody saw count with 0.
expected as (
    select
        totals.experiment_id,
        totals.place_type,
        totals.place,
        totals.exposed_date,
        variants.variant,
        coalesce(days.units, 0) as units,
        totals.units * variants.share as expected_units
    from totals
    inner join variants
        on totals.experiment_id = variants.experiment_id
    left join days
        on
            totals.experiment_id = days.experiment_id
            and totals.place_type = days.place_type
            and totals.place = days.place
            and totals.exposed_date is not distinct from days.exposed_date
            and variants.variant = days.variant
)

select * from expected
