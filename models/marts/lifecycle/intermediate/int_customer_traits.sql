-- One row per brand, customer of the last three full months, trait and value: the share of the customer that has it. Of an
-- attribute that is 1, of a behaviour the share of the customer's activity.
with heavy_customers as (
    select * from {{ ref('int_heavy_customers') }}
),

customers as (
    select
        customer_id,
        country_code,
        age_band
    from {{ ref('customers') }}
),

lives as (
    select
        customer_id,
        brand,
        channel,
        plan
    from {{ ref('customer_lives') }}
    where life_number = 1
),

text_properties as (
    select distinct
        event_name,
        property_name
    from {{ ref('tracking_plan') }}
    where property_type = 'string'
),

activities as (
    select * from {{ ref('int_heavy_activities') }}
),

behaviours as (
    select
        customer_id,
        brand,
        event_id,
        'event' as trait,
        event_name as value,
        false as is_property
    from activities
    union all
    select
        customer_id,
        brand,
        event_id,
        'device type' as trait,
        device_type as value,
        false as is_property
    from activities
    union all
    select
        customer_id,
        brand,
        event_id,
        'part of the week' as trait,
        case
            when extract(isodow from local_at) >= 6 then 'weekend'
            when extract(hour from local_at) in (7, 8, 9, 17, 18, 19)
                then 'commuting hours of a weekday'
            else 'other hours of a weekday'
        end as value,
        false as is_property
    from activities
    union all
    select
        activities.customer_id,
        activities.brand,
        activities.event_id,
        concat_ws(' ', activities.event_name, text_properties.property_name) as trait,
        {{ json_value('activities.properties', 'text_properties.property_name') }}
            as value,
        true as is_property
    from activities
    inner join text_properties
        on activities.event_name = text_properties.event_name
),

attributes as (
    select
        heavy_customers.customer_id,
        heavy_customers.brand,
        nullif(customers.country_code, 'unknown') as country,
        nullif(customers.age_band, 'unknown') as age_band,
        nullif(lives.channel, 'unknown') as channel,
        nullif(lives.plan, 'unknown') as plan
    from heavy_customers
    left join customers
        on heavy_customers.customer_id = customers.customer_id
    left join lives
        on
            heavy_customers.customer_id = lives.customer_id
            and heavy_customers.brand = lives.brand
),

-- A property with more values than a person can read, such as an id, is no trait.
readable as (
    select
        brand,
        trait
    from behaviours
    group by brand, trait
    having not bool_or(is_property) or count(distinct value) <= 20
),

shares as (
    select
        behaviours.customer_id,
        behaviours.brand,
        behaviours.trait,
        behaviours.value,
        1.0 * count(*) / sum(count(*)) over (
            partition by behaviours.customer_id, behaviours.brand, behaviours.trait
        ) as share
    from behaviours
    inner join readable
        on
            behaviours.brand = readable.brand
            and behaviours.trait = readable.trait
    where behaviours.value is not null
    group by
        behaviours.customer_id,
        behaviours.brand,
        behaviours.trait,
        behaviours.value
    {%- for trait in ['country', 'age_band', 'channel', 'plan'] %}
    union all
    select
        customer_id,
        brand,
        '{{ trait | replace('_', ' ') }}' as trait,
        {{ trait }} as value,
        1.0 as share
    from attributes
    where {{ trait }} is not null
    {%- endfor %}
)

select
    shares.customer_id,
    shares.brand,
    shares.trait,
    shares.value,
    cast(shares.share as double) as share,
    heavy_customers.is_heavy
from shares
inner join heavy_customers
    on
        shares.customer_id = heavy_customers.customer_id
        and shares.brand = heavy_customers.brand
