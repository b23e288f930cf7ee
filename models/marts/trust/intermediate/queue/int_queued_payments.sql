with labels as (
    select
        payment_id,
        order_id,
        customer_id,
        brand,
        country_code,
        model_name,
        model_version,
        score,
        is_flagged,
        attempted_at,
        {{ reporting_date('attempted_at') }} as attempted_date
    from {{ ref('payment_labels') }}
    where label = 'immature' and not is_exempt
),

payments as (
    select
        payment_id,
        amount
    from {{ ref('payments') }}
    where outcome = 'succeeded' and not is_disputed
),

refunds as (
    select
        payment_id,
        sum(refund_amount) as refund_amount
    from {{ ref('refunds') }}
    where payment_id is not null
    group by payment_id
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- What was given back is not at risk any more.
recent as (
    select
        labels.*,
        cast(
            payments.amount - coalesce(refunds.refund_amount, 0) as decimal(24, 6)
        ) as amount_at_risk
    from labels
    inner join payments on labels.payment_id = payments.payment_id
    inner join as_of
        on labels.attempted_date > {{ dbt.dateadd(
            'day', '-' ~ var('review_days'), 'as_of.as_of_date'
        ) }}
    left join refunds on labels.payment_id = refunds.payment_id
),

chances as (
    select
        model_name,
        model_version,
        is_flagged,
        score_band,
        fraud_chance
    from {{ ref('int_fraud_chances') }}
),

-- Where nothing alike has a label yet the score itself is all that is known.
expected as (
    select
        recent.*,
        case
            when chances.fraud_chance is not null then 'labels'
            when recent.score is not null then 'score'
        end as chance_basis,
        coalesce(chances.fraud_chance, recent.score) as fraud_chance
    from recent
    left join chances
        on
            coalesce(recent.model_name, 'none') = chances.model_name
            and coalesce(recent.model_version, 'none') = chances.model_version
            and coalesce(recent.is_flagged, false) = chances.is_flagged
            and {{ score_band('recent.score') }} = chances.score_band
    where recent.amount_at_risk > 0
),

valued as (
    select
        *,
        cast(
            round(fraud_chance * cast(amount_at_risk as double), 6) as decimal(24, 6)
        ) as expected_loss
    from expected
),

ranked as (
    select
        *,
        row_number() over (
            order by expected_loss desc, amount_at_risk desc, payment_id asc
        ) as queue_rank
    from valued
    where expected_loss > 0
),

queued as (
    select * from ranked
    where queue_rank <= {{ var('review_capacity') }}
)

select * from queued
