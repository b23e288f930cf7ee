with prices as (
    {prices}
),

invoice_lines as (
    {invoice_lines}
),

subscriptions as (
    {subscriptions}
),

-- What is sold without being in the table of prices is known by its id and its last amount.
sold as (
    select
        price as id,
        price as product_name,
        cast(null as varchar) as category,
        abs(as_number(amount)) as amount,
        currency,
        2 as preference,
        id as part
    from invoice_lines
    where price is not null
    union all
    select
        plan as id,
        plan as product_name,
        plan_interval as category,
        as_number(plan_amount) as amount,
        currency,
        3 as preference,
        id as part
    from subscriptions
    where plan is not null and plan_amount is not null
),

listed as (
    select
        id,
        coalesce(nickname, product, id) as product_name,
        interval as category,
        coalesce(as_number(amount), 0) as amount,
        currency,
        1 as preference,
        id as part
    from prices
    union all
    select * from sold
),

ranked as (
    select
        *,
        row_number() over (partition by id order by preference, part desc) as place
    from listed
)

select
    id as product_id,
    product_name,
    category,
    from_minor_units(amount, currency) as list_price,
    upper(currency) as currency
from ranked
where place = 1
