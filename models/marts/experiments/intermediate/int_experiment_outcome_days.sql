-- One row per experiment, metric, analysed unit whose outcome days have passed, and day since its exposure on which it did
-- something that counts, the 28 days before included (-1 is the last of them). A unit that did nothing has one row, of no day.
with units as (
    select
        experiment_id,
        unit_id,
        customer_id,
        anonymous_id,
        variant,
        brand,
        unit,
        exposed_at,
        row_number() over (
            partition by experiment_id, coalesce(customer_id, anonymous_id)
            order by exposed_at, unit_id
        ) as subject_number
    from {{ ref('int_experiment_units') }}
),

measures as (
    select
        experiment_id,
        metric_name,
        kind,
        numerator,
        denominator,
        outcome_days,
        until_at
    from {{ ref('int_experiment_measures') }}
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
        measures.metric_name,
        units.unit_id,
        units.variant,
        -- Two devices of a customer are two visitors, but what the customer did counts once.
        case
            when units.subject_number = 1
                then coalesce(units.customer_id, units.anonymous_id)
        end as subject_id,
        units.brand,
        units.unit,
        measures.kind,
        units.exposed_at,
        {{ dbt.dateadd('day', 'measures.outcome_days', 'units.exposed_at') }}
            as matured_at
    from units
    inner join measures
        on units.experiment_id = measures.experiment_id
    where
        {{ dbt.dateadd('day', 'measures.outcome_days', 'units.exposed_at') }}
        <= measures.until_at
),

wanted as (
    select
        experiment_id,
        metric_name,
        numerator as fact,
        true as is_numerator
    from measures
    union all
    select
        experiment_id,
        metric_name,
        denominator as fact,
        false as is_numerator
    from measures
    where kind = 'ratio'
),

counted as (
    select
        mature.experiment_id,
        mature.metric_name,
        mature.unit_id,
        cast(
            floor(
                {{ dbt.datediff(
                    'mature.exposed_at', 'facts.occurred_at', 'microsecond'
                ) }} / 86400000000.0
            ) as bigint
        ) as days_since_exposure,
        sum(facts.amount) filter (where wanted.is_numerator) as numerator,
        sum(facts.amount) filter (where not wanted.is_numerator) as denominator
    from mature
    inner join wanted
        on
            mature.experiment_id = wanted.experiment_id
            and mature.metric_name = wanted.metric_name
    inner join facts
        on
            mature.subject_id = facts.subject_id
            and mature.brand = facts.brand
            and wanted.fact = facts.fact
            and facts.occurred_at >= {{ dbt.dateadd('day', -28, 'mature.exposed_at') }}
            and mature.matured_at > facts.occurred_at
    group by 1, 2, 3, 4
)

select
    mature.experiment_id,
    mature.metric_name,
    mature.unit_id,
    mature.variant,
    mature.unit,
    mature.kind,
    counted.days_since_exposure,
    counted.numerator,
    counted.denominator
from mature
left join counted
    on
        mature.experiment_id = counted.experiment_id
        and mature.metric_name = counted.metric_name
        and mature.unit_id = counted.unit_id
