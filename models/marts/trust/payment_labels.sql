with payments as (
    select
        payment_id,
        order_id,
        customer_id,
        brand,
        outcome,
        amount,
        review_exempt_probability,
        is_review_exempt,
        attempted_date,
        attempted_at
    from {{ ref('payments') }}
),

labels as (
    select * from {{ ref('int_labelled_payments') }}
),

scores as (
    select * from {{ ref('int_payment_scores') }}
),

customers as (
    select
        customer_id,
        country_code,
        age_band
    from {{ ref('customers') }}
),

addresses as (
    select
        payment_id,
        coalesce(billing_country_code, card_country_code) as country_code
    from {{ ref('stg_payments__payments') }}
),

-- Where a version stops nothing, every payment that it flags can get a label.
joined as (
    select
        payments.*,
        labels.label,
        labels.unlabelled_reason,
        labels.is_mature,
        labels.label_known_at,
        scores.prediction_id,
        scores.model_name,
        scores.model_version,
        scores.score,
        scores.is_flagged,
        scores.has_missing_feature,
        coalesce(customers.country_code, addresses.country_code, 'unknown')
            as country_code,
        coalesce(customers.age_band, 'unknown') as age_band,
        coalesce(bool_or(
            scores.is_flagged
            and (payments.outcome = 'blocked' or payments.is_review_exempt)
        ) over (partition by scores.model_name, scores.model_version), false)
            as is_version_in_force
    from payments
    inner join labels on payments.payment_id = labels.payment_id
    left join scores on payments.payment_id = scores.payment_id
    left join customers on payments.customer_id = customers.customer_id
    left join addresses on payments.payment_id = addresses.payment_id
),

judged as (
    select
        *,
        case
            when label = 'unlabelled' then null
            when is_flagged is null then 'not_scored'
            when not is_flagged then null
            when
                is_review_exempt
                and review_exempt_probability >= {{ var('least_exempt_probability') }}
                then null
            when is_review_exempt then 'exempt_chance_unknown'
            when is_version_in_force then 'let_through_unexplained'
        end as no_weight_reason
    from joined
),

payment_labels as (
    select
        payment_id,
        order_id,
        customer_id,
        prediction_id,
        brand,
        country_code,
        age_band,
        model_name,
        model_version,
        label,
        unlabelled_reason,
        no_weight_reason,
        amount,
        score,
        review_exempt_probability,
        case
            when label = 'unlabelled' or no_weight_reason is not null then null
            when is_flagged and is_review_exempt then 1 / review_exempt_probability
            else 1
        end as label_weight,
        is_flagged,
        is_review_exempt as is_exempt,
        has_missing_feature,
        is_mature,
        attempted_date,
        attempted_at,
        label_known_at
    from judged
)

select * from payment_labels
