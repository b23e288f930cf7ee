with sessions as (
    select * from {{ ref('int_sessions') }}
),

sources as (
    select * from {{ ref('session_sources') }}
    where is_first
),

orders as (
    select
        customer_id,
        brand,
        ordered_at
    from {{ ref('orders') }}
    where
        is_paid
        and order_type = 'purchase'
),

-- An order was placed in the visit that had begun last and goes on as long as a pause may last.
ordering as (
    select
        orders.customer_id,
        orders.brand,
        orders.ordered_at,
        max_by(
            sessions.session_id,
            (
                sessions.anonymous_id is not null,
                sessions.started_at,
                sessions.session_id
            )
        ) as session_id
    from orders
    inner join sessions
        on
            orders.customer_id = sessions.customer_id
            and orders.brand = sessions.brand
            and orders.ordered_at >= sessions.started_at
            and orders.ordered_at <= {{ dbt.dateadd(
                'minute', var('session_gap_minutes'), 'sessions.ended_at'
            ) }}
    group by orders.customer_id, orders.brand, orders.ordered_at
),

ordering_sessions as (
    select distinct session_id from ordering
),

-- Where neither events nor orders tell, nobody knows.
telling_brands as (
    select brand from sessions
    where has_converting_event
    union
    select brand from orders
),

with_source as (
    select
        sessions.session_id,
        sessions.visitor_id,
        sessions.anonymous_id,
        sessions.customer_id,
        sources.campaign_id,
        sessions.brand,
        sources.channel,
        sessions.landing_page_path,
        sources.referrer_host,
        sources.utm_source,
        sources.utm_medium,
        sources.utm_campaign,
        sources.click_parameter,
        sessions.device_type,
        sessions.event_count,
        {{ dbt.datediff('sessions.started_at', 'sessions.ended_at', 'second') }}
            as duration_seconds,
        case
            when telling_brands.brand is not null
                then
                    sessions.has_converting_event
                    or ordering_sessions.session_id is not null
        end as is_converted,
        sources.is_touch,
        sessions.customer_id is not null as is_attached,
        {{ reporting_date('sessions.started_at') }} as started_date,
        sessions.started_at,
        sessions.ended_at
    from sessions
    inner join sources on sessions.session_id = sources.session_id
    left join ordering_sessions on sessions.session_id = ordering_sessions.session_id
    left join telling_brands on sessions.brand = telling_brands.brand
)

select * from with_source
