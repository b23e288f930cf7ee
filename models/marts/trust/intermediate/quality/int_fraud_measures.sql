{%- set measures = {
    'selection_rate': [
        'flagged_share', 'flagged_centre', 'flagged_low', 'flagged_high', 'n_mature',
    ],
    'false_positive_rate': [
        'honest_stopped / nullif(honest_stopped + honest_passed, 0)',
        share_stopped('stopped_honest', 'passed_honest', 'flagged', 'centre'),
        share_stopped('stopped_honest', 'passed_honest', 'flagged', 'low'),
        share_stopped('stopped_honest', 'passed_honest', 'flagged', 'high'),
        'n_stopped_weighed - n_stopped_confirmed',
    ],
    'false_negative_rate': [
        'fraud_passed / nullif(fraud_stopped + fraud_passed, 0)',
        '1 - ' ~ share_stopped('stopped_fraud', 'passed_fraud', 'flagged', 'centre'),
        '1 - ' ~ share_stopped('stopped_fraud', 'passed_fraud', 'flagged', 'high'),
        '1 - ' ~ share_stopped('stopped_fraud', 'passed_fraud', 'flagged', 'low'),
        'n_stopped_confirmed',
    ],
    'precision': [
        'stopped_fraud_share', 'stopped_fraud_centre', 'stopped_fraud_low',
        'stopped_fraud_high', 'n_stopped_weighed',
    ],
    'fraud_rate': [
        '(fraud_stopped + fraud_passed) / n_mature', 'fraud_rate_centre',
        'fraud_rate_low', 'fraud_rate_high', 'n_stopped_weighed + n_passed_weighed',
    ],
    'calibration': [
        '(fraud_stopped + fraud_passed) / nullif(score_total, 0)',
        'fraud_rate_centre / nullif(mean_score, 0)',
        'fraud_rate_low / nullif(mean_score, 0)',
        'fraud_rate_high / nullif(mean_score, 0)',
        'n_stopped_weighed + n_passed_weighed',
    ],
    'false_positive_rate_if_blocked_clean': [
        '1.0 * naive_honest_stopped / nullif(naive_honest, 0)',
        '(naive_honest_stopped + 0.5) / (naive_honest + 1)',
        wilson_low('naive_honest_stopped', 'naive_honest'),
        wilson_high('naive_honest_stopped', 'naive_honest'), 'naive_honest',
    ],
    'share_without_label': [
        '1.0 * n_unlabelled / n_mature', '(n_unlabelled + 0.5) / (n_mature + 1)',
        wilson_low('n_unlabelled', 'n_mature'), wilson_high('n_unlabelled', 'n_mature'),
        'n_mature',
    ],
    'share_with_missing_feature': [
        '1.0 * n_missing_feature / nullif(n_with_features, 0)',
        '(n_missing_feature + 0.5) / (n_with_features + 1)',
        wilson_low('n_missing_feature', 'n_with_features'),
        wilson_high('n_missing_feature', 'n_with_features'), 'n_with_features',
    ],
} -%}

with parts as (
    select
        *,
        score_total / n_mature as mean_score,
        flagged_share * stopped_fraud_centre
        + (1 - flagged_share) * passed_fraud_centre as fraud_rate_centre,
        {{ mixed_share('flagged_share', 'stopped_fraud', 'passed_fraud', 'low') }}
            as fraud_rate_low,
        {{ mixed_share('flagged_share', 'stopped_fraud', 'passed_fraud', 'high') }}
            as fraud_rate_high
    from {{ ref('int_fraud_parts') }}
),

measured as (
    {%- for measure, columns in measures.items() %}
    select
        model_name,
        model_version,
        window_kind,
        group_kind,
        group_name,
        '{{ measure }}' as measure,
        n_mature,
        n_labelled,
        n_confirmed,
        {{ columns[4] }} as n_evidence,
        {{ columns[0] }} as estimate,
        {{ columns[1] }} as centre,
        {{ columns[2] }} as low,
        {{ columns[3] }} as high,
        is_final,
        window_start,
        window_end
    from parts
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Where nothing was seen there is no rate, and no interval of one.
measures as (
    select
        model_name,
        model_version,
        window_kind,
        group_kind,
        group_name,
        measure,
        n_mature,
        n_labelled,
        n_confirmed,
        n_evidence,
        estimate,
        case when estimate is not null then centre end as centre,
        case when estimate is not null then least(low, centre, estimate) end as low,
        case when estimate is not null then greatest(high, centre, estimate) end
            as high,
        is_final,
        window_start,
        window_end
    from measured
)

select * from measures
