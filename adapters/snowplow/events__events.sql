with events as (
    {events}
),

-- An event that was sent twice keeps its event_id; page pings come every few seconds and say only that a page is open.
read as (
    select
        *,
        case event
            when 'struct' then coalesce(se_action, 'struct')
            when 'page_ping' then 'page_ping'
            else coalesce(event_name, event)
        end as name
    from events
    where event_id is not null
)

-- derived_tstamp takes the error of the device's clock out; server-side events have no domain_userid.
select
    event_id,
    name as event_name,
    regexp_replace(
        as_time(coalesce(derived_tstamp, dvce_created_tstamp, collector_tstamp)), '(Z|[+]00(:?00)?)?$', '+00'
    ) as occurred_at,
    regexp_replace(as_time(collector_tstamp), '(Z|[+]00(:?00)?)?$', '+00') as received_at,
    coalesce(domain_userid, network_userid) as anonymous_id,
    case when user_id like '%@%' then hashed_key(user_id) else user_id end as customer_id,
    domain_sessionid as session_id,
    coalesce(
        case lower(mkt_network)
            when 'google' then 'gclid='
            when 'microsoft' then 'msclkid='
            when 'doubleclick' then 'dclid='
        end || mkt_clickid,
        nullif(regexp_extract(page_url, '[?&]((?:{click_ids})=[^&#]+)', 1), '')
    ) as click_id,
    coalesce(br_type ilike '%robot%', false)
    or regexp_matches(coalesce(useragent, ''), '(bot|crawler|spider|headless)\b', 'i') as is_robot,
    page_urlpath as page_path,
    page_referrer as referrer,
    mkt_source as utm_source,
    mkt_medium as utm_medium,
    mkt_campaign as utm_campaign,
    case lower(dvce_type)
        when 'computer' then 'desktop'
        else lower(dvce_type)
    end as device_type,
    case
        when event = 'unstruct' then json_extract_string(unstruct_event, '$.data.data')
        when event = 'struct'
            then cast(to_json(struct_pack(
                category := se_category, label := se_label, property := se_property, value := se_value
            )) as varchar)
        when event = 'transaction' then cast(to_json(struct_pack(order_id := tr_orderid)) as varchar)
    end as properties
from read
