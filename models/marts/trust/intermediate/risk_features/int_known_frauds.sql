with disputes as (
    select
        dispute_id,
        payment_id,
        reason,
        opened_at,
        arrived_at
    from {{ ref('validated_payments__disputes') }}
    where row_status in ('staged', 'superseded')
),

first_loads as (
    select cast(min(arrived_at) as date) as first_load_date
    from disputes
),

attempts as (
    select
        payment_id,
        attempted_at
    from {{ ref('int_payment_attempts') }}
),

-- Nobody could know of it before the payment, whatever the dispute says.
known as (
    select
        disputes.dispute_id,
        disputes.payment_id,
        disputes.reason,
        disputes.opened_at,
        disputes.arrived_at,
        greatest(
            {{ known_moment(
                'disputes.opened_at', 'disputes.arrived_at',
                'first_loads.first_load_date'
            ) }},
            attempts.attempted_at
        ) as known_at
    from disputes
    cross join first_loads
    inner join attempts on disputes.payment_id = attempts.payment_id
),

-- A version is known until the dispute says something else.
dated as (
    select
        *,
        lead(known_at) over (
            partition by dispute_id
            order by known_at, arrived_at, opened_at, reason, payment_id
        ) as known_until
    from known
),

changes as (
    select
        payment_id,
        1 as change,
        known_at as changed_at
    from dated
    where reason = 'fraud'
    union all
    select
        payment_id,
        -1 as change,
        known_until as changed_at
    from dated
    where reason = 'fraud' and known_until is not null
),

summed as (
    select
        payment_id,
        changed_at,
        sum(sum(change)) over (partition by payment_id order by changed_at) > 0
            as is_fraud
    from changes
    group by payment_id, changed_at
),

compared as (
    select
        payment_id,
        is_fraud,
        coalesce(
            lag(is_fraud) over (partition by payment_id order by changed_at), false
        ) as was_fraud,
        changed_at as known_at
    from summed
),

frauds as (
    select
        payment_id,
        case when is_fraud then 1 else -1 end as fraud_change,
        known_at
    from compared
    where is_fraud <> was_fraud
)

select * from frauds
