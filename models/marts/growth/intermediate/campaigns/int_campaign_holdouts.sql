with units as (
    select * from {{ ref('int_holdout_units') }}
),

-- Without the area experiments nobody has checked a holdout, and none counts.
faults as (
    {% if 'experiments' in var('areas') -%}
    select
        experiment_id,
        true as is_checked,
        min(case when invalidates and not is_ok then check_name end) as fault
    from {{ ref('experiment_health') }}
    group by experiment_id
    {%- else -%}
    select
        cast(null as varchar) as experiment_id,
        false as is_checked,
        cast(null as varchar) as fault
    {%- endif %}
),

conversions as (
    select
        conversion_id,
        customer_id,
        brand,
        converted_at
    from {{ ref('int_conversions') }}
),

touches as (
    select distinct
        conversion_id,
        campaign_id
    from {{ ref('int_conversion_touches') }}
    where
        look_back_days = {{ var('attribution_look_back_days') }}
        and campaign_id is not null
),

outcomes as (
    select
        units.experiment_id,
        units.unit_id,
        units.campaign_id,
        units.brand,
        units.is_control,
        units.started_at,
        units.ended_at,
        count(conversions.conversion_id) > 0 as is_converted,
        count(touches.conversion_id) > 0 as is_touched
    from units
    left join conversions
        on
            units.customer_id = conversions.customer_id
            and units.brand = conversions.brand
            and units.exposed_at <= conversions.converted_at
            and units.ended_at > conversions.converted_at
    left join touches
        on
            conversions.conversion_id = touches.conversion_id
            and units.campaign_id = touches.campaign_id
    group by
        units.experiment_id,
        units.unit_id,
        units.campaign_id,
        units.brand,
        units.is_control,
        units.started_at,
        units.ended_at
),

arms as (
    select
        experiment_id,
        campaign_id,
        brand,
        started_at,
        ended_at,
        count(*) filter (where not is_control) as treated_units,
        count(*) filter (where is_control) as control_units,
        count(*) filter (where not is_control and is_converted)
            as treated_conversions,
        count(*) filter (where is_control and is_converted) as control_conversions,
        count(*) filter (where not is_control and is_touched) as touched_conversions
    from outcomes
    group by experiment_id, campaign_id, brand, started_at, ended_at
),

judged as (
    select
        arms.*,
        case
            when faults.is_checked is null then 'nobody has checked it'
            when faults.fault is not null then concat(faults.fault, ' does not hold')
            when
                least(
                    arms.treated_conversions,
                    arms.control_conversions,
                    arms.touched_conversions
                )
                < {{ var('min_measured_conversions') }}
                then 'too few conversions'
        end as problem
    from arms
    left join faults
        on arms.experiment_id = faults.experiment_id
)

select * from judged
