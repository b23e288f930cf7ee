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
        event_name as value
    from activities
    union all
    select
        customer_id,
        brand,
        event_id,
        'device type' as trait,
        coalesce(device_type, 'unknown') as value
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
        end as value
    from activities
    union all
    select
        activities.customer_id,
        activities.brand,
        activities.event_id,
        concat_ws(' ', activities.event_name, text_properties.property_name) as trait,
        {{ json_value('activities.properties', 'text_properties.property_name') }}
            as value
    from activities
    inner join text_properties
        on activities.event_name = text_properties.event_name
),

attributes as (
    select
        heavy_customers.customer_id,
        heavy_customers.brand,
        coalesce(customers.country_code, 'unknown') as country,
        coalesce(customers.age_band, 'unknown') as age_band,
        coalesce(lives.channel, 'unknown') as channel,
        coalesce(lives.plan, 'unknown') as plan
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
    select trait
    from behaviours
    group by trait
    having count(distinct value) <= 20
),

shares as (
    select
        customer_id,
        brand,
        trait,
        value,
        1.0 * count(*) / sum(count(*)) over (partition by customer_id, brand, trait)
            as share
    from behaviours
    where
        value is not null
        and trait in (select readable.trait from readable)
    group by customer_id, brand, trait, value
    {%- for trait in ['country', 'age_band', 'channel', 'plan'] %}
    union all
    select
        customer_id,
        brand,
        '{{ trait | replace('_', ' ') }}' as trait,
        {{ trait }} as value,
        1.0 as share
    from attributes
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
