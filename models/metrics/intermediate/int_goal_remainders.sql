{% set ends = {
    'amount': '', 'low_amount': ' - half_width', 'high_amount': ' + half_width'
} %}
with looks as (
    select
        *,
        projection = 'sum' and unit = 'count' as is_count,
        case when direction = 'down' then -1 else 1 end as sign
    from {{ ref('int_goal_looks') }}
),

rests as (
    select
        *,
        t_quantile(0.9, degrees_of_freedom) * error as half_width
    from {{ ref('int_goal_rests') }}
),

counts as (
    select * from {{ ref('int_goal_counts') }}
),

joined as (
    select
        looks.goal_id,
        looks.forecast_on,
        looks.added_amount,
        looks.is_count,
        looks.sign,
        rests.is_linear,
        rests.centre,
        rests.error,
        rests.half_width,
        rests.degrees_of_freedom,
        rests.base_rate * rests.volume as scale,
        counts.shape,
        counts.base_volume / (counts.base_volume + rests.volume) as chance,
        coalesce(counts.rehearsals, rests.rehearsals) as rehearsals,
        case
            when looks.projection = 'sum' then 1
            else looks.volume_to_date + rests.volume
        end as divisor,
        looks.target
        * case
            when looks.projection = 'sum' then 1
            else looks.volume_to_date + rests.volume
        end
        - looks.numerator_to_date as needed
    from looks
    inner join rests
        on looks.goal_id = rests.goal_id and looks.forecast_on = rests.forecast_on
    left join counts
        on looks.goal_id = counts.goal_id and looks.forecast_on = counts.forecast_on
    where not looks.is_over
),

-- A count is at its target from half a unit below it on, and above it from half a unit above.
placed as (
    select
        *,
        {% for end, shift in ends.items() %}
        case
            when scale is null or half_width is null then null
            when is_linear then scale * (centre{{ shift }}) - added_amount
            else greatest(scale * exp(least(centre{{ shift }}, 50)) - added_amount, 0)
        end as {{ end }},
        {% endfor %}
        (needed + added_amount - case when is_count then 0.5 * sign else 0 end)
        / nullif(scale, 0) as needed_change
    from joined
),

-- What was always the same, n times, is so again with a chance of (n + 1/2) / (n + 1).
judged as (
    select
        *,
        case
            when is_linear then sign * (centre - needed_change)
            when needed_change > 0 then sign * (centre - ln(needed_change))
        end as distance
    from placed
),

remainders as (
    select
        goal_id,
        forecast_on,
        rehearsals,
        divisor,
        case when shape is null then amount else shape * (1 - chance) / chance end
            as amount,
        case
            when shape is null then low_amount
            else nbinom_mid_quantile(0.1, shape, chance)
        end as low_amount,
        case
            when shape is null then high_amount
            else nbinom_mid_quantile(0.9, shape, chance) - 1
        end as high_amount,
        case
            when sign = 1 and shape is not null
                then 1 - nbinom_cdf(ceil(needed) - 1, shape, chance)
            when shape is not null then nbinom_cdf(floor(needed), shape, chance)
            when scale is null then null
            when distance is null then cast(sign = 1 as integer)
            when error >= 1e-9 then t_cdf(distance / error, degrees_of_freedom)
            when distance >= -1e-9 then (rehearsals + 0.5) / (rehearsals + 1)
            else 0.5 / (rehearsals + 1)
        end as probability
    from judged
)

select * from remainders
