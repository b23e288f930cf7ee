with looks as (
    select
        *,
        coalesce(level_to_date, case
            when projection = 'sum' then coalesce(numerator_to_date, 0)
            when projection = 'ratio' then numerator_to_date / nullif(volume_to_date, 0)
        end) as actual_to_date
    from {{ ref('int_goal_looks') }}
),

-- A forecast may run on to where no count and no share can be.
bounds as (
    select
        definitions.metric_name,
        case when definitions.unit in ('share', 'count') then 0 end as lowest,
        case when definitions.unit = 'share' and numerators.unit = 'count' then 1 end
            as highest
    from {{ ref('metric_definitions') }} as definitions
    left join {{ ref('metric_definitions') }} as numerators
        on definitions.numerator_metric = numerators.metric_name
),

remainders as (
    select * from {{ ref('int_goal_remainders') }}
),

-- A sum that cannot fall keeps what it has reached, whatever is to come.
joined as (
    select
        looks.*,
        remainders.rehearsals,
        remainders.probability as foretold_probability,
        {% for end in ['amount', 'low_amount', 'high_amount'] %}
        case
            when remainders.{{ end }} is not null
                then least(bounds.highest, greatest(
                    bounds.lowest,
                    (looks.numerator_to_date + remainders.{{ end }})
                    / nullif(remainders.divisor, 0)
                ))
        end as {{ end }},
        {% endfor %}
        looks.projection = 'sum' and looks.unit = 'count' as is_count,
        looks.projection = 'sum'
        and not looks.is_over
        and coalesce(not looks.can_fall, false)
        and case
            when looks.direction = 'down' then looks.actual_to_date > looks.target
            else looks.actual_to_date >= looks.target
        end as is_decided
    from looks
    inner join bounds
        on looks.metric_name = bounds.metric_name
    left join remainders
        on
            looks.goal_id = remainders.goal_id
            and looks.forecast_on = remainders.forecast_on
),

forecasts as (
    select
        goal_id,
        case
            when is_over or is_decided then null
            when known_until is null then 'no_values'
            when foretold_probability is null then 'too_few_rehearsals'
            when not is_season_known then 'season_unknown'
        end as no_verdict_reason,
        rehearsals,
        actual_to_date,
        case when is_over then actual_to_date else amount end as projection,
        case
            when is_over then actual_to_date
            when is_count then round(low_amount)
            else low_amount
        end as projection_low,
        case
            when is_over then actual_to_date
            when is_count then greatest(round(high_amount), round(low_amount) + 1)
            when unit = 'count' and high_amount <= 0 then 1
            else high_amount
        end as projection_high,
        case
            when is_over and direction = 'down'
                then cast(actual_to_date <= target as integer)
            when is_over then cast(actual_to_date >= target as integer)
            when is_decided then cast(direction = 'up' as integer)
            else foretold_probability
        end as probability,
        coalesce(is_season_known, false) as is_season_known,
        forecast_on
    from joined
)

select * from forecasts
