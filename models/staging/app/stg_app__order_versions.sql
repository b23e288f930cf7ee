{{ config(materialized='view') }}
-- One row per order and version that ever arrived: what it once was.
with orders as (
    {{ judged('app', 'orders') }}
)

select
    order_id,
    status,
    paid_at,
    updated_at,
    arrived_at
from orders
where fate in ('staged', 'superseded')
