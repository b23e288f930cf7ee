with conversion_touches as (
    select
        touches.look_back_days,
        touches.conversion_id as journey_id,
        conversions.brand,
        'conversion' as outcome,
        touches.channel,
        touches.touch_position,
        touches.touch_count,
        conversions.month
    from {{ ref('int_conversion_touches') }} as touches
    inner join {{ ref('int_conversions') }} as conversions
        on touches.conversion_id = conversions.conversion_id
),

open_touches as (
    select
        look_back_days,
        journey_id,
        brand,
        'none' as outcome,
        channel,
        touch_position,
        touch_count,
        {{ month_of(reporting_date('last_touched_at')) }} as month
    from {{ ref('int_open_touches') }}
),

touches as (
    select * from conversion_touches
    union all
    select * from open_touches
)

select * from touches
