with conversions as (
    select
        conversion_id,
        customer_id,
        brand,
        converted_at,
        previous_converted_at
    from {{ ref('int_conversions') }}
),

touchpoints as (
    select
        touchpoint_id,
        customer_id,
        brand,
        channel,
        campaign_id,
        touched_at,
        ended_at
    from {{ ref('touchpoints') }}
    where customer_id is not null
),

look_backs as (
    select distinct look_back_days
    from {{ ref('int_attribution_settings') }}
),

-- A visit that had ended before the previous conversion was part of that one.
touched as (
    select
        look_backs.look_back_days,
        conversions.conversion_id,
        touchpoints.touchpoint_id,
        touchpoints.channel,
        touchpoints.campaign_id,
        conversions.converted_at,
        touchpoints.touched_at
    from conversions
    inner join touchpoints
        on
            conversions.customer_id = touchpoints.customer_id
            and conversions.brand = touchpoints.brand
            and conversions.converted_at >= touchpoints.touched_at
            and (
                conversions.previous_converted_at is null
                or conversions.previous_converted_at <= touchpoints.ended_at
            )
    inner join look_backs
        on
            touchpoints.touched_at
            >= {{ dbt.dateadd(
                'day', '-look_backs.look_back_days', 'conversions.converted_at'
            ) }}
),

placed as (
    select
        *,
        row_number() over (
            partition by look_back_days, conversion_id
            order by touched_at, touchpoint_id
        ) as touch_position,
        count(*) over (partition by look_back_days, conversion_id) as touch_count,
        count(*) over (
            partition by look_back_days, conversion_id, channel
        ) as channel_touch_count
    from touched
),

-- A journey of direct visits alone ends with one, whatever the rule.
compared as (
    select
        *,
        coalesce(
            max(case when channel <> 'direct' then touch_position end) over (
                partition by look_back_days, conversion_id
            ), touch_count
        ) as last_non_direct_position
    from placed
)

select * from compared
