-- One row per look-back and touch of a journey that ended without conversion: the look-back has passed since its last touch.
with touchpoints as (
    select
        touchpoint_id,
        brand,
        coalesce(customer_id, anonymous_id) as visitor_id,
        channel,
        campaign_id,
        touched_at
    from {{ ref('touchpoints') }}
),

look_backs as (
    select
        look_back_days,
        is_default
    from {{ ref('int_look_backs') }}
),

converted_touches as (
    select distinct
        look_back_days,
        touchpoint_id
    from {{ ref('int_conversion_touches') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- What led to a conversion stands between the touches before and after it.
touched as (
    select
        touchpoints.*,
        look_backs.look_back_days,
        look_backs.is_default,
        converted_touches.touchpoint_id is not null as is_converted,
        lag(touchpoints.touched_at) over visits as previous_touched_at,
        coalesce(
            lag(converted_touches.touchpoint_id is not null) over visits, false
        ) as is_after_conversion
    from touchpoints
    cross join look_backs
    left join converted_touches
        on
            touchpoints.touchpoint_id = converted_touches.touchpoint_id
            and look_backs.look_back_days = converted_touches.look_back_days
    window visits as (
        partition by
            look_backs.look_back_days, touchpoints.brand, touchpoints.visitor_id
        order by touchpoints.touched_at, touchpoints.touchpoint_id
    )
),

begun as (
    select
        *,
        sum(
            case
                when
                    is_after_conversion
                    or previous_touched_at is null
                    or touched_at > {{ dbt.dateadd(
                        'day', 'look_back_days', 'previous_touched_at'
                    ) }}
                    then 1
                else 0
            end
        ) over (
            partition by look_back_days, brand, visitor_id
            order by touched_at, touchpoint_id
            rows between unbounded preceding and current row
        ) as journey_number
    from touched
    where not is_converted
),

placed as (
    select
        look_back_days,
        is_default,
        concat_ws('|', brand, visitor_id, cast(journey_number as varchar))
            as journey_id,
        brand,
        touchpoint_id,
        channel,
        campaign_id,
        touched_at,
        row_number() over (
            partition by look_back_days, brand, visitor_id, journey_number
            order by touched_at, touchpoint_id
        ) as touch_position,
        count(*) over (
            partition by look_back_days, brand, visitor_id, journey_number
        ) as touch_count,
        max(touched_at) over (
            partition by look_back_days, brand, visitor_id, journey_number
        ) as last_touched_at
    from begun
),

ended as (
    select placed.*
    from placed
    cross join as_of
    where
        {{ dbt.dateadd('day', 'placed.look_back_days', 'placed.last_touched_at') }}
        < {{ first_moment_after('as_of.as_of_date') }}
)

select * from ended
