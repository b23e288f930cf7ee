with feature_weeks as (
    select * from {{ ref('int_feature_weeks') }}
),

features as (
    select * from {{ ref('int_drift_features') }}
),

distances as (
    select * from {{ ref('int_week_distances') }}
),

coverage as (
    select covered_date from {{ covered_by(['ml.predictions']) }}
),

joined as (
    select
        feature_weeks.model_name,
        feature_weeks.model_version,
        feature_weeks.feature_name,
        feature_weeks.feature_kind,
        feature_weeks.prediction_count,
        feature_weeks.value_count,
        feature_weeks.unreadable_count,
        features.reference_predictions,
        features.reference_values,
        features.reference_bins,
        distances.degrees,
        distances.psi,
        distances.jensen_shannon,
        distances.chi_square,
        distances.ks_distance,
        distances.distance,
        coalesce(distances.unseen_count, 0) as unseen_count,
        coalesce(distances.unseen_words, 0) as unseen_words,
        1 - 1.0 * feature_weeks.value_count / feature_weeks.prediction_count
            as missing_share,
        1 - 1.0 * features.reference_values / features.reference_predictions
            as reference_missing_share,
        {{ is_final(
            dbt.dateadd('day', 6, 'feature_weeks.week_start'), 'coverage.covered_date'
        ) }} as is_final,
        feature_weeks.week_start
    from feature_weeks
    cross join coverage
    inner join features
        on
            feature_weeks.model_name = features.model_name
            and feature_weeks.model_version = features.model_version
            and feature_weeks.feature_name = features.feature_name
            and feature_weeks.feature_kind = features.feature_kind
    left join distances
        on
            feature_weeks.model_name = distances.model_name
            and feature_weeks.model_version = distances.model_version
            and feature_weeks.feature_name = distances.feature_name
            and feature_weeks.feature_kind = distances.feature_kind
            and feature_weeks.week_start = distances.week_start
),

bounded as (
    select
        *,
        {{ psi_part('missing_share', 'reference_missing_share') }}
        + {{ psi_part('1 - missing_share', '1 - reference_missing_share') }}
            as missing_psi,
        {{ psi_bound('degrees', 'value_count', 'reference_values') }} as psi_bound,
        {{ psi_bound('1', 'prediction_count', 'reference_predictions') }}
            as missing_psi_bound,
        ks_tail(ks_distance, value_count, reference_values) as ks_p_value,
        chi_square_tail(chi_square, nullif(degrees, 0)) as chi_square_p_value
    from joined
),

judged as (
    select
        *,
        case
            when
                least(value_count, reference_values)
                < greatest(
                    {{ var('drift_least_predictions') }},
                    {{ var('drift_least_of_a_bin') }} * reference_bins
                )
                then 'too_few'
            else {{ drift_verdict('psi', 'coalesce(psi_bound, 0)', 'distance') }}
        end as value_verdict,
        case
            when
                least(prediction_count, reference_predictions)
                < {{ var('drift_least_predictions') }}
                then 'too_few'
            else {{ drift_verdict(
                'missing_psi', 'missing_psi_bound',
                'abs(missing_share - reference_missing_share)'
            ) }}
        end as missing_verdict
    from bounded
),

-- What goes missing drifts as well.
concluded as (
    select
        *,
        case
            when 'drifted' in (value_verdict, missing_verdict) then 'drifted'
            when 'moved' in (value_verdict, missing_verdict) then 'moved'
            else value_verdict
        end as verdict
    from judged
)

select * from concluded
