-- One row per experiment, segment and day (empty: all days): how likely the split of its units is under the planned shares.
with segments as (
    select
        experiment_id,
        variant,
        segment_type,
        segment,
        n,
        exposed_date
    from {{ ref('int_experiment_segments') }}
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
        segment_type,
        segment,
        exposed_date,
        sum(n) as units
    from segments
    group by 1, 2, 3, 4, 5
),

cells as (
    select * from days
    union all
    select
        experiment_id,
        variant,
        segment_type,
        segment,
        cast(null as date) as exposed_date,
        sum(units) as units
    from days
    group by 1, 2, 3, 4
),

totals as (
    select
        experiment_id,
        segment_type,
        segment,
        exposed_date,
        sum(units) as units
    from cells
    group by 1, 2, 3, 4
),

-- Variants that nobody saw count with 0.
expected as (
    select
        totals.experiment_id,
        totals.segment_type,
        totals.segment,
        totals.exposed_date,
        variants.variant,
        totals.units * variants.share as expected_units,
        coalesce(cells.units, 0) as units,
        row_number() over (
            partition by
                totals.experiment_id,
                totals.segment_type,
                totals.segment,
                totals.exposed_date
            order by
                round(
                    abs(coalesce(cells.units, 0) - totals.units * variants.share), 6
                ) desc,
                variants.variant desc
        ) as worst
    from totals
    inner join variants
        on totals.experiment_id = variants.experiment_id
    left join cells
        on
            totals.experiment_id = cells.experiment_id
            and totals.segment_type = cells.segment_type
            and totals.segment = cells.segment
            and totals.exposed_date is not distinct from cells.exposed_date
            and variants.variant = cells.variant
),

split as (
    select
        experiment_id,
        segment_type,
        segment,
        exposed_date,
        min(expected_units) as smallest_expected_units,
        cast(
            sum(
                cast(
                    power(units - expected_units, 2) / expected_units as decimal(38, 15)
                )
            ) as double
        ) as chi_square,
        count(*) - 1 as degrees,
        max(case when worst = 1 then variant end) as worst_variant,
        max(case when worst = 1 then units end) as worst_units,
        max(case when worst = 1 then expected_units end) as worst_expected_units
    from expected
    group by 1, 2, 3, 4
),

-- A chi-square of fewer than five expected units is none.
tested as (
    select
        *,
        segment_type = 'all' and exposed_date is null as is_whole,
        case
            when smallest_expected_units >= 5 and degrees > 0
                then chi_square_tail(chi_square, degrees)
        end as p_value
    from split
),

ranked as (
    select
        *,
        row_number() over (
            partition by experiment_id, is_whole, p_value is null
            order by p_value, segment_type, segment, exposed_date
        ) as p_rank,
        count(p_value) over (partition by experiment_id, is_whole) as test_count
    from tested
),

adjusted as (
    select
        experiment_id,
        segment_type,
        segment,
        exposed_date,
        worst_variant,
        worst_units,
        worst_expected_units,
        chi_square,
        p_value,
        {{ benjamini_hochberg('p_value', 'experiment_id, is_whole') }}
            as p_value_adjusted,
        is_whole
    from ranked
)

select * from adjusted
