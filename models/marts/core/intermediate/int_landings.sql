with origins as (
    select distinct
        brand,
        utm_source,
        utm_medium,
        utm_campaign,
        referrer_host
    from {{ ref('int_sessions') }}
),

channels as (
    select
        brand,
        utm_source,
        utm_medium,
        referrer_host,
        channel
    from {{ ref('int_origin_channels') }}
),

campaigns as (
    select
        campaign_id,
        brand,
        lower(utm_source) as utm_source,
        lower(utm_medium) as utm_medium,
        lower(utm_campaign) as utm_campaign,
        started_on
    from {{ ref('stg_ads__campaigns') }}
),

-- A campaign that states no source or medium takes any; the one that states most wins.
matched as (
    select
        origins.*,
        channels.channel,
        campaigns.campaign_id,
        row_number() over (
            partition by
                origins.brand,
                origins.utm_source,
                origins.utm_medium,
                origins.utm_campaign,
                origins.referrer_host
            order by
                case when campaigns.utm_source is null then 1 else 0 end
                + case when campaigns.utm_medium is null then 1 else 0 end asc,
                campaigns.started_on desc,
                campaigns.campaign_id asc
        ) as match_order
    from origins
    left join channels
        on
            origins.brand = channels.brand
            and origins.utm_source is not distinct from channels.utm_source
            and origins.utm_medium is not distinct from channels.utm_medium
            and origins.referrer_host is not distinct from channels.referrer_host
    left join campaigns
        on
            origins.brand = campaigns.brand
            and lower(origins.utm_campaign) = campaigns.utm_campaign
            and lower(coalesce(origins.utm_source, ''))
            = coalesce(campaigns.utm_source, lower(coalesce(origins.utm_source, '')))
            and lower(coalesce(origins.utm_medium, ''))
            = coalesce(campaigns.utm_medium, lower(coalesce(origins.utm_medium, '')))
),

landings as (
    select
        brand,
        utm_source,
        utm_medium,
        utm_campaign,
        referrer_host,
        coalesce(channel, 'unassigned') as channel,
        campaign_id
    from matched
    where match_order = 1
)

select * from landings
