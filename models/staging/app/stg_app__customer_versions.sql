{{ config(materialized='view') }}
-- One row per customer and version that ever arrived: what was once known of the person.
with customers as (
    {{ judged('app', 'customers') }}
)

select
    customer_id,
    birth_date,
    updated_at,
    arrived_at
from customers
where fate in ('staged', 'superseded')
