with people as (
    select
        brand,
        country_group,
        age_group,
        order_band,
        is_subscriber
    from {{ ref('int_open_people') }}
),

classes as (
    select
        brand,
        country_group,
        age_group
    from {{ ref('int_open_classes') }}
    where is_shown
),

-- A number from the columns that are shown, so that no order leads back to a customer.
numbered as (
    select
        people.brand,
        people.country_group,
        people.age_group,
        people.order_band,
        row_number() over (
            partition by people.brand, people.country_group, people.age_group
            order by people.order_band, people.is_subscriber
        ) as person_number,
        people.is_subscriber
    from people
    inner join classes
        on
            people.brand = classes.brand
            and people.country_group = classes.country_group
            and people.age_group = classes.age_group
)

select * from numbered
