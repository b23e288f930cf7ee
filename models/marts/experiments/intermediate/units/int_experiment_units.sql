with exposures as (
    select
        'experiment' as population_kind,
        experiment_id as population_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        variant,
        device_type,
        country_code,
        customer_type,
        exposed_date,
        exposed_at
    from {{ ref('exposures') }}
    where is_analysed
),

changes as (
    select distinct
        experiment_id,
        valid_from
    from {{ ref('experiment_shares') }}
),

-- The shares that a unit was assigned by: those as planned, or as changed last before it came.
phases as (
    select
        exposures.population_id,
        exposures.unit_id,
        max(changes.valid_from) as phase
    from exposures
    inner join changes
        on
            exposures.population_id = changes.experiment_id
            and exposures.exposed_at >= changes.valid_from
    group by exposures.population_id, exposures.unit_id
),

-- One arm, one place: a baseline is of all who came.
traffic as (
    select
        'traffic' as population_kind,
        population_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        'all' as variant,
        'unknown' as device_type,
        'unknown' as country_code,
        'unknown' as customer_type,
        'as planned' as phase,
        {{ reporting_date('min(exposed_at) over (partition by population_id)') }}
            as exposed_date,
        exposed_at
    from {{ ref('int_experiment_traffic') }}
),

units as (
    select
        exposures.population_kind,
        exposures.population_id,
        exposures.unit_id,
        exposures.customer_id,
        exposures.anonymous_id,
        exposures.brand,
        exposures.unit,
        exposures.variant,
        exposures.device_type,
        exposures.country_code,
        exposures.customer_type,
        coalesce(cast(phases.phase as varchar), 'as planned') as phase,
        exposures.exposed_date,
        exposures.exposed_at
    from exposures
    left join phases
        on
            exposures.population_id = phases.population_id
            and exposures.unit_id = phases.unit_id
    union all
    select * from traffic
)

select * from units
