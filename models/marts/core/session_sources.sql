with sessions as (
    select * from {{ ref('int_sessions') }}
),

arrivals as (
    select * from {{ ref('int_arrivals') }}
),

-- Where a visit landed from a page that one is only sent through, it goes on with what it was before.
returns as (
    select
        arrivals.session_id,
        bool_or(arrivals.kind = 'no_touch') and not bool_or(arrivals.is_named)
            as is_return
    from arrivals
    inner join sessions
        on
            arrivals.session_id = sessions.session_id
            and arrivals.arrived_at = sessions.landed_at
    group by arrivals.session_id
),

sources as (
    select
        sessions.session_id,
        sessions.anonymous_id,
        sessions.customer_id,
        sessions.brand,
        arrivals.origin,
        arrivals.campaign_id,
        coalesce(arrivals.channel, 'direct') as channel,
        arrivals.utm_source,
        arrivals.utm_medium,
        arrivals.utm_campaign,
        arrivals.referrer_host,
        arrivals.click_parameter,
        coalesce(arrivals.is_first, true) as is_first,
        coalesce(returns.is_return, false) as is_return,
        coalesce(arrivals.arrived_at, sessions.started_at) as named_at,
        sessions.started_at,
        sessions.ended_at
    from sessions
    left join arrivals
        on
            sessions.session_id = arrivals.session_id
            and (arrivals.is_first or arrivals.is_campaign_start)
    left join returns on sessions.session_id = returns.session_id
),

-- What a server says without a device is no visit unless it names a source.
touches as (
    select
        case
            when is_first then session_id
            else md5({{ key_of(['session_id', 'origin', 'named_at']) }})
        end as source_id,
        session_id,
        anonymous_id,
        customer_id,
        campaign_id,
        brand,
        channel,
        referrer_host,
        utm_source,
        utm_medium,
        utm_campaign,
        click_parameter,
        is_first,
        origin is not null or (not is_return and anonymous_id is not null) as is_touch,
        case when is_first and not is_return then started_at else named_at end
            as touched_at,
        named_at,
        ended_at
    from sources
)

select * from touches
