-- One row per experiment, metric and analysed unit whose outcome days have passed: what it came to, and what it had come to
-- in the 28 days before (of a visitor nothing: whose device it is may be known only because of the treatment).
with units as (
    select
        experiment_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        exposed_at,
        row_number() over (
            partition by experiment_id, coalesce(customer_id, anonymous_id)
            order by exposed_at, unit_id
        ) as subject_number
    from {{ ref('exposures') }}
    where is_analysed
),

plans as (
    select
        experiment_id,
        metric_name,
        kind,
        numerator,
        denominator,
        outcome_days,
        until_at
    from {{ ref('int_experiment_plans') }}
    where is_known_metric
),

facts as (
    select
        fact,
        subject_id,
        brand,
        amount,
        occurred_at
    from {{ ref('int_experiment_facts') }}
),

mature as (
    select
        units.experiment_id,
        plans.metric_name,
        units.unit_id,
        -- Two devices of a customer are two visitors, but what the customer did counts once.
        case
            when units.subject_number = 1
                then coalesce(units.customer_id, units.anonymous_id)
        end as subject_id,
        units.brand,
        units.unit,
        plans.kind,
        plans.numerator,
        plans.denominator,
        units.exposed_at,
        {{ dbt.dateadd('day', 'plans.outcome_days', 'units.exposed_at') }} as matured_at
    from units
    inner join plans
        on units.experiment_id = plans.experiment_id
    where
        {{ dbt.dateadd('day', 'plans.outcome_days', 'units.exposed_at') }}
        <= plans.until_at
),

counted as (
    select
        mature.experiment_id,
        mature.metric_name,
        mature.unit_id,
        sum(facts.amount) filter (
            where facts.fact = mature.numerator
            and facts.occurred_at >= mature.exposed_at
        ) as numerator,
        sum(facts.amount) filter (
            where facts.fact = mature.denominator
            and facts.occurred_at >= mature.exposed_at
        ) as denominator,
        sum(facts.amount) filter (
            where facts.fact = mature.numerator
            and facts.occurred_at < mature.exposed_at
        ) as pre_numerator
    from mature
    inner join facts
        on
            mature.subject_id = facts.subject_id
            and mature.brand = facts.brand
            and facts.fact in (mature.numerator, mature.denominator)
            and facts.occurred_at >= {{ dbt.dateadd('day', -28, 'mature.exposed_at') }}
            and mature.matured_at > facts.occurred_at
    group by mature.experiment_id, mature.metric_name, mature.unit_id
),

outcomes as (
    select
        mature.experiment_id,
        mature.metric_name,
        mature.unit_id,
        mature.kind,
        coalesce(counted.numerator, 0) as numerator,
        case
            when mature.kind = 'ratio' then coalesce(counted.denominator, 0)
        end as denominator,
        case
            when mature.unit = 'customer' then coalesce(counted.pre_numerator, 0)
        end as pre_numerator
    from mature
    left join counted
        on
            mature.experiment_id = counted.experiment_id
            and mature.metric_name = counted.metric_name
            and mature.unit_id = counted.unit_id
)

select * from outcomes
