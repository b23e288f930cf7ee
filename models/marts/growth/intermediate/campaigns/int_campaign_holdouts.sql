with units as (
    select * from {{ ref('int_holdout_units') }}
),

conversions as (
    select
        customer_id,
        brand,
        converted_at
    from {{ ref('int_conversions') }}
),

outcomes as (
    select
        units.experiment_id,
        units.unit_id,
        units.campaign_id,
        units.is_control,
        units.ended_at,
        max(case when conversions.customer_id is not null then 1 else 0 end)
            as is_converted
    from units
    left join conversions
        on
            units.customer_id = conversions.customer_id
            and units.brand = conversions.brand
            and units.exposed_at <= conversions.converted_at
            and units.ended_at >= conversions.converted_at
    group by
        units.experiment_id,
        units.unit_id,
        units.campaign_id,
        units.is_control,
        units.ended_at
),

arms as (
    select
        campaign_id,
        experiment_id,
        ended_at,
        count(*) filter (where not is_control) as treated_units,
        count(*) filter (where is_control) as control_units,
        avg(is_converted) filter (where not is_control) as treated_rate,
        avg(is_converted) filter (where is_control) as control_rate
    from outcomes
    group by campaign_id, experiment_id, ended_at
),

-- The newest holdout counts.
newest as (
    select
        *,
        row_number() over (
            partition by campaign_id
            order by ended_at desc, experiment_id asc
        ) as recency
    from arms
    where
        treated_units > 0
        and control_units > 0
),

-- The share of the treated arm's conversions that the campaign added, with a 95 % interval of the difference.
measured as (
    select
        campaign_id,
        experiment_id,
        treated_units,
        control_units,
        treated_rate,
        control_rate,
        (treated_rate - control_rate) / nullif(treated_rate, 0) as incremental_share,
        {{ z_95() }} * sqrt(
            treated_rate * (1 - treated_rate) / treated_units
            + control_rate * (1 - control_rate) / control_units
        ) / nullif(treated_rate, 0) as half_width
    from newest
    where recency = 1
),

bounded as (
    select
        *,
        incremental_share - half_width as incremental_share_low,
        incremental_share + half_width as incremental_share_high
    from measured
)

select * from bounded
