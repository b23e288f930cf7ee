with order_items as (
    select
        order_id,
        line_number,
        item_type,
        quantity * unit_price as amount
    from {{ ref('stg_app__order_items') }}
),

order_rates as (
    select
        order_id,
        usd_rate,
        rate,
        discount_amount,
        is_paid
    from {{ ref('int_order_rates') }}
),

-- A line that came back takes no part in the discount; lines that all cost nothing share it alike.
weighted as (
    select
        *,
        case
            when max(amount) over (partition by order_id) > 0
                then cast(greatest(amount, 0) as double)
            else 1
        end as weight
    from order_items
),

running as (
    select
        *,
        sum(weight) over (
            partition by order_id
            order by line_number
            rows between unbounded preceding and current row
        ) as running_weight
    from weighted
),

summed as (
    select
        *,
        coalesce(lag(running_weight) over (
            partition by order_id
            order by line_number
        ), 0) as weight_before,
        max(running_weight) over (partition by order_id) as total_weight
    from running
),

-- Divided by the last running sum, not by a sum of its own: the last line ends at 1.
priced as (
    select
        summed.order_id,
        summed.line_number,
        summed.item_type,
        coalesce({{ converted('summed.amount', 'order_rates') }}, 0) as gross_amount,
        {{ portion(
            'order_rates.discount_amount',
            'summed.weight_before / summed.total_weight',
            'summed.running_weight / summed.total_weight'
        ) }} as discount_amount,
        coalesce(order_rates.is_paid, false) as is_paid
    from summed
    left join order_rates
        on summed.order_id = order_rates.order_id
),

-- What a gift card or a deposit brings is owed until it is used for goods.
with_revenue as (
    select
        *,
        cast(
            case when item_type = 'goods' then gross_amount - discount_amount else 0 end
            as decimal(24, 6)
        ) as goods_amount,
        cast(
            case
                when is_paid and item_type = 'goods' then gross_amount - discount_amount
                else 0
            end as decimal(24, 6)
        ) as revenue,
        cast(
            case
                when is_paid and item_type <> 'goods'
                    then gross_amount - discount_amount
                else 0
            end as decimal(24, 6)
        ) as deferred_amount
    from priced
)

select * from with_revenue
