with tame as (
    select * from {{ ref('int_tame_means') }}
),

-- All frames end the day before the one that is judged.
expected as (
    select
        *,
        {{ sum_over('n * tame_average', 'four_weeks') }}
        / sum(n) over four_weeks as level,
        sum(n) over four_weeks as level_n
    from tame
    window four_weeks as {{ days_before(28) }}
),

sampled as (
    select
        *,
        within_variance * (1 / n + 1 / level_n) as sampling_variance,
        power(tame_average - level, 2) as squared_error
    from expected
),

errors as (
    select
        *,
        least(1e6, squared_error / nullif(sampling_variance, 0)) as relative_square
    from sampled
),

-- What the same method missed by on the days before: never less than the values of a
-- day allow. One value a day has no variance but that.
dispersed as (
    select
        *,
        count(squared_error) over earlier as error_count,
        {{ mean_over('squared_error', 'earlier') }} as mean_error,
        {{ mean_over('relative_square', 'earlier') }} as relative_error
    from errors
    window earlier as {{ days_before() }}
),

-- Few values, and values of which rare ones are far off, have means with heavy tails: of
-- the t distribution with the same kurtosis.
described as (
    select
        node_id,
        measure,
        kind,
        average,
        n,
        level,
        case
            when level is null then null
            when sampling_variance > 0
                then greatest(
                    sampling_variance * greatest(1, coalesce(relative_error, 1))
                    * (1 + {{ var('few_days_penalty') }} / (1.0 + error_count)),
                    power(1e-6 * greatest(1, abs(level)), 2)
                )
            else greatest(mean_error, power(1e-6 * greatest(1, abs(level)), 2))
        end as spread_variance,
        case
            when within_variance is null
                then greatest(4, least(error_count / 4.0, 15))
            else greatest(4, least(2 * n, 60, 4 + 6 * n / greatest(kurtosis - 3, 1e-3)))
        end as degrees,
        within_variance is not null as has_variance,
        least_variance,
        kurtosis,
        variance,
        earlier_days,
        earlier_n,
        is_known,
        measured_date
    from dispersed
)

select * from described
