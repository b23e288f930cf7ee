with labels as (
    -- Without the area trust nothing has a label.
    {% if 'trust' in var('areas') -%}
    select
        payment_id,
        prediction_id,
        brand,
        country_code,
        model_name,
        model_version,
        label,
        score,
        label_weight,
        is_flagged,
        is_mature,
        attempted_at,
        label_known_at
    from {{ ref('payment_labels') }}
    where
        label in ('confirmed', 'clean')
        and label_weight > 0
    {%- else -%}
    select
        cast(null as varchar) as payment_id,
        cast(null as varchar) as prediction_id,
        cast(null as varchar) as brand,
        cast(null as varchar) as country_code,
        cast(null as varchar) as model_name,
        cast(null as varchar) as model_version,
        cast(null as varchar) as label,
        cast(null as double) as score,
        cast(null as double) as label_weight,
        cast(null as boolean) as is_flagged,
        cast(null as boolean) as is_mature,
        cast(null as timestamp) as attempted_at,
        cast(null as timestamp) as label_known_at
    where false
    {%- endif %}
),

predictions as (
    select
        prediction_id,
        features
    from {{ ref('predictions') }}
    where use_status = 'used'
),

labelled as (
    select
        labels.model_name,
        labels.model_version,
        labels.payment_id,
        labels.brand,
        labels.country_code,
        labels.label = 'confirmed' as is_fraud,
        labels.score,
        labels.label_weight,
        labels.is_flagged,
        labels.is_mature,
        predictions.features,
        labels.attempted_at,
        labels.label_known_at
    from labels
    inner join predictions
        on labels.prediction_id = predictions.prediction_id
)

select * from labelled
