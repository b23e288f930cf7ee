with lines as (
    {lines}
),

customers as (
    {customers}
),

-- An e-mail or a telephone number is never a key as it is; spaces and hyphens are no part of a number.
buyers as (
    select
        coalesce(
            case when customer_id like '%@%' then hashed_key(customer_id) else customer_id end,
            hashed_key(email),
            hashed_key(regexp_replace(phone, '[^0-9]', '', 'g'))
        ) as customer_id,
        as_time(ordered_at) as seen_at,
        country
    from lines
    where coalesce(customer_id, email, phone) is not null
),

members as (
    select
        case when customer_id like '%@%' then hashed_key(customer_id) else customer_id end as customer_id,
        as_time(created_at) as seen_at,
        country
    from customers
    where customer_id is not null
),

seen as (
    select * from buyers
    union all
    select * from members
),

home as (
    select mode(country order by country) as country from seen
)

select
    seen.customer_id,
    coalesce(
        min_by(seen.country, (seen.seen_at, seen.country)) filter (where seen.country is not null),
        max(home.country),
        '{home_country}'
    ) as country_code,
    coalesce(max(members.seen_at), min(seen.seen_at)) as created_at
from seen
cross join home
left join members on seen.customer_id = members.customer_id
group by seen.customer_id
