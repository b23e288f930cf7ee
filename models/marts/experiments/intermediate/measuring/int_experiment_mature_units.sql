with units as (
    select
        population_kind,
        population_id,
        unit_id,
        {{ id_in_its_space({
            'customer': 'customer_id', 'device': 'anonymous_id'
        }) }} as subject_id,
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
        ) as subject_number,
        min(variant) over moments = max(variant) over moments as is_of_one_variant
    from units
    window moments as (
        partition by population_kind, population_id, subject_id, exposed_at
    )
),

-- Two devices of a customer are two visitors, but what the customer did counts once: for the one exposed first. It is
-- evidence for no variant when two were exposed to different ones in the same moment.
followed as (
    select
        numbered.population_kind,
        numbered.population_id,
        measures.metric_name,
        numbered.unit_id,
        case
            when numbered.subject_number = 1 and numbered.is_of_one_variant
                then numbered.subject_id
        end as subject_id,
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
