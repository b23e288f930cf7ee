with drift as (
    select * from {{ ref('int_drift') }}
    where feature_kind <> 'score'
),

described as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        verdict,
        value_verdict,
        missing_verdict,
        prediction_count,
        value_count,
        unreadable_count,
        unseen_count,
        unseen_words,
        reference_predictions,
        reference_values,
        missing_share,
        reference_missing_share,
        missing_psi,
        psi,
        psi_bound,
        jensen_shannon,
        distance,
        ks_distance,
        ks_p_value,
        chi_square,
        degrees,
        chi_square_p_value,
        is_final,
        week_start
    from drift
)

select * from described
