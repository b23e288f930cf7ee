-- Why: revenue is the number that everything else is held against; here it is worked out again from staging alone.
-- Threshold: by currency and day paid, half a millionth a line, since each line is rounded to six digits.
-- A failure means: orders counts an order as paid or on a day that staging does not bear out, or takes other lines or another rate.
with orders as (
    select
        order_id,
        currency,
        discount_amount,
        ordered_at
    from {{ ref('stg_app__orders') }}
),

paid_evidence as (
    select
        order_id,
        1 as strength,
        paid_at
    from {{ ref('stg_app__orders') }}
    where paid_at is not null
    union all
    select
        order_id,
        2 as strength,
        paid_at
    from {{ ref('stg_app__order_versions') }}
    where paid_at is not null or status in ('paid', 'fulfilled', 'refunded')
    union all
    select
        order_id,
        3 as strength,
        attempted_at as paid_at
    from {{ ref('stg_payments__payments') }}
    where outcome = 'succeeded'
    union all
    select
        order_id,
        4 as strength,
        case when status = 'paid' then occurred_at end as paid_at
    from {{ ref('stg_app__order_status_events') }}
    where status in ('paid', 'fulfilled', 'refunded')
),

strengths as (
    select
        order_id,
        strength,
        min(paid_at) as paid_at
    from paid_evidence
    group by order_id, strength
),

paid_moments as (
    select
        order_id,
        min_by(paid_at, strength) filter (where paid_at is not null) as paid_at
    from strengths
    group by order_id
),

-- Paid after as_of is not paid yet.
paid_by_as_of as (
    select paid_moments.*
    from paid_moments
    cross join {{ as_of() }} as as_of
    where
        {{ reporting_date('paid_moments.paid_at') }} <= as_of.as_of_date
        or paid_moments.paid_at is null
),

line_totals as (
    select
        order_id,
        sum(quantity * unit_price) as gross_amount
    from {{ ref('stg_app__order_items') }}
    group by order_id
),

expected_orders as (
    select
        orders.currency,
        {{ reporting_date(
            'coalesce(paid_by_as_of.paid_at, orders.ordered_at)'
        ) }} as day,
        cast(line_totals.gross_amount - orders.discount_amount as double) as amount
    from orders
    inner join paid_by_as_of
        on orders.order_id = paid_by_as_of.order_id
    inner join line_totals
        on orders.order_id = line_totals.order_id
),

rates as (
    {{ rates_looked_up('expected_orders') }}
),

expected as (
    select
        expected_orders.currency,
        expected_orders.day,
        count(*) as order_count,
        sum(expected_orders.amount * rates.rate) as revenue
    from expected_orders
    inner join rates
        on
            expected_orders.currency = rates.currency
            and expected_orders.day = rates.day
    group by expected_orders.currency, expected_orders.day
),

built as (
    select
        currency,
        revenue_date as day,
        count(*) as order_count,
        sum(revenue + deferred_amount) as revenue
    from {{ ref('orders') }}
    where (is_paid or revenue <> 0) and item_count > 0
    group by currency, revenue_date
),

compared as (
    select
        coalesce(expected.currency, built.currency) as currency,
        coalesce(expected.day, built.day) as day,
        expected.order_count as expected_order_count,
        built.order_count as built_order_count,
        expected.revenue as expected_revenue,
        built.revenue as built_revenue
    from expected
    full join built
        on
            expected.currency = built.currency
            and expected.day = built.day
)

select *
from compared
where
    expected_order_count is distinct from built_order_count
    or (
        abs(expected_revenue - built_revenue)
        <= 1e-5 * expected_order_count + 1e-12 * abs(expected_revenue)
    ) is not true
