with estimates as (
    select * from {{ ref('int_performance_estimates') }}
),

compared as (
    select
        *,
        case when is_final then early_labels_auc - auc end as early_labels_error,
        case when is_final then confidence_auc - auc end as confidence_error
    from estimates
),

-- How far each was off where the truth has come since.
remembered as (
    select
        *,
        avg(abs(early_labels_error)) over version as early_labels_usual_error,
        avg(abs(confidence_error)) over version as confidence_usual_error
    from compared
    window version as (partition by model_name, model_version, grain)
),

described as (
    select
        model_name,
        model_version,
        grain,
        case
            when not has_labels then 'no_labels'
            when is_final then 'mature'
            when mature_count > 0 then 'partly_mature'
            else 'immature'
        end as label_status,
        case when is_sufficient then 'sufficient' else 'insufficient' end as evidence,
        case when is_early_sufficient then 'sufficient' else 'insufficient' end
            as early_evidence,
        prediction_count,
        mature_count,
        labelled_count,
        positive_count,
        flagged_positive as flagged_positive_count,
        early_positive_count,
        auc,
        auc_low,
        auc_high,
        log_loss,
        log_loss * exp({{ normal_low('0', 'log_loss_error / nullif(log_loss, 0)') }})
            as log_loss_low,
        log_loss * exp({{ normal_high('0', 'log_loss_error / nullif(log_loss, 0)') }})
            as log_loss_high,
        brier,
        brier * exp({{ normal_low('0', 'brier_error / nullif(brier, 0)') }})
            as brier_low,
        brier * exp({{ normal_high('0', 'brier_error / nullif(brier, 0)') }})
            as brier_high,
        positive as positive_rate,
        {{ logit_low('positive', 'positive_error') }} as positive_rate_low,
        {{ logit_high('positive', 'positive_error') }} as positive_rate_high,
        mean_score,
        positive / nullif(mean_score, 0) as calibration_ratio,
        {{ logit_low('positive', 'positive_error') }} / nullif(mean_score, 0)
            as calibration_ratio_low,
        {{ logit_high('positive', 'positive_error') }} / nullif(mean_score, 0)
            as calibration_ratio_high,
        early_labels_auc,
        early_labels_auc_low,
        early_labels_auc_high,
        early_labels_positive_rate,
        early_labels_error,
        early_labels_usual_error,
        confidence_auc,
        confidence_positive_rate,
        confidence_error,
        confidence_usual_error,
        is_final,
        period_start,
        cast({{ dbt.dateadd('day', -1, 'next_period') }} as date) as period_end,
        early_date
    from remembered
)

select * from described
