with tested as (
    select
        *,
        segment = 'all' as is_whole,
        chi_square_tail(chi_square, degrees) as p_value
    from {{ ref('int_log_ranks') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by brand, segment_type, is_whole, p_value is null
            order by p_value, segment
        ) as p_rank,
        count(p_value) over (partition by brand, segment_type, is_whole)
            as test_count
    from tested
),

adjusted as (
    select
        brand,
        segment_type,
        segment,
        cast(n_at_risk as bigint) as n_mature,
        cast(n_churned as bigint) as n_churned,
        expected_churned,
        chi_square,
        cast(degrees as integer) as degrees,
        p_value,
        {{ holm('p_value', 'brand, segment_type, is_whole') }} as p_value_adjusted,
        false as is_final
    from ranked
)

select * from adjusted
