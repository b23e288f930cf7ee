with changes as (
    select * from {{ ref('int_alert_changes') }}
),

judged as (
    select
        *,
        case
            when drift_onset_week is not null then 'drifted'
            when
                last_judged_week
                >= {{ dbt.dateadd(
                    'day', '-' ~ var('drift_reference_days'), 'last_week'
                ) }}
                then 'steady'
            else 'unknown'
        end as drift_status,
        case
            when not has_labels then 'no_labels'
            when not is_sufficient or auc_change_low is null then 'too_few_labels'
            when
                auc_change_high < 0 and auc_change <= -{{ var('decay_least_auc') }}
                then 'decayed'
            when auc_change_low > -{{ var('decay_margin_auc') }} then 'unharmed'
            else 'uncertain'
        end as performance_status
    from changes
),

-- What confidence says of a model clears no alert, and raises none.
concluded as (
    select
        *,
        case
            when performance_status = 'decayed' and drift_status = 'drifted'
                then 'drift_and_decay'
            when performance_status = 'decayed' then 'decay_without_drift'
            when performance_status = 'unharmed' and drift_status = 'drifted'
                then 'drift_without_harm'
            when performance_status = 'unharmed' and drift_status = 'steady'
                then 'healthy'
            else 'too_early'
        end as verdict
    from judged
),

described as (
    select
        model_name,
        model_version,
        verdict,
        drift_status,
        performance_status,
        drifted_features,
        positive_count_before,
        positive_count_after,
        case when is_sufficient then auc_before end as auc_before,
        case when is_sufficient then auc_before_low end as auc_before_low,
        case when is_sufficient then auc_before_high end as auc_before_high,
        case when is_sufficient then auc_after end as auc_after,
        case when is_sufficient then auc_after_low end as auc_after_low,
        case when is_sufficient then auc_after_high end as auc_after_high,
        case when is_sufficient then auc_change end as auc_change,
        case when is_sufficient then auc_change_low end as auc_change_low,
        case when is_sufficient then auc_change_high end as auc_change_high,
        case when is_sufficient then cost_change * amount_per_month end
            as extra_cost_per_month,
        case when is_sufficient then cost_change_low * amount_per_month end
            as extra_cost_per_month_low,
        case when is_sufficient then cost_change_high * amount_per_month end
            as extra_cost_per_month_high,
        coalesce(
            drift_status = 'drifted' and early_labels_auc_high < auc_before_low, false
        ) as is_early_warning,
        case
            when drift_status = 'drifted' or performance_status = 'decayed'
                then split_date
        end as onset_date,
        drift_onset_week,
        score_onset_week,
        last_judged_week
    from concluded
)

select * from described
