with splits as (
    select
        model_name,
        model_version,
        drifted_features,
        candidates,
        drift_onset_week,
        score_onset_week,
        last_judged_week,
        last_week,
        split_date
    from {{ ref('int_alert_splits') }}
),

sides as (
    select * from {{ ref('int_alert_sides') }}
),

performance as (
    select * from {{ ref('model_performance') }}
    where grain = 'month'
),

months as (
    select
        model_name,
        model_version,
        max(label_status <> 'no_labels') as has_labels,
        max_by(
            early_labels_auc_high,
            case when early_labels_auc is not null then period_start end
        ) as early_labels_auc_high
    from performance
    group by model_name, model_version
),

compared as (
    select
        splits.*,
        coalesce(months.has_labels, false) as has_labels,
        months.early_labels_auc_high,
        before.positive_count as positive_count_before,
        later.positive_count as positive_count_after,
        coalesce(before.is_sufficient and later.is_sufficient, false) as is_sufficient,
        before.auc as auc_before,
        before.auc_low as auc_before_low,
        before.auc_high as auc_before_high,
        later.auc as auc_after,
        later.auc_low as auc_after_low,
        later.auc_high as auc_after_high,
        later.auc - before.auc as auc_change,
        {{ newcombe_low(
            'later.auc', 'later.auc_low', 'before.auc', 'before.auc_high'
        ) }} as plain_change_low,
        {{ newcombe_high(
            'later.auc', 'later.auc_high', 'before.auc', 'before.auc_low'
        ) }} as plain_change_high,
        later.cost_share - before.cost_share as cost_change,
        {{ newcombe_low(
            'later.cost_share', 'later.cost_share_low', 'before.cost_share',
            'before.cost_share_high'
        ) }} as cost_change_low,
        {{ newcombe_high(
            'later.cost_share', 'later.cost_share_high', 'before.cost_share',
            'before.cost_share_low'
        ) }} as cost_change_high,
        later.amount * 30.4375
        / ({{ dbt.datediff('later.first_date', 'later.last_date', 'day') }} + 1)
            as amount_per_month
    from splits
    left join months
        on
            splits.model_name = months.model_name
            and splits.model_version = months.model_version
    left join sides as before
        on
            splits.model_name = before.model_name
            and splits.model_version = before.model_version
            and before.side = 'before'
    left join sides as later
        on
            splits.model_name = later.model_name
            and splits.model_version = later.model_version
            and later.side = 'after'
),

-- A month chosen among many has to lose more than one that a drift names.
widened as (
    select
        *,
        normal_quantile(1 - 0.025 / greatest(candidates, 1)) / {{ z_95() }} as widening
    from compared
),

bounded as (
    select
        *,
        auc_change - widening * (auc_change - plain_change_low) as auc_change_low,
        auc_change + widening * (plain_change_high - auc_change) as auc_change_high
    from widened
)

select * from bounded
