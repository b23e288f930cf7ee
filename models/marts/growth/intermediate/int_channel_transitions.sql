-- One row per look-back, brand, month and step of journeys from one channel to the next: how often it was taken.
-- Steps begin at `start` and end at `conversion` or `none`.
with touches as (
    select
        touches.look_back_days,
        touches.conversion_id as journey_id,
        conversions.brand,
        conversions.converted_date as ended_date,
        touches.channel,
        touches.touch_position,
        touches.touch_count,
        'conversion' as outcome
    from {{ ref('int_conversion_touches') }} as touches
    inner join {{ ref('int_conversions') }} as conversions
        on touches.conversion_id = conversions.conversion_id
    union all
    select
        look_back_days,
        journey_id,
        brand,
        {{ reporting_date('last_touched_at') }} as ended_date,
        channel,
        touch_position,
        touch_count,
        'none' as outcome
    from {{ ref('int_open_touches') }}
),

steps as (
    select
        look_back_days,
        brand,
        ended_date,
        coalesce(
            lag(channel) over (
                partition by look_back_days, outcome, journey_id
                order by touch_position
            ),
            'start'
        ) as from_channel,
        channel as to_channel
    from touches
    union all
    select
        look_back_days,
        brand,
        ended_date,
        channel as from_channel,
        outcome as to_channel
    from touches
    where touch_position = touch_count
),

counted as (
    select
        look_back_days,
        brand,
        from_channel,
        to_channel,
        count(*) as step_count,
        cast({{ dbt.date_trunc('month', 'ended_date') }} as date) as month
    from steps
    group by 1, 2, 3, 4, 6
)

select * from counted
