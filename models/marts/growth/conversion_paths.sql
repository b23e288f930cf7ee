with touches as (
    select
        journey_id,
        outcome,
        brand,
        month,
        channel,
        touch_position
    from {{ ref('int_journey_touches') }}
    where look_back_days = {{ var('attribution_look_back_days') }}
),

conversions as (
    select
        conversion_id,
        brand,
        month,
        revenue,
        {{ dbt.datediff('first_touched_at', 'converted_at', 'second') }} / 86400.0
            as days_to_convert
    from {{ ref('int_journeys') }}
),

compared as (
    select
        *,
        lag(channel) over (
            partition by outcome, journey_id order by touch_position
        ) as previous_channel
    from touches
),

paths as (
    select
        journey_id,
        outcome,
        brand,
        month,
        {{ dbt.listagg('channel', "' > '", 'order by touch_position') }} as path
    from compared
    where channel is distinct from previous_channel
    group by journey_id, outcome, brand, month
),

-- A conversion that nothing is known to have led to is under `unattributed`.
journeys as (
    select
        conversions.brand,
        conversions.month,
        coalesce(paths.path, 'unattributed') as path,
        1 as is_converted,
        conversions.revenue,
        cast(conversions.days_to_convert as decimal(18, 6)) as days_to_convert
    from conversions
    left join paths
        on
            conversions.conversion_id = paths.journey_id
            and paths.outcome = 'conversion'
    union all
    select
        brand,
        month,
        path,
        0 as is_converted,
        0 as revenue,
        null as days_to_convert
    from paths
    where outcome = 'none'
),

summed as (
    select
        brand,
        path,
        count(*) as journeys,
        cast(sum(is_converted) as bigint) as conversions,
        cast(sum(revenue) as decimal(24, 6)) as revenue,
        cast(avg(days_to_convert) as double) as average_days_to_convert,
        month
    from journeys
    group by brand, path, month
)

select * from summed
