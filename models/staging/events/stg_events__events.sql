with validated as (
    select
        event_id,
        brand,
        event_name,
        occurred_at as device_occurred_at,
        received_at,
        anonymous_id,
        customer_id,
        session_id,
        click_id,
        is_robot,
        page_path,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        device_type,
        properties,
        arrived_at
    from {{ ref('validated_events__events') }}
    where row_status = 'staged'
),

-- Nothing happens after it was received. A clock that lost its time starts again at its first day or year.
dated as (
    select
        *,
        case
            when received_at < '{{ var("first_plausible_day") }}'
                then coalesce(device_occurred_at, received_at)
            when
                device_occurred_at < '{{ var("first_plausible_day") }}'
                or device_occurred_at < {{ dbt.dateadd(
                    'day', '-' ~ var('max_event_delay_days'), 'received_at'
                ) }}
                then received_at
            else least(device_occurred_at, received_at)
        end as occurred_at
    from validated
)

select * from dated
