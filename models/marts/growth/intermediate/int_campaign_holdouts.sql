-- One row per campaign with a concluded holdout: how many conversions of those who saw it would not have come without it.
with experiments as (
    select
        experiment_id,
        campaign_id,
        brand,
        started_at,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
    where
        experiment_type = 'holdout'
        and campaign_id is not null
        and ended_at is not null
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
    from {{ ref('touchpoints') }}
    group by brand, anonymous_id
),

conversions as (
    select
        customer_id,
        brand,
        converted_at
    from {{ ref('int_conversions') }}
),

-- A unit is who was held out: a customer, or a device. Seen in two arms, it says nothing.
units as (
    select
        exposures.experiment_id,
        coalesce(exposures.customer_id, exposures.anonymous_id) as unit_id,
        max(coalesce(exposures.customer_id, devices.customer_id)) as customer_id,
        bool_or(variants.is_control) as is_control,
        min(exposures.exposed_at) as exposed_at
    from exposures
    inner join experiments
        on exposures.experiment_id = experiments.experiment_id
    inner join variants
        on
            exposures.experiment_id = variants.experiment_id
            and exposures.variant = variants.variant
    left join devices
        on
            experiments.brand = devices.brand
            and exposures.anonymous_id = devices.anonymous_id
    group by
        exposures.experiment_id,
        coalesce(exposures.customer_id, exposures.anonymous_id)
    having count(distinct exposures.variant) = 1
),

outcomes as (
    select
        units.experiment_id,
        units.unit_id,
        units.is_control,
        max(case when conversions.customer_id is not null then 1 else 0 end)
            as is_converted
    from units
    inner join experiments
        on units.experiment_id = experiments.experiment_id
    left join conversions
        on
            units.customer_id = conversions.customer_id
            and experiments.brand = conversions.brand
            and units.exposed_at <= conversions.converted_at
            and experiments.ended_at >= conversions.converted_at
    group by units.experiment_id, units.unit_id, units.is_control
),

arms as (
    select
        experiment_id,
        count(*) filter (where not is_control) as treated_units,
        count(*) filter (where is_control) as control_units,
        avg(is_converted) filter (where not is_control) as treated_rate,
        avg(is_converted) filter (where is_control) as control_rate
    from outcomes
    group by experiment_id
),

-- The share of the treated arm's conversions that the campaign added, with a 95 % interval of the difference.
measured as (
    select
        experiments.campaign_id,
        experiments.experiment_id,
        arms.treated_units,
        arms.control_units,
        arms.treated_rate,
        arms.control_rate,
        (arms.treated_rate - arms.control_rate) / nullif(arms.treated_rate, 0)
            as incremental_share,
        1.959963984540054 * sqrt(
            arms.treated_rate * (1 - arms.treated_rate) / arms.treated_units
            + arms.control_rate * (1 - arms.control_rate) / arms.control_units
        ) / nullif(arms.treated_rate, 0) as half_width,
        row_number() over (
            partition by experiments.campaign_id
            order by experiments.ended_at desc, experiments.experiment_id asc
        ) as recency
    from arms
    inner join experiments
        on arms.experiment_id = experiments.experiment_id
    where
        arms.treated_units > 0
        and arms.control_units > 0
)

select
    campaign_id,
    experiment_id,
    treated_units,
    control_units,
    treated_rate,
    control_rate,
    incremental_share,
    incremental_share - half_width as incremental_share_low,
    incremental_share + half_width as incremental_share_high
from measured
where recency = 1
