with labels as (
    select * from {{ ref('int_training_labels') }}
),

terms as (
    select
        model_name,
        list(term order by place) as names
    from {{ ref('int_training_terms') }}
    group by model_name
),

payments as (
    select
        labels.model_name,
        labels.model_version,
        labels.payment_id,
        labels.brand,
        labels.country_code,
        labels.score,
        labels.label_weight,
        {{ signed_logs(json_numbers('labels.features', 'terms.names')) }} as numbers,
        labels.is_fraud,
        labels.is_flagged,
        labels.is_mature,
        labels.attempted_at,
        labels.label_known_at
    from labels
    inner join terms
        on labels.model_name = terms.model_name
    where labels.features is not null
)

select * from payments
