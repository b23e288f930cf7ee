with units as (
    select
        population_kind,
        population_id,
        unit_id,
        coalesce(customer_id, anonymous_id) as subject_id,
        variant,
        brand,
        unit,
        exposed_at
    from {{ ref('int_experiment_units') }}
),

measures as (
    select
        population_kind,
        population_id,
        metric_name,
        kind,
        outcome_days,
        until_at
    from {{ ref('int_experiment_measures') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by population_kind, population_id, subject_id
            order by exposed_at, unit_id
        ) as subject_number
    from units
),

-- Two devices of a customer are two visitors, but what the customer did counts once.
followed as (
    select
        numbered.population_kind,
        numbered.population_id,
        measures.metric_name,
        numbered.unit_id,
        case when numbered.subject_number = 1 then numbered.subject_id end
            as subject_id,
        numbered.variant,
        numbered.brand,
        numbered.unit,
        measures.kind,
        numbered.exposed_at,
        {{ dbt.dateadd('day', 'measures.outcome_days', 'numbered.exposed_at') }}
            as matured_at,
        measures.until_at
    from numbered
    inner join measures
        on
            numbered.population_kind = measures.population_kind
            and numbered.population_id = measures.population_id
),

mature as (
    select
        population_kind,
        population_id,
        metric_name,
        unit_id,
        subject_id,
        variant,
        brand,
        unit,
        kind,
        exposed_at,
        matured_at
    from followed
    where matured_at <= until_at
)

select * from mature
