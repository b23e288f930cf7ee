with days as (
    select * from {{ ref('int_experiment_outcome_days') }}
),

caps as (
    select
        population_kind,
        population_id,
        metric_name,
        cap
    from {{ ref('int_experiment_caps') }}
),

summed as (
    select
        population_kind,
        population_id,
        metric_name,
        unit_id,
        unit,
        kind,
        sum(numerator) filter (where days_since_exposure >= 0) as numerator,
        sum(denominator) filter (where days_since_exposure >= 0) as denominator,
        sum(numerator) filter (where days_since_exposure < 0) as pre_numerator
    from days
    group by population_kind, population_id, metric_name, unit_id, unit, kind
),

-- Whose device a visitor's is may be known only because of the treatment: visitors have no past.
outcomes as (
    select
        population_kind,
        population_id,
        metric_name,
        unit_id,
        kind,
        coalesce(numerator, 0) as numerator,
        case when kind = 'ratio' then coalesce(denominator, 0) end as denominator,
        case when unit = 'customer' then coalesce(pre_numerator, 0) end
            as pre_numerator
    from summed
),

-- Sums of decimals are the same in whatever order they are added.
unit_values as (
    select
        outcomes.population_kind,
        outcomes.population_id,
        outcomes.metric_name,
        outcomes.unit_id,
        {{ counted_by_kind('outcomes.numerator', 'outcomes.kind', 'caps.cap') }}
            as unit_value,
        {{ counted_at_most('outcomes.denominator') }} as denominator,
        {{ counted_by_kind('outcomes.pre_numerator', 'outcomes.kind', 'caps.cap') }}
            as pre_value
    from outcomes
    left join caps
        on
            outcomes.population_kind = caps.population_kind
            and outcomes.population_id = caps.population_id
            and outcomes.metric_name = caps.metric_name
)

select * from unit_values
