with touchpoints as (
    select
        touchpoint_id,
        brand,
        {{ id_in_its_space({'customer': 'customer_id', 'device': 'anonymous_id'}) }}
            as visitor_id,
        channel,
        touched_at
    from {{ ref('touchpoints') }}
),

look_backs as (
    select distinct look_back_days
    from {{ ref('int_attribution_settings') }}
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

-- What led to a conversion lies between the touches before and after it.
touched as (
    select
        touchpoints.*,
        look_backs.look_back_days,
        converted_touches.touchpoint_id is not null as is_converted,
        coalesce(
            lag(converted_touches.touchpoint_id is null) over visits
            and touchpoints.touched_at <= {{ dbt.dateadd(
                'day',
                'look_backs.look_back_days',
                'lag(touchpoints.touched_at) over visits'
            ) }},
            false
        ) as goes_on
    from touchpoints
    cross join look_backs
    left join converted_touches
        on
            touchpoints.touchpoint_id = converted_touches.touchpoint_id
            and look_backs.look_back_days = converted_touches.look_back_days
    window visits as (
        partition by
            look_backs.look_back_days, touchpoints.brand, touchpoints.visitor_id
        order by touchpoints.touched_at, touchpoints.channel, touchpoints.touchpoint_id
    )
),

numbered as (
    select
        *,
        sum(case when goes_on then 0 else 1 end) over (
            partition by look_back_days, brand, visitor_id
            order by touched_at, channel, touchpoint_id
            rows between unbounded preceding and current row
        ) as journey_number
    from touched
    where not is_converted
),

placed as (
    select
        look_back_days,
        {{ key_of(['brand', 'visitor_id', 'journey_number']) }} as journey_id,
        brand,
        touchpoint_id,
        channel,
        touched_at,
        row_number() over (
            partition by look_back_days, brand, visitor_id, journey_number
            order by touched_at, channel, touchpoint_id
        ) as touch_position,
        count(*) over journey as touch_count,
        max(touched_at) over journey as last_touched_at
    from numbered
    window journey as (partition by look_back_days, brand, visitor_id, journey_number)
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
