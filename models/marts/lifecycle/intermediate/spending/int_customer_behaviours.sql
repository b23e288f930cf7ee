with commuting_hours as (
    select hour_of_day from {{ ref('commuting_hours') }}
),

text_properties as (
    select distinct
        event_name,
        property_name
    from {{ ref('tracking_plan') }}
    where property_type = 'string'
),

activities as (
    select
        activities.*,
        case
            when extract(isodow from activities.local_at) >= 6 then 'weekend'
            when commuting_hours.hour_of_day is not null
                then 'commuting hours of a weekday'
            else 'other hours of a weekday'
        end as part_of_week
    from {{ ref('int_heavy_activities') }} as activities
    left join commuting_hours
        on extract(hour from activities.local_at) = commuting_hours.hour_of_day
),

behaviours as (
    select
        *,
        'event' as trait,
        event_name as value,
        false as is_property
    from activities
    union all
    select
        *,
        'device type' as trait,
        device_type as value,
        false as is_property
    from activities
    union all
    select
        *,
        'part of the week' as trait,
        part_of_week as value,
        false as is_property
    from activities
    union all
    select
        activities.*,
        concat_ws(' ', activities.event_name, text_properties.property_name) as trait,
        {{ json_value('activities.properties', 'text_properties.property_name') }}
            as value,
        true as is_property
    from activities
    inner join text_properties
        on activities.event_name = text_properties.event_name
),

-- A property with more values than a person can read, such as an id, is no trait.
traits as (
    select
        brand,
        trait
    from behaviours
    group by brand, trait
    having
        not bool_or(is_property)
        or count(distinct value) <= {{ var('max_values_of_a_trait') }}
),

shares as (
    select
        customer_id,
        brand,
        trait,
        value,
        cast(
            1.0 * count(*)
            / sum(count(*)) over (partition by customer_id, brand, trait) as double
        ) as share,
        is_heavy
    from behaviours
    where
        value is not null
        and (brand, trait) in (
            select
                traits.brand,
                traits.trait
            from traits
        )
    group by customer_id, brand, trait, value, is_heavy
)

select * from shares
