with changes as (
    select experiment_id from {{ ref('experiment_shares') }}
),

-- Without a change of shares the one phase is all units.
units as (
    select *
    from {{ ref('int_experiment_split_units') }}
    where
        place_type <> 'phase'
        or experiment_id in (select changes.experiment_id from changes)
),

ranked as (
    select
        *,
        row_number() over (
            partition by experiment_id, place_type, place, exposed_date
            order by round(abs(units - expected_units), 6) desc, variant desc
        ) as worst
    from units
),

split as (
    select
        experiment_id,
        place_type,
        place,
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
    from ranked
    group by 1, 2, 3, 4
),

-- A chi-square of fewer than five expected units is none.
tested as (
    select
        *,
        place_type in ('all', 'phase') and exposed_date is null as is_whole,
        case
            when smallest_expected_units >= 5 and degrees > 0
                then chi_square_tail(chi_square, degrees)
        end as p_value
    from split
),

numbered as (
    select
        *,
        row_number() over (
            partition by experiment_id, is_whole, p_value is null
            order by p_value, place_type, place, exposed_date
        ) as p_rank,
        count(p_value) over (partition by experiment_id, is_whole) as test_count
    from tested
),

adjusted as (
    select
        experiment_id,
        place_type,
        place,
        exposed_date,
        worst_variant,
        worst_units,
        worst_expected_units,
        chi_square,
        p_value,
        {{ benjamini_hochberg(
            'p_value', 'experiment_id, is_whole', 'p_rank', 'test_count'
        ) }} as p_value_adjusted,
        is_whole
    from numbered
)

select * from adjusted
