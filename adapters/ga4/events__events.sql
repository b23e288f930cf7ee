with events as (
    {events}
),

listed as (
    select
        *,
        from_json(
            event_params,
            '[{"key": "VARCHAR", "value": {"string_value": "VARCHAR", "int_value": "VARCHAR",
                "float_value": "VARCHAR", "double_value": "VARCHAR"}}]'
        ) as entries
    from events
),

-- A parameter that comes twice counts as it came first.
parameters as (
    select
        *,
        map_from_entries(list_transform(
            list_filter(
                coalesce(entries, []),
                lambda entry, place:
                    list_position(list_transform(entries, lambda other: other.key), entry.key) = place
            ),
            lambda entry: struct_pack(
                k := entry.key,
                v := coalesce(
                    entry.value.string_value,
                    entry.value.int_value,
                    entry.value.double_value,
                    entry.value.float_value
                )
            )
        )) as parameter
    from listed
),

addressed as (
    select
        *,
        parameter['page_location'] as address
    from parameters
)

-- The day's table holds again what the intraday table held: an event is known by its device, moment, name and place in
-- the batch. traffic_source says where the user first came from, ever; of the visit it says nothing.
select
    md5(concat_ws(
        '|', user_pseudo_id, event_timestamp, event_name, bundle, batch_page_id, batch_ordering_id,
        batch_event_index, coalesce(user_id, ''), cast(to_json(parameter) as varchar)
    )) as event_id,
    event_name,
    as_time(event_timestamp) as occurred_at,
    user_pseudo_id as anonymous_id,
    case when user_id like '%@%' then hashed_key(user_id) else user_id end as customer_id,
    concat(user_pseudo_id, '.', parameter['ga_session_id']) as session_id,
    coalesce(
        nullif(regexp_extract(address, '[?&]((?:{click_ids})=[^&#]+)', 1), ''),
        'gclid=' || json_extract_string(traffic, '$.gclid')
    ) as click_id,
    coalesce(nullif(regexp_extract(address, '^[a-z]+://[^/?#]+([^?#]*)', 1), ''), '/') as page_path,
    parameter['page_referrer'] as referrer,
    coalesce(json_extract_string(traffic, '$.manual_source'), parameter['source']) as utm_source,
    coalesce(json_extract_string(traffic, '$.manual_medium'), parameter['medium']) as utm_medium,
    coalesce(json_extract_string(traffic, '$.manual_campaign_name'), parameter['campaign']) as utm_campaign,
    json_extract_string(device, '$.category') as device_type,
    cast(json_merge_patch(
        to_json(parameter),
        to_json(struct_pack(order_id := coalesce(
            json_extract_string(ecommerce, '$.transaction_id'), parameter['transaction_id']
        )))
    ) as varchar) as properties
from addressed
