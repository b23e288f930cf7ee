with means as (
    select
        node_id,
        measure,
        kind,
        average,
        n,
        variance,
        cubes,
        fourths,
        is_known,
        {{ day_number('measured_date') }} as day_number,
        measured_date
    from {{ ref('daily_measures') }}
    where kind in ('log', 'signed log') and average is not null and n > 0
),

parts as (
    select
        *,
        case when variance is not null then n - 1 end as degrees_within,
        (n - 1) * variance as squares_within,
        n * power(average, 2) + (n - 1) * coalesce(variance, 0) as squares,
        case when n >= {{ var('stuck_rows') }} / 2 then variance end as sure_variance
    from means
),

-- All frames end the day before the one that is judged.
pooled as (
    select
        *,
        count(*) over earlier as earlier_days,
        sum(n) over earlier as earlier_n,
        {{ sum_over('squares_within', 'earlier') }}
        / nullif(sum(degrees_within) over earlier, 0) as within_variance,
        min(sure_variance) over earlier as least_variance,
        median(average) over earlier as usual_average,
        {{ quantile('average', 0.75) }} over earlier
        - {{ quantile('average', 0.25) }} over earlier as quartile_distance,
        {{ sum_over('n * average', 'earlier') }} / sum(n) over earlier as first_power,
        {{ sum_over('squares', 'earlier') }} / sum(n) over earlier as second_power,
        {{ sum_over('n * cubes', 'earlier') }} / sum(n) over earlier as third_power,
        {{ sum_over('n * fourths', 'earlier') }} / sum(n) over earlier as fourth_power
    from parts
    window earlier as {{ days_before() }}
),

-- 1.349: the distance of the quartiles of a standard normal value.
shaped as (
    select
        *,
        (
            fourth_power
            - 4 * first_power * third_power
            + 6 * power(first_power, 2) * second_power
            - 3 * power(first_power, 4)
        ) / power(greatest(second_power - power(first_power, 2), 1e-9), 2) as kurtosis,
        {{ var('tame_spreads') }} * greatest(
            quartile_distance / 1.349, sqrt(coalesce(within_variance, 0) / n)
        ) as tame_width
    from pooled
),

-- A day that was far off counts as the farthest usual one.
tame as (
    select
        *,
        coalesce(
            greatest(
                usual_average - tame_width, least(usual_average + tame_width, average)
            ),
            average
        ) as tame_average
    from shaped
)

select * from tame
