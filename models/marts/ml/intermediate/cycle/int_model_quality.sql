with alerts as (
    select * from {{ ref('int_model_drifts') }}
),

rates as (
    select * from {{ ref('int_recommendation_rates') }}
    where
        slice_kind = 'window'
        and list_rank = 'all'
        and customers >= {{ var('least_units') }}
        and clicked >= {{ var('least_converters') }}
),

clicks as (
    select
        model_name,
        model_version,
        'click_rate' as measure,
        max(case when slice = 'then' then click_rate end) as quality_then,
        max(case when slice = 'then' then click_rate_low end) as quality_then_low,
        max(case when slice = 'then' then click_rate_high end) as quality_then_high,
        max(case when slice = 'now' then click_rate end) as quality_now,
        max(case when slice = 'now' then click_rate_low end) as quality_now_low,
        max(case when slice = 'now' then click_rate_high end) as quality_now_high
    from rates
    group by model_name, model_version
),

quality as (
    select
        model_name,
        model_version,
        'auc' as measure,
        auc_before as quality_then,
        auc_before_low as quality_then_low,
        auc_before_high as quality_then_high,
        auc_after as quality_now,
        auc_after_low as quality_now_low,
        auc_after_high as quality_now_high
    from alerts
    where has_labels
    union all
    select
        clicks.model_name,
        clicks.model_version,
        clicks.measure,
        clicks.quality_then,
        clicks.quality_then_low,
        clicks.quality_then_high,
        clicks.quality_now,
        clicks.quality_now_low,
        clicks.quality_now_high
    from clicks
    left join alerts
        on
            clicks.model_name = alerts.model_name
            and clicks.model_version = alerts.model_version
            and alerts.has_labels
    where alerts.model_name is null
)

select * from quality
