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

measures as (
    select
        population_kind,
        population_id,
        metric_name,
        kind = 'ratio' or second_covariate is not null as has_second
    from {{ ref('int_experiment_measures') }}
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
        sum(numerator) filter (where days_since_exposure < 0) as pre_numerator,
        sum(
            case
                when days_since_exposure < 0
                    then coalesce(denominator, second_covariate)
            end
        ) as second_pre_value
    from days
    group by population_kind, population_id, metric_name, unit_id, unit, kind
),

-- Whose device a visitor's is may be known only because of the treatment: visitors have no past.
outcomes as (
    select
        summed.population_kind,
        summed.population_id,
        summed.metric_name,
        summed.unit_id,
        summed.kind,
        coalesce(summed.numerator, 0) as numerator,
        case when summed.kind = 'ratio' then coalesce(summed.denominator, 0) end
            as denominator,
        case when summed.unit = 'customer' then coalesce(summed.pre_numerator, 0) end
            as pre_numerator,
        case
            when summed.unit = 'customer' and measures.has_second
                then coalesce(summed.second_pre_value, 0)
        end as second_pre_value
    from summed
    inner join measures
        on
            summed.population_kind = measures.population_kind
            and summed.population_id = measures.population_id
            and summed.metric_name = measures.metric_name
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
            as pre_value,
        {{ counted_at_most('outcomes.second_pre_value') }} as second_pre_value
    from outcomes
    left join caps
        on
            outcomes.population_kind = caps.population_kind
            and outcomes.population_id = caps.population_id
            and outcomes.metric_name = caps.metric_name
)

select * from unit_values
