with drift as (
    select * from {{ ref('int_drift') }}
    where feature_kind = 'score'
),

described as (
    select
        model_name,
        model_version,
        verdict,
        prediction_count,
        value_count as score_count,
        reference_predictions,
        reference_values as reference_scores,
        missing_share,
        reference_missing_share,
        psi,
        psi_bound,
        jensen_shannon,
        ks_distance,
        ks_p_value,
        is_final,
        week_start
    from drift
)

select * from described
