with calls as (
    {calls}
),

-- alias and group say something of accounts and nothing of a visit. A call that was sent again keeps its messageId.
read as (
    select
        *,
        case type
            when 'track' then event
            when 'page' then 'page_viewed'
            when 'screen' then 'screen_viewed'
            when 'identify' then 'identified'
        end as event_name,
        coalesce(
            json_extract_string(context, '$.page.url'), json_extract_string(properties, '$.url')
        ) as address
    from calls
    where type in ('track', 'page', 'screen', 'identify')
)

-- timestamp is the moment by the server's clock; originalTimestamp is what a device of any clock said.
select
    message_id as event_id,
    event_name,
    as_time(coalesce(timestamp, original_timestamp)) as occurred_at,
    as_time(received_at) as received_at,
    anonymous_id,
    case when user_id like '%@%' then hashed_key(user_id) else user_id end as customer_id,
    nullif(regexp_extract(address, '[?&]((?:{click_ids})=[^&#]+)', 1), '') as click_id,
    coalesce(
        json_extract_string(context, '$.page.path'), json_extract_string(properties, '$.path')
    ) as page_path,
    coalesce(
        json_extract_string(context, '$.page.referrer'), json_extract_string(properties, '$.referrer')
    ) as referrer,
    json_extract_string(context, '$.campaign.source') as utm_source,
    json_extract_string(context, '$.campaign.medium') as utm_medium,
    json_extract_string(context, '$.campaign.name') as utm_campaign,
    case
        when json_extract_string(context, '$.device.type') is not null
            then lower(json_extract_string(context, '$.device.type'))
        when regexp_matches(json_extract_string(context, '$.userAgent'), 'ipad|tablet', 'i') then 'tablet'
        when regexp_matches(json_extract_string(context, '$.userAgent'), 'mobile|iphone', 'i') then 'mobile'
        when json_extract_string(context, '$.userAgent') is not null then 'desktop'
    end as device_type,
    regexp_matches(
        coalesce(json_extract_string(context, '$.userAgent'), ''), '(bot|crawler|spider|headless)\b', 'i'
    ) as is_robot,
    case when type = 'track' then cast(properties as varchar) end as properties
from read
where event_name is not null
