with states as (
    select
        model_name,
        model_version,
        owner,
        entity_type,
        features,
        training_predictions,
        prediction_count,
        recommends_items,
        train_from,
        train_to,
        trained_at,
        deployed_at,
        last_predicted_at,
        experiment_id,
        experiment_name,
        verdict,
        decision,
        credited_revenue,
        credited_revenue_low,
        credited_revenue_high,
        experiment_started_at,
        trial,
        is_deployed,
        until_at,
        newest_version,
        newest_deployed_at,
        status
    from {{ ref('int_model_states') }}
),

quality as (
    select * from {{ ref('int_model_quality') }}
),

drifts as (
    select * from {{ ref('int_model_drifts') }}
),

frauds as (
    select
        model_name,
        attempted_at
    from {{ ref('int_training_payments') }}
    where
        is_mature
        and is_fraud
),

-- What can be learnt from since the drift, whichever version scored it.
frauds_since as (
    select
        drifts.model_name,
        drifts.model_version,
        count(*) as frauds_since_drift
    from drifts
    inner join frauds
        on
            drifts.model_name = frauds.model_name
            and drifts.drift_at <= frauds.attempted_at
    group by drifts.model_name, drifts.model_version
),

challengers as (
    select
        model_name,
        champion_version as model_version,
        cutoff_date,
        verdict as challenger_verdict,
        reason as challenger_reason,
        reason_ko as challenger_reason_ko
    from {{ ref('challenger_quality') }}
    where
        is_deciding
        and group_kind = 'all'
),

joined as (
    select
        states.*,
        quality.measure,
        quality.quality_then,
        quality.quality_then_low,
        quality.quality_then_high,
        quality.quality_now,
        quality.quality_now_low,
        quality.quality_now_high,
        drifts.drift_verdict,
        drifts.has_labels,
        drifts.drifted_features,
        drifts.monthly_cost,
        drifts.drift_at,
        coalesce(frauds_since.frauds_since_drift, 0) as frauds_since_drift,
        challengers.cutoff_date as challenger_cutoff_date,
        challengers.challenger_verdict,
        challengers.challenger_reason,
        challengers.challenger_reason_ko
    from states
    left join quality using (model_name, model_version)
    left join drifts using (model_name, model_version)
    left join frauds_since using (model_name, model_version)
    left join challengers using (model_name, model_version)
)

select * from joined
