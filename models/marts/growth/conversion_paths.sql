-- One row per brand, month and path: the channels of journeys in their order, repeats in a row taken once.
with touches as (
    select
        touches.conversion_id as journey_id,
        'conversion' as outcome,
        journeys.brand,
        journeys.month,
        touches.channel,
        touches.touch_position
    from {{ ref('int_conversion_touches') }} as touches
    inner join {{ ref('int_journeys') }} as journeys
        on touches.conversion_id = journeys.conversion_id
    where touches.is_default
    union all
    select
        journey_id,
        'none' as outcome,
        brand,
        cast({{ dbt.date_trunc('month', reporting_date('last_touched_at')) }} as date)
            as month,
        channel,
        touch_position
    from {{ ref('int_open_touches') }}
    where is_default
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

journeys as (
    select
        conversion_id,
        brand,
        month,
        revenue_usd,
        touch_count,
        {{ dbt.datediff('first_touched_at', 'converted_at', 'second') }} / 86400.0
            as days_to_convert
    from {{ ref('int_journeys') }}
),

-- A conversion that nothing is known to have led to stands under `unattributed`.
outcomes as (
    select
        paths.brand,
        paths.month,
        paths.path,
        0 as is_converted,
        cast(0 as decimal(18, 2)) as revenue_usd,
        cast(null as double) as days_to_convert
    from paths
    where paths.outcome = 'none'
    union all
    select
        journeys.brand,
        journeys.month,
        coalesce(paths.path, 'unattributed') as path,
        1 as is_converted,
        journeys.revenue_usd,
        cast(journeys.days_to_convert as double) as days_to_convert
    from journeys
    left join paths
        on
            journeys.conversion_id = paths.journey_id
            and paths.outcome = 'conversion'
),

summed as (
    select
        brand,
        path,
        count(*) as journeys,
        cast(sum(is_converted) as bigint) as conversions,
        cast(sum(revenue_usd) as decimal(18, 2)) as revenue_usd,
        cast(
            avg(cast(days_to_convert as decimal(18, 6))) as double
        ) as average_days_to_convert,
        month
    from outcomes
    group by brand, path, month
)

select * from summed
