with signals as (
    select
        signal,
        feature
    from {{ ref('risk_signals') }}
),

payment_signals as (
    select
        payment_id,
        signal
    from {{ ref('int_payment_signals') }}
),

labels as (
    select
        payment_id,
        case when label = 'confirmed' then 1 else 0 end as is_fraud
    from {{ ref('payment_labels') }}
    where is_mature and label in ('confirmed', 'clean')
),

totals as (
    select
        count(*) as total_count,
        coalesce(sum(is_fraud), 0) as total_fraud_count
    from labels
),

counted as (
    select
        payment_signals.signal,
        count(*) as payment_count,
        sum(labels.is_fraud) as fraud_count
    from payment_signals
    inner join labels on payment_signals.payment_id = labels.payment_id
    group by payment_signals.signal
),

shares as (
    select
        signals.signal,
        signals.feature,
        coalesce(counted.payment_count, 0) as payment_count,
        cast(coalesce(counted.fraud_count, 0) as bigint) as fraud_count,
        1.0 * counted.fraud_count / nullif(counted.payment_count, 0) as fraud_share,
        {{ wilson_low('counted.fraud_count', 'counted.payment_count') }}
            as fraud_share_low,
        1.0 * totals.total_fraud_count / nullif(totals.total_count, 0)
            as total_fraud_share
    from signals
    cross join totals
    left join counted on signals.signal = counted.signal
)

select * from shares
