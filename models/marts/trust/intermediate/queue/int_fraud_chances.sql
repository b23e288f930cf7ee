-- Of flagged and other payments apart: only those let through at random have labels
-- above the threshold.
with labels as (
    select
        coalesce(model_name, 'none') as model_name,
        coalesce(model_version, 'none') as model_version,
        coalesce(is_flagged, false) as is_flagged,
        {{ score_band('score') }} as score_band,
        case when label = 'confirmed' then 1 else 0 end as is_fraud
    from {{ ref('payment_labels') }}
    where is_mature and label in ('confirmed', 'clean')
),

counted as (
    select
        model_name,
        model_version,
        is_flagged,
        score_band,
        count(*) as payment_count,
        sum(is_fraud) as fraud_count
    from labels
    group by model_name, model_version, is_flagged, score_band
),

totals as (
    select
        *,
        sum(payment_count) over same_kind as kind_payment_count,
        sum(fraud_count) over same_kind as kind_fraud_count
    from counted
    window same_kind as (partition by is_flagged, score_band >= 0)
),

-- A band of few payments says little: it counts with so many more like all others.
chances as (
    select
        model_name,
        model_version,
        is_flagged,
        score_band,
        payment_count,
        cast(fraud_count as bigint) as fraud_count,
        (
            fraud_count
            + {{ var('review_prior_payments') }}
            * (1.0 * kind_fraud_count / kind_payment_count)
        ) / (payment_count + {{ var('review_prior_payments') }}) as fraud_chance
    from totals
)

select * from chances
