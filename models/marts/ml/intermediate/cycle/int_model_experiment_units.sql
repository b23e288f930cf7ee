with experiments as (
    select
        model_name,
        model_version,
        experiment_id,
        variant,
        ended_at
    from {{ ref('int_model_experiments') }}
    where
        is_deciding
        and variant is not null
),

variants as (
    select
        experiment_id,
        variant,
        is_control
    from {{ ref('stg_experiments__variants') }}
),

-- Without the area experiments nobody has checked who saw what.
exposures as (
    {% if 'experiments' in var('areas') -%}
    select
        experiment_id,
        customer_id,
        variant,
        exposed_at
    from {{ ref('exposures') }}
    where
        is_analysed
        and customer_id is not null
    {%- else -%}
    select
        cast(null as varchar) as experiment_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as variant,
        cast(null as timestamp) as exposed_at
    where false
    {%- endif %}
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

-- A visitor's several devices are one customer: the first exposure counts, if all agree.
units as (
    select
        experiments.model_name,
        experiments.model_version,
        exposures.customer_id,
        case when bool_and(variants.is_control) then 'control' else 'treatment' end
            as arm,
        min(exposures.exposed_at) as from_at,
        min(least(coalesce(experiments.ended_at, as_of.until_at), as_of.until_at))
            as to_at
    from exposures
    inner join experiments
        on exposures.experiment_id = experiments.experiment_id
    inner join variants
        on
            exposures.experiment_id = variants.experiment_id
            and exposures.variant = variants.variant
            and (variants.is_control or exposures.variant = experiments.variant)
    cross join as_of
    group by
        experiments.model_name,
        experiments.model_version,
        exposures.customer_id
    having count(distinct variants.is_control) = 1
)

select * from units
