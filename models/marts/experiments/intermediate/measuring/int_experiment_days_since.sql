with day_values as (
    select * from {{ ref('int_experiment_day_values') }}
),

phases as (
    select
        population_id as experiment_id,
        unit_id,
        phase
    from {{ ref('int_experiment_units') }}
    where population_kind = 'experiment'
),

plans as (
    select
        experiment_id,
        metric_name,
        kind,
        outcome_days
    from {{ ref('int_experiment_plans') }}
    where is_known_metric and kind <> 'quantile'
),

arms as (
    select distinct
        population_id as experiment_id,
        variant,
        phase
    from {{ ref('int_experiment_places') }}
    where population_kind = 'experiment' and place_type = 'all'
),

numbers as (
    select {{ dbt.datediff('min(date_day) over ()', 'date_day', 'day') }} as number
    from {{ ref('dates') }}
),

-- On a day on which nobody of an arm did anything its sums are 0.
nothing as (
    select
        arms.experiment_id,
        arms.variant,
        arms.phase,
        plans.metric_name,
        numbers.number as days_since_exposure,
        cast(0 as decimal(18, 6)) as unit_value,
        case when plans.kind = 'ratio' then cast(0 as decimal(18, 6)) end
            as denominator
    from arms
    inner join plans
        on arms.experiment_id = plans.experiment_id
    inner join numbers
        on greatest(plans.outcome_days, 1) > numbers.number
),

whole as (
    select
        day_values.experiment_id,
        day_values.variant,
        phases.phase,
        day_values.metric_name,
        day_values.days_since_exposure,
        day_values.unit_value,
        day_values.denominator
    from day_values
    inner join phases
        on
            day_values.experiment_id = phases.experiment_id
            and day_values.unit_id = phases.unit_id
    union all
    select * from nothing
),

sums as (
    select
        experiment_id,
        variant,
        phase,
        metric_name,
        days_since_exposure,
        {{ sums_of_products('unit_value', 'denominator', 'null', 'null') }}
    from whole
    group by experiment_id, variant, phase, metric_name, days_since_exposure
)

select * from sums
