with orders as (
    {orders}
)

-- Tests of the checkout are no orders.
select
    name as order_id,
    row_number() over (
        partition by name order by sku, item_name, as_number(price), as_number(quantity)
    ) as line_number,
    coalesce(sku, item_name) as product_id,
    quantity,
    as_number(price) as unit_price,
    case
        when
            coalesce(requires_shipping, 'true') = 'false'
            and regexp_matches(item_name, 'gift ?card|기프트 ?카드|상품권', 'i')
            then 'gift_card'
        else 'goods'
    end as item_type
from orders
where quantity is not null
    and name not in (select name from orders where name is not null and payment_method ilike '%bogus%')
