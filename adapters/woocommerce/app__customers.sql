with orders as (
    {orders}
),

buyers as (
    select
        coalesce(hashed_key(email), nullif(customer_id, '0')) as customer_id,
        country,
        ordered_at
    from orders
    where email is not null or nullif(customer_id, '0') is not null
),

shop as (
    select coalesce(
        (select mode(country order by country) from buyers),
        (select mode(replace(upper(left(currency, 2)), 'EU', 'DE')) from orders),
        '{home_country}'
    ) as country_code
)

-- Who gave no address is taken to be where most are.
select
    buyers.customer_id,
    coalesce(
        min_by(buyers.country, (buyers.ordered_at, buyers.country))
            filter (where buyers.country is not null),
        max(shop.country_code)
    ) as country_code,
    as_time(min(buyers.ordered_at)) as created_at
from buyers
cross join shop
group by buyers.customer_id
