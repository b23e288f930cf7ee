with orders as (
    {orders}
),

buyers as (
    select
        hashed_key(coalesce(email, phone)) as customer_id,
        coalesce(billing_country, shipping_country) as country_code,
        created_at
    from orders
    where coalesce(email, phone) is not null
),

shop as (
    select coalesce(
        (select mode(country_code order by country_code) from buyers),
        (select mode(replace(upper(left(currency, 2)), 'EU', 'DE')) from orders),
        '{home_country}'
    ) as country_code
)

-- Who gave no address is taken to be where most are.
select
    buyers.customer_id,
    coalesce(
        min_by(buyers.country_code, (buyers.created_at, buyers.country_code))
            filter (where buyers.country_code is not null),
        max(shop.country_code)
    ) as country_code,
    min(buyers.created_at) as created_at
from buyers
cross join shop
group by buyers.customer_id
