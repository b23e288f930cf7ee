with order_items as (
    select
        order_id,
        line_number,
        cast(quantity * unit_price as double) as amount
    from {{ ref('stg_app__order_items') }}
),

-- Lines that all cost nothing share the order's discount alike.
weighted as (
    select
        order_id,
        line_number,
        case
            when max(amount) over (partition by order_id) = 0 then 1
            else amount
        end as weight
    from order_items
),

running as (
    select
        order_id,
        line_number,
        sum(weight) over (
            partition by order_id
            order by line_number
            rows between unbounded preceding and current row
        ) as running_weight
    from weighted
),

-- Divided by the last running sum, not by a sum of its own: the last line ends at 1.
shares as (
    select
        order_id,
        line_number,
        coalesce(lag(running_weight) over (
            partition by order_id
            order by line_number
        ), 0) / max(running_weight) over (partition by order_id) as share_from,
        running_weight / max(running_weight) over (partition by order_id) as share_to
    from running
)

select * from shares
