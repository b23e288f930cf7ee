-- Exposed units are decided here and not read from `exposures`, since growth must build without the area experiments.
-- This rule is looser than that one: an exposure to an arm that is not known is dropped without ruling out its unit.
with experiments as (
    select
        experiments.experiment_id,
        experiments.campaign_id,
        experiments.brand,
        experiments.started_at,
        experiments.ended_at
    from {{ ref('stg_experiments__experiments') }} as experiments
    cross join {{ as_of() }} as as_of
    where
        experiments.experiment_type = 'holdout'
        and experiments.campaign_id is not null
        and {{ is_final(reporting_date('experiments.ended_at'), 'as_of.covered_date') }}
),

variants as (
    select
        experiment_id,
        variant,
        is_control
    from {{ ref('stg_experiments__variants') }}
),

exposures as (
    select
        experiment_id,
        variant,
        customer_id,
        anonymous_id,
        exposed_at
    from {{ ref('stg_experiments__exposures') }}
),

devices as (
    select
        brand,
        anonymous_id,
        max(customer_id) as customer_id
    from {{ ref('sessions') }}
    where anonymous_id is not null
    group by brand, anonymous_id
),

-- A unit is who was held out: a customer, or a device. One that was seen in two arms says nothing.
units as (
    select
        exposures.experiment_id,
        {{ id_in_its_space({
            'customer': 'exposures.customer_id', 'device': 'exposures.anonymous_id'
        }) }} as unit_id,
        experiments.campaign_id,
        experiments.brand,
        experiments.started_at,
        experiments.ended_at,
        max(coalesce(exposures.customer_id, devices.customer_id)) as customer_id,
        bool_or(variants.is_control) as is_control,
        min(exposures.exposed_at) as exposed_at
    from exposures
    inner join experiments
        on
            exposures.experiment_id = experiments.experiment_id
            and exposures.exposed_at >= experiments.started_at
            and exposures.exposed_at < experiments.ended_at
    inner join variants
        on
            exposures.experiment_id = variants.experiment_id
            and lower(exposures.variant) = lower(variants.variant)
    left join devices
        on
            experiments.brand = devices.brand
            and exposures.anonymous_id = devices.anonymous_id
    group by
        exposures.experiment_id,
        {{ id_in_its_space({
            'customer': 'exposures.customer_id', 'device': 'exposures.anonymous_id'
        }) }},
        experiments.campaign_id,
        experiments.brand,
        experiments.started_at,
        experiments.ended_at
    having count(distinct variants.variant) = 1
)

select * from units
