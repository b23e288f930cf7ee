with origins as (
    select * from {{ ref('int_origin_channels') }}
),

time_zones as (
    select time_zone from {{ known_time_zones() }} as known
),

-- A campaign begins with its first day in its own time zone.
campaigns as (
    select
        campaigns.campaign_id,
        campaigns.brand,
        campaigns.channel,
        {{ comparable_tag('campaigns.utm_source') }} as source_tag,
        {{ comparable_tag('campaigns.utm_medium') }} as medium_tag,
        {{ comparable_tag('campaigns.utm_campaign') }} as campaign_tag,
        {{ first_moment_in(
            'campaigns.started_on', "coalesce(time_zones.time_zone, 'UTC')"
        ) }} as started_at
    from {{ ref('stg_ads__campaigns') }} as campaigns
    left join time_zones on campaigns.timezone = time_zones.time_zone
),

-- A campaign that states no source or medium takes any.
matched as (
    select
        origins.origin,
        campaigns.campaign_id,
        campaigns.channel,
        case when campaigns.source_tag is null then 1 else 0 end
        + case when campaigns.medium_tag is null then 1 else 0 end as unstated_count,
        campaigns.started_at
    from origins
    inner join campaigns
        on
            origins.brand = campaigns.brand
            and origins.campaign_tag = campaigns.campaign_tag
            and coalesce(
                origins.source_tag = campaigns.source_tag, campaigns.source_tag is null
            )
            and coalesce(
                origins.medium_tag = campaigns.medium_tag, campaigns.medium_tag is null
            )
),

moments as (
    select distinct
        origin,
        started_at as valid_from
    from matched
),

-- At any time the one that states most, of those that have begun; of several the newest.
ranked as (
    select
        moments.origin,
        moments.valid_from,
        matched.campaign_id,
        matched.channel,
        row_number() over (
            partition by moments.origin, moments.valid_from
            order by
                matched.unstated_count asc,
                matched.started_at desc,
                matched.campaign_id asc
        ) as preference
    from moments
    inner join matched
        on
            moments.origin = matched.origin
            and moments.valid_from >= matched.started_at
),

spans as (
    select
        origin,
        valid_from,
        campaign_id,
        channel
    from ranked
    where preference = 1
    union all
    select
        origin,
        cast('0001-01-01' as timestamp) as valid_from,
        null as campaign_id,
        null as channel
    from origins
),

landings as (
    select
        origins.origin,
        origins.brand,
        origins.campaign_key,
        coalesce(spans.channel, origins.channel) as channel,
        spans.campaign_id,
        case
            when spans.campaign_id is not null or origins.campaign_tag is not null
                then 'campaign'
            else origins.kind
        end as kind,
        spans.valid_from,
        lead(spans.valid_from, 1, cast('9999-12-31' as timestamp)) over (
            partition by origins.origin order by spans.valid_from
        ) as valid_to
    from origins
    inner join spans on origins.origin = spans.origin
)

select * from landings
