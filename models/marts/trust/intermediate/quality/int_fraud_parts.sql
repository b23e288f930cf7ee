-- A flagged payment counts for its stratum by its weight, and such a stratum for as many as its
-- weights are worth (Kish); among those that the score lets pass every weight is 1.
with cells as (
    select * from {{ ref('int_fraud_cells') }}
    where n_mature > 0
),

strata as (
    select
        *,
        n_mature - n_flagged as n_passed,
        1.0 * n_flagged / n_mature as flagged_share,
        stopped_confirmed_weight / nullif(stopped_weight, 0) as stopped_fraud_share,
        1.0 * n_passed_confirmed / nullif(n_passed_weighed, 0) as passed_fraud_share,
        coalesce(power(stopped_weight, 2) / nullif(stopped_weight_squares, 0), 0)
            as stopped_n
    from cells
),

counted as (
    select
        *,
        coalesce(stopped_n * stopped_fraud_share, 0) as stopped_frauds,
        case when n_flagged = 0 then 0 else n_flagged * stopped_fraud_share end
            as fraud_stopped,
        case when n_flagged = 0 then 0 else n_flagged * (1 - stopped_fraud_share) end
            as honest_stopped,
        case when n_passed = 0 then 0 else n_passed * passed_fraud_share end
            as fraud_passed,
        case when n_passed = 0 then 0 else n_passed * (1 - passed_fraud_share) end
            as honest_passed
    from strata
),

bounded as (
    select
        *,
        (stopped_frauds + 0.5) / (stopped_n + 1) as stopped_fraud_centre,
        coalesce({{ wilson_low('stopped_frauds', 'stopped_n') }}, 0)
            as stopped_fraud_low,
        coalesce({{ wilson_high('stopped_frauds', 'stopped_n') }}, 1)
            as stopped_fraud_high,
        (n_passed_confirmed + 0.5) / (n_passed_weighed + 1) as passed_fraud_centre,
        coalesce({{ wilson_low('n_passed_confirmed', 'n_passed_weighed') }}, 0)
            as passed_fraud_low,
        coalesce({{ wilson_high('n_passed_confirmed', 'n_passed_weighed') }}, 1)
            as passed_fraud_high,
        (n_flagged + 0.5) / (n_mature + 1) as flagged_centre,
        {{ wilson_low('n_flagged', 'n_mature') }} as flagged_low,
        {{ wilson_high('n_flagged', 'n_mature') }} as flagged_high
    from counted
),

parts as (
    select
        model_name,
        model_version,
        window_kind,
        group_kind,
        group_name,
        n_mature,
        n_labelled,
        n_confirmed,
        n_unlabelled,
        n_missing_feature,
        n_with_features,
        n_stopped_weighed,
        n_stopped_confirmed,
        n_passed_weighed,
        score_total,
        fraud_stopped,
        honest_stopped,
        fraud_passed,
        honest_passed,
        n_flagged_labelled - n_flagged_confirmed + n_flagged_blocked
            as naive_honest_stopped,
        n_labelled - n_confirmed + n_blocked as naive_honest,
        flagged_share,
        flagged_centre,
        flagged_low,
        flagged_high,
        stopped_fraud_share,
        stopped_fraud_centre,
        stopped_fraud_low,
        stopped_fraud_high,
        passed_fraud_centre,
        passed_fraud_low,
        passed_fraud_high,
        1 - stopped_fraud_centre as stopped_honest_centre,
        1 - stopped_fraud_high as stopped_honest_low,
        1 - stopped_fraud_low as stopped_honest_high,
        1 - passed_fraud_centre as passed_honest_centre,
        1 - passed_fraud_high as passed_honest_low,
        1 - passed_fraud_low as passed_honest_high,
        is_final,
        window_start,
        window_end
    from bounded
)

select * from parts
