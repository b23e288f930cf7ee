with findings as (
    select * from {{ ref('int_model_findings') }}
),

reasons as (
    select * from {{ ref('int_model_reasons') }}
),

lifts as (
    select * from {{ ref('int_recommendation_lifts') }}
    where list_rank = 'all'
),

cycle as (
    select
        findings.model_name,
        findings.model_version,
        findings.owner,
        findings.entity_type,
        findings.features,
        findings.status,
        reasons.next_step,
        reasons.reason_code,
        reasons.reason,
        reasons.reason_ko,
        findings.training_predictions,
        findings.train_from,
        findings.train_to,
        findings.trained_at,
        findings.deployed_at,
        findings.measure as quality_measure,
        findings.quality_then,
        findings.quality_then_low,
        findings.quality_then_high,
        findings.quality_now,
        findings.quality_now_low,
        findings.quality_now_high,
        findings.drift_verdict,
        findings.drifted_features,
        findings.drift_at,
        findings.frauds_since_drift,
        cast(findings.monthly_cost as decimal(24, 6)) as monthly_cost,
        findings.experiment_id,
        findings.experiment_name,
        findings.verdict as experiment_verdict,
        findings.decision as experiment_decision,
        findings.credited_revenue,
        findings.credited_revenue_low,
        findings.credited_revenue_high,
        lifts.click_lift,
        lifts.click_lift_low,
        lifts.click_lift_high,
        findings.challenger_cutoff_date,
        findings.challenger_verdict,
        findings.prediction_count,
        findings.last_predicted_at
    from findings
    inner join reasons using (model_name, model_version)
    left join lifts using (model_name, model_version)
)

select * from cycle
