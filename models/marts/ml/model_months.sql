with predictions as (
    select
        model_name,
        model_version,
        brand,
        entity_type,
        entity_id,
        {{ month_of(reporting_date('predicted_at')) }} as month
    from {{ ref('predictions') }}
    where use_status = 'used'
),

labels as (
    select
        payment_id,
        {{ month_of(reporting_date('label_known_at')) }} as known_month
    from {{ ref('payment_labels') }}
    where label in ('confirmed', 'clean')
),

fraud_models as (
    select distinct
        model_name,
        model_version
    from {{ ref('payment_labels') }}
    where prediction_id is not null
),

performance as (
    select
        performance.model_name,
        performance.model_version,
        performance.period_start as month,
        performance.positive_count as fraud_count,
        performance.auc
    from {{ ref('model_performance') }} as performance
    inner join fraud_models
        on
            performance.model_name = fraud_models.model_name
            and performance.model_version = fraud_models.model_version
    where performance.grain = 'month'
),

lists as (
    select
        model_name,
        model_version,
        month,
        n_mature as label_count
    from {{ ref('recommendation_quality') }}
    where list_rank = 'all'
),

served as (
    select
        model_name,
        model_version,
        case when min(brand) = max(brand) then min(brand) else 'several' end as brand,
        count(*) as prediction_count,
        month
    from predictions
    group by model_name, model_version, month
),

-- A payment's label counts in the month in which it became known.
known as (
    select
        predictions.model_name,
        predictions.model_version,
        labels.known_month as month,
        count(*) as label_count
    from predictions
    inner join labels on predictions.entity_id = labels.payment_id
    where predictions.entity_type = 'payment'
    group by predictions.model_name, predictions.model_version, labels.known_month
),

counted as (
    select
        served.*,
        coalesce(known.label_count, 0) + coalesce(lists.label_count, 0) as label_count,
        coalesce(performance.fraud_count, 0) as fraud_count,
        performance.auc
    from served
    left join known
        on
            served.model_name = known.model_name
            and served.model_version = known.model_version
            and served.month = known.month
    left join lists
        on
            served.model_name = lists.model_name
            and served.model_version = lists.model_version
            and served.month = lists.month
    left join performance
        on
            served.model_name = performance.model_name
            and served.model_version = performance.model_version
            and served.month = performance.month
),

months as (
    select
        model_name,
        model_version,
        brand,
        prediction_count,
        label_count,
        fraud_count,
        case when fraud_count >= {{ var('least_converters') }} then auc end
            as fraud_auc,
        label_count >= {{ var('least_fresh_labels') }} as has_fresh_labels,
        month
    from counted
)

select * from months
