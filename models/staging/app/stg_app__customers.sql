-- One row per customer: its newest version.
with customers as (
    {{ judged('app', 'customers') }}
)

select
    customer_id,
    brand,
    full_name,
    email,
    phone,
    birth_date,
    country_code,
    created_at,
    updated_at,
    arrived_at
from customers
where fate = 'staged'
