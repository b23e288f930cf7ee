with activities as (
    select
        *,
        extract(isodow from local_at) as day_of_week,
        extract(hour from local_at) as hour_of_day
    from {{ ref('int_heavy_activities') }}
),

commuting_hours as (
    select hour_of_day from {{ ref('commuting_hours') }}
),

text_properties as (
    select distinct
        event_name,
        property_name
    from {{ ref('tracking_plan') }}
    where property_type = 'string'
),

behaviours as (
    select
        customer_id,
        brand,
        'event' as trait,
        event_name as value,
        is_heavy,
        false as is_property
    from activities
    union all
    select
        customer_id,
        brand,
        'device type' as trait,
        device_type as value,
        is_heavy,
        false as is_property
    from activities
    union all
    select
        activities.customer_id,
        activities.brand,
        'part of the week' as trait,
        case
            when activities.day_of_week >= 6 then 'weekend'
            when commuting_hours.hour_of_day is not null
                then 'commuting hours of a weekday'
            else 'other hours of a weekday'
        end as value,
        activities.is_heavy,
        false as is_property
    from activities
    left join commuting_hours
        on activities.hour_of_day = commuting_hours.hour_of_day
    union all
    select
        activities.customer_id,
        activities.brand,
        concat_ws(' ', activities.event_name, text_properties.property_name) as trait,
        {{ json_value('activities.properties', 'text_properties.property_name') }}
            as value,
        activities.is_heavy,
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
        behaviours.customer_id,
        behaviours.brand,
        behaviours.trait,
        behaviours.value,
        cast(
            1.0 * count(*) / sum(count(*)) over (
                partition by behaviours.customer_id, behaviours.brand, behaviours.trait
            ) as double
        ) as share,
        behaviours.is_heavy
    from behaviours
    inner join traits
        on
            behaviours.brand = traits.brand
            and behaviours.trait = traits.trait
    where behaviours.value is not null
    group by
        behaviours.customer_id,
        behaviours.brand,
        behaviours.trait,
        behaviours.value,
        behaviours.is_heavy
)

select * from shares
