with orders as (
    select
        order_id,
        customer_id,
        brand,
        order_type,
        revenue,
        coalesce(paid_at, ordered_at) as counted_at
    from {{ ref('orders') }}
    where is_paid
),

names as (
    select 'orders.revenue' as fact
    union all
    select 'orders.order_id' as fact
    union all
    select 'orders.purchase_id' as fact
),

order_facts as (
    select
        names.fact,
        orders.order_id as fact_id,
        {{ id_in_its_space({'customer': 'orders.customer_id'}) }} as subject_id,
        orders.brand,
        cast(
            case names.fact when 'orders.revenue' then orders.revenue else 1 end
            as decimal(24, 6)
        ) as amount,
        orders.counted_at as occurred_at
    from orders
    cross join names
    where names.fact <> 'orders.purchase_id' or orders.order_type = 'purchase'
),

refunds as (
    select
        'refunds.refund_amount' as fact,
        refund_id as fact_id,
        {{ id_in_its_space({'customer': 'customer_id'}) }} as subject_id,
        brand,
        cast(refund_amount as decimal(24, 6)) as amount,
        refunded_at as occurred_at
    from {{ ref('refunds') }}
),

sessions as (
    select
        'sessions.session_id' as fact,
        session_id as fact_id,
        {{ id_in_its_space({
            'customer': 'customer_id', 'device': 'anonymous_id'
        }) }} as subject_id,
        brand,
        cast(1 as decimal(24, 6)) as amount,
        started_at as occurred_at
    from {{ ref('sessions') }}
),

tickets as (
    select
        'tickets.ticket_id' as fact,
        tickets.ticket_id as fact_id,
        {{ id_in_its_space({'customer': 'tickets.customer_id'}) }} as subject_id,
        customers.brand,
        cast(1 as decimal(24, 6)) as amount,
        tickets.opened_at as occurred_at
    from {{ ref('stg_support__tickets') }} as tickets
    inner join {{ ref('customers') }} as customers
        on tickets.customer_id = customers.customer_id
),

mrr_changes as (
    select
        concat(change_id, ' ', customer_id) as fact_id,
        {{ id_in_its_space({'customer': 'customer_id'}) }} as subject_id,
        brand,
        mrr_change,
        is_cancellation,
        in_effect_at as occurred_at
    from {{ ref('mrr_changes') }}
),

facts as (
    select * from order_facts
    union all
    select * from refunds
    union all
    select * from sessions
    union all
    select * from tickets
    union all
    select
        'mrr_changes.mrr_change' as fact,
        fact_id,
        subject_id,
        brand,
        mrr_change as amount,
        occurred_at
    from mrr_changes
    union all
    select
        'mrr_changes.cancelled_id' as fact,
        fact_id,
        subject_id,
        brand,
        1 as amount,
        occurred_at
    from mrr_changes
    where is_cancellation
)

select * from facts
