with touches as (
    select
        look_back_days,
        journey_id,
        brand,
        outcome,
        channel,
        touch_position,
        touch_count,
        month
    from {{ ref('int_journey_touches') }}
),

steps as (
    select
        look_back_days,
        brand,
        month,
        lag(channel, 1, 'start') over (
            partition by look_back_days, outcome, journey_id
            order by touch_position
        ) as from_channel,
        channel as to_channel
    from touches
    union all
    select
        look_back_days,
        brand,
        month,
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
        month
    from steps
    group by look_back_days, brand, from_channel, to_channel, month
)

select * from counted
