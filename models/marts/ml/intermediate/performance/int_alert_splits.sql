with onsets as (
    select * from {{ ref('int_drift_onsets') }}
),

month_aucs as (
    select
        aucs.model_name,
        aucs.model_version,
        aucs.auc,
        (aucs.auc_high - aucs.auc_low) / (2 * {{ z_95() }}) as auc_error,
        counts.positive_count,
        counts.flagged_labelled,
        counts.flagged_count - counts.flagged_labelled as flagged_unlabelled,
        aucs.period_start
    from {{ ref('int_performance_aucs') }} as aucs
    inner join {{ ref('int_performance_counts') }} as counts
        on
            aucs.model_name = counts.model_name
            and aucs.model_version = counts.model_version
            and aucs.grain = counts.grain
            and aucs.period_start = counts.period_start
    where
        aucs.grain = 'month'
        and aucs.basis = 'mature_labels'
        and aucs.auc_high > aucs.auc_low
),

drifts as (
    select
        model_name,
        model_version,
        min(onset_week) as drift_onset_week,
        min(case when subject = 'score' then onset_week end) as score_onset_week,
        {{ dbt.listagg(
            "case when subject = 'feature' and onset_week is not null
                then feature_name end",
            "', '", 'order by onset_week, feature_name'
        ) }} as drifted_features,
        max(last_judged_week) as last_judged_week,
        max(last_week) as last_week
    from onsets
    group by model_name, model_version
),

-- Of all months the one with the largest loss from it on: it is chosen, not tested.
sides as (
    select
        model_name,
        model_version,
        {%- for side in ['before', 'after'] %}
        sum(1 / power(auc_error, 2)) over {{ side }} as precision_{{ side }},
        sum(auc / power(auc_error, 2)) over {{ side }} as sum_{{ side }},
        sum(positive_count) over {{ side }} >= {{ var('least_frauds_for_area') }}
        and (
            sum(flagged_labelled) over {{ side }}
            >= {{ var('least_stopped_for_area') }}
            or sum(flagged_unlabelled) over {{ side }} = 0
        ) as is_enough_{{ side }},
        {%- endfor %}
        period_start
    from month_aucs
    window
        before as (
            partition by model_name, model_version
            order by period_start
            rows between unbounded preceding and 1 preceding
        ),
        after as (
            partition by model_name, model_version
            order by period_start
            rows between current row and unbounded following
        )
),

losses as (
    select
        model_name,
        model_version,
        max_by(
            period_start,
            (
                (sum_before / precision_before - sum_after / precision_after)
                / sqrt(1 / precision_before + 1 / precision_after),
                period_start
            )
        ) as loss_month,
        count(*) as candidate_months
    from sides
    where is_enough_before and is_enough_after
    group by model_name, model_version
),

splits as (
    select
        models.model_name,
        models.model_version,
        drifts.drift_onset_week,
        drifts.score_onset_week,
        drifts.drifted_features,
        drifts.last_judged_week,
        drifts.last_week,
        coalesce(drifts.drift_onset_week, losses.loss_month) as split_date,
        case
            when drifts.drift_onset_week is null then losses.candidate_months
            else 1
        end as candidates
    from {{ ref('stg_ml__models') }} as models
    left join drifts
        on
            models.model_name = drifts.model_name
            and models.model_version = drifts.model_version
    left join losses
        on
            models.model_name = losses.model_name
            and models.model_version = losses.model_version
)

select * from splits
