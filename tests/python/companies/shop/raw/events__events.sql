select
    concat_ws('-', user_pseudo_id, event_timestamp, event_name) as event_id,
    event_name,
    cast(make_timestamp(cast(event_timestamp as bigint)) as varchar) as occurred_at,
    user_pseudo_id as anonymous_id,
    md5(lower(trim(user_id))) as customer_id,
    json_extract_string(collected_traffic_source, '$.manual_source') as utm_source,
    json_extract_string(collected_traffic_source, '$.manual_medium') as utm_medium,
    json_extract_string(collected_traffic_source, '$.manual_campaign_name') as utm_campaign,
    json_extract_string(device, '$.category') as device_type
from read_json(
    '{exports}/events_*.json.gz',
    format = 'newline_delimited',
    columns = {event_timestamp: 'varchar', event_name: 'varchar', user_pseudo_id: 'varchar', user_id: 'varchar',
        collected_traffic_source: 'json', device: 'json'}
)
