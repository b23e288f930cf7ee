with alerts as (
    select
        model_name,
        model_version,
        verdict,
        performance_status,
        drifted_features,
        auc_before,
        auc_before_low,
        auc_before_high,
        auc_after,
        auc_after_low,
        auc_after_high,
        extra_cost_per_month,
        onset_date
    from {{ ref('model_alerts') }}
),

drifts as (
    select
        model_name,
        model_version,
        verdict as drift_verdict,
        performance_status <> 'no_labels' as has_labels,
        drifted_features,
        auc_before,
        auc_before_low,
        auc_before_high,
        auc_after,
        auc_after_low,
        auc_after_high,
        extra_cost_per_month as monthly_cost,
        {{ first_moment_of('onset_date') }} as drift_at
    from alerts
)

select * from drifts
