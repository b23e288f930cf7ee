with mature_units as (
    select * from {{ ref('int_experiment_mature_units') }}
),

measures as (
    select * from {{ ref('int_experiment_measures') }}
),

facts as (
    select * from {{ ref('int_experiment_facts') }}
),

wanted as (
    select
        population_kind,
        population_id,
        metric_name,
        'numerator' as part,
        numerator as fact,
        from_day
    from measures
    union all
    select
        population_kind,
        population_id,
        metric_name,
        'denominator' as part,
        denominator as fact,
        from_day
    from measures
    where kind = 'ratio'
    union all
    select
        population_kind,
        population_id,
        metric_name,
        'second_covariate' as part,
        second_covariate as fact,
        from_day
    from measures
    where second_covariate is not null
),

counted as (
    select
        mature_units.population_kind,
        mature_units.population_id,
        mature_units.metric_name,
        mature_units.unit_id,
        cast(
            floor(
                {{ dbt.datediff(
                    'mature_units.exposed_at', 'facts.occurred_at', 'microsecond'
                ) }} / 86400000000.0
            ) as bigint
        ) as days_since_exposure,
        sum(facts.amount) filter (where wanted.part = 'numerator') as numerator,
        sum(facts.amount) filter (where wanted.part = 'denominator') as denominator,
        sum(facts.amount) filter (where wanted.part = 'second_covariate')
            as second_covariate
    from mature_units
    inner join wanted
        on
            mature_units.population_kind = wanted.population_kind
            and mature_units.population_id = wanted.population_id
            and mature_units.metric_name = wanted.metric_name
    inner join facts
        on
            mature_units.subject_id = facts.subject_id
            and mature_units.brand = facts.brand
            and wanted.fact = facts.fact
            and facts.occurred_at
            >= {{ dbt.dateadd(
                'day', '-' ~ var('experiment_past_days'), 'mature_units.exposed_at'
            ) }}
            and mature_units.matured_at > facts.occurred_at
            and (
                wanted.part <> 'second_covariate'
                or (
                    mature_units.unit = 'customer'
                    and mature_units.exposed_at > facts.occurred_at
                )
            )
            and (
                mature_units.exposed_at > facts.occurred_at
                or {{ dbt.dateadd(
                    'day', 'wanted.from_day', 'mature_units.exposed_at'
                ) }} <= facts.occurred_at
            )
    group by 1, 2, 3, 4, 5
),

days as (
    select
        mature_units.population_kind,
        mature_units.population_id,
        mature_units.metric_name,
        mature_units.unit_id,
        mature_units.variant,
        mature_units.unit,
        mature_units.kind,
        counted.days_since_exposure,
        counted.numerator,
        counted.denominator,
        counted.second_covariate
    from mature_units
    left join counted
        on
            mature_units.population_kind = counted.population_kind
            and mature_units.population_id = counted.population_id
            and mature_units.metric_name = counted.metric_name
            and mature_units.unit_id = counted.unit_id
)

select * from days
