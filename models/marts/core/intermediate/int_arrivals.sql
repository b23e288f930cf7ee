with runs as (
    select * from {{ ref('int_session_runs') }}
    where origin is not null
),

landings as (
    select * from {{ ref('int_landings') }}
),

arrivals as (
    select
        runs.session_id,
        runs.origin,
        landings.campaign_key,
        landings.campaign_id,
        landings.channel,
        landings.kind,
        runs.utm_source,
        runs.utm_medium,
        runs.utm_campaign,
        runs.referrer_host,
        runs.click_parameter,
        landings.channel <> 'direct' or landings.campaign_id is not null as is_named,
        runs.started_at as arrived_at
    from runs
    inner join landings
        on
            runs.origin = landings.origin
            and runs.started_at >= landings.valid_from
            and runs.started_at < landings.valid_to
),

-- At one moment a campaign says more than the page before, and nothing else is earlier than the other.
placed as (
    select
        *,
        row_number() over (
            partition by session_id, is_named
            order by
                arrived_at,
                case when kind = 'campaign' then 0 else 1 end,
                campaign_key,
                origin
        ) as arrival_number,
        dense_rank() over (
            partition by session_id, is_named, kind order by arrived_at
        ) as moment_number,
        row_number() over (
            partition by session_id, is_named, kind, campaign_key, arrived_at
            order by origin
        ) as repetition
    from arrivals
),

-- A campaign begins unless it was already there at the moment of a campaign before.
compared as (
    select
        *,
        lag(moment_number) over (
            partition by session_id, is_named, kind, campaign_key
            order by moment_number, repetition
        ) as previous_moment_number
    from placed
),

begun as (
    select
        session_id,
        origin,
        campaign_id,
        channel,
        kind,
        utm_source,
        utm_medium,
        utm_campaign,
        referrer_host,
        click_parameter,
        is_named,
        is_named and arrival_number = 1 as is_first,
        is_named
        and kind = 'campaign'
        and repetition = 1
        and coalesce(moment_number - previous_moment_number > 1, true)
            as is_campaign_start,
        arrived_at
    from compared
)

select * from begun
