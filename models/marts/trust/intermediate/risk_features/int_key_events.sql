with attempts as (
    select
        payment_id,
        order_id,
        customer_id,
        card_id,
        device_id,
        address_id,
        currency,
        ip_country_code,
        card_country_code,
        amount,
        is_paid,
        is_declined,
        attempted_at,
        fingerprint
    from {{ ref('int_payment_attempts') }}
),

frauds as (
    select
        payment_id,
        fraud_change,
        known_at
    from {{ ref('int_known_frauds') }}
),

events as (
    select
        attempts.*,
        'payment' as event,
        0 as fraud_change,
        attempts.attempted_at as happened_at
    from attempts
    union all
    select
        attempts.*,
        'fraud' as event,
        frauds.fraud_change,
        frauds.known_at as happened_at
    from frauds
    inner join attempts on frauds.payment_id = attempts.payment_id
),

key_kinds as (
    select 'card' as key_kind
    union all
    select 'device' as key_kind
    union all
    select 'address' as key_kind
    union all
    select 'customer' as key_kind
),

-- Payments without a card are no payments of one card.
by_key as (
    select
        events.*,
        key_kinds.key_kind,
        case key_kinds.key_kind
            when 'card' then events.card_id
            when 'device' then events.device_id
            when 'address' then events.address_id
            when 'customer' then events.customer_id
        end as key_value
    from events
    cross join key_kinds
),

-- All cards of one address are used in its country.
described as (
    select
        key_kind,
        key_value,
        event,
        payment_id,
        case when event = 'payment' then payment_id end as attempt_id,
        case when event = 'payment' then customer_id end as customer_id,
        case when event = 'payment' then card_id end as card_id,
        case when event = 'payment' then device_id end as device_id,
        case
            when event = 'fraud' then null
            when key_kind = 'address' then card_country_code
            else ip_country_code
        end as country_code,
        currency,
        case when event = 'payment' and is_paid then order_id end as paid_order_id,
        case when event = 'payment' and is_paid then amount end as paid_amount,
        case when event = 'payment' and is_declined then payment_id end as declined_id,
        fraud_change,
        case when event = 'payment' then attempted_at end as attempted_at,
        happened_at,
        {{ row_fingerprint(['fingerprint', 'event', 'fraud_change', 'happened_at']) }}
            as fingerprint
    from by_key
    where key_value is not null
)

select * from described
