with customers as (
    {customers}
),

charges as (
    {charges}
),

cards as (
    select
        customer,
        mode(card_country order by card_country) as card_country
    from charges
    where card_country is not null
    group by customer
),

placed as (
    select
        customers.*,
        coalesce(customers.country, cards.card_country) as known_country
    from customers
    left join cards on customers.id = cards.customer
)

-- A customer without an address or a card is taken to be where the currency is, or else where most are.
select
    id as customer_id,
    coalesce(
        known_country,
        case when upper(currency) <> 'EUR' then upper(left(currency, 2)) end,
        (select mode(known_country order by known_country) from placed),
        '{home_country}'
    ) as country_code,
    as_time(created) as created_at
from placed
