-- depends_on: {{ ref('validated_app__orders') }}, {{ ref('validated_app__order_items') }}
-- depends_on: {{ ref('validated_payments__payments') }}
with orders as (
    {{ known_rows('app', 'orders') if execute else 'select 1' }}
),

items as (
    {{ known_rows('app', 'order_items') if execute else 'select 1' }}
),

payments as (
    select *
    from ({{ known_rows('payments', 'payments') if execute else 'select 1' }}) as known
    {{ "where outcome = 'succeeded'" if execute }}
),

lines as (
    select
        order_id,
        sum(quantity * cast(unit_price as double)) as amount,
        min(arrived_at) as arrived_at
    from items
    group by order_id
),

first_payments as (
    select
        order_id,
        min(arrived_at) as arrived_at
    from payments
    group by order_id
),

totals as (
    select
        orders.order_id,
        orders.currency,
        orders.ordered_at,
        orders.fact_day,
        orders.paid_at is not null as is_paid,
        coalesce(lines.arrived_at >= orders.known_by, true) as has_no_items,
        coalesce(first_payments.arrived_at >= orders.known_by, true) as has_no_payment,
        case when lines.amount > 0 then nullif(greatest(
            lines.amount - coalesce(orders.discount_amount, 0)
            + coalesce(orders.tax_amount, 0) + coalesce(orders.shipping_amount, 0),
            0
        ), 0) end as amount
    from orders
    left join lines on orders.order_id = lines.order_id
    left join first_payments on orders.order_id = first_payments.order_id
),

paid_orders as (
    select
        payments.fact_day,
        payments.currency = totals.currency as is_same_currency,
        case
            when payments.currency = totals.currency and payments.amount > 0
                then ln(cast(payments.amount as double) / totals.amount)
        end as ratio,
        {{ signed_log(
            dbt.datediff('totals.ordered_at', 'payments.attempted_at', 'second') ~ ' / 60.0'
        ) }} as minutes,
        payments.attempted_at < totals.ordered_at as is_before_order
    from payments
    inner join totals on payments.order_id = totals.order_id
),

measured as (
    select
        {{ node_id_of('seed', 'raw_payments__payments') }} as node_id,
        fact_day as measured_date,
        {{ each_of(all_measures([
            measure("'amount off its order'", 'share', 'amount',
                'count(case when abs(ratio) > ' ~ var('amount_tolerance') ~ ' then 1 end)', 'count(ratio)'),
            mean_measure("'amount by its order'", 'log', 'amount', 'ratio'),
            measure("'currency other than its order'", 'share', 'currency',
                'count(case when not is_same_currency then 1 end)'),
            mean_measure("'minutes from order to payment'", 'signed log', 'attempted_at', 'minutes'),
            measure("'payment before its order'", 'share', 'attempted_at',
                'count(case when is_before_order then 1 end)'),
        ])) }} as one
    from paid_orders
    group by fact_day
    union all
    select
        {{ node_id_of('seed', 'raw_app__orders') }} as node_id,
        fact_day as measured_date,
        {{ each_of(all_measures([
            measure("'order without items'", 'share', 'order_id', 'count(case when has_no_items then 1 end)'),
            measure("'paid order without payment'", 'share', 'order_id',
                'count(case when is_paid and has_no_payment then 1 end)', 'count(case when is_paid then 1 end)'),
        ])) }} as one
    from totals
    group by fact_day
),

fields as (
    select
        node_id,
        measured_date,
        {{ fields_of('one') }}
    from measured
)

select * from fields
