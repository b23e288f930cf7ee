with payments as (
    select
        payment_id,
        outcome,
        attempted_date,
        attempted_at
    from {{ ref('payments') }}
),

disputes as (
    select
        payment_id,
        opened_at
    from {{ ref('disputes') }}
    where reason = 'fraud'
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A company whose disputes nobody delivered knows of no payment that it was clean.
deliveries as (
    select count(*) > 0 as has_disputes
    from {{ raw_coverage() }}
    where raw_table = 'payments.disputes' and is_delivered
),

fraud_disputes as (
    select
        payments.payment_id,
        min(case
            when disputes.opened_at >= payments.attempted_at then disputes.opened_at
        end) as confirmed_at
    from disputes
    inner join payments on disputes.payment_id = payments.payment_id
    group by payments.payment_id
),

known as (
    select
        payments.*,
        fraud_disputes.confirmed_at,
        case
            when payments.outcome in ('blocked', 'declined') then payments.outcome
            when
                fraud_disputes.payment_id is not null
                and fraud_disputes.confirmed_at is null
                then 'disputed_before_payment'
        end as unlabelled_reason,
        {{ dbt.dateadd(
            'day', var('fraud_maturity_days'), 'payments.attempted_date'
        ) }} <= as_of.as_of_date as is_mature,
        deliveries.has_disputes
    from payments
    cross join as_of
    cross join deliveries
    left join fraud_disputes on payments.payment_id = fraud_disputes.payment_id
),

labelled as (
    select
        *,
        case
            when unlabelled_reason is not null then 'unlabelled'
            when confirmed_at is not null then 'confirmed'
            when is_mature and has_disputes then 'clean'
            else 'immature'
        end as label
    from known
),

dated as (
    select
        payment_id,
        label,
        unlabelled_reason,
        is_mature,
        case label
            when 'confirmed' then confirmed_at
            when 'clean'
                then {{ dbt.dateadd(
                    'day', var('fraud_maturity_days'), 'attempted_at'
                ) }}
        end as label_known_at
    from labelled
)

select * from dated
