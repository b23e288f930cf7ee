with counts as (
    select
        model_name,
        model_version,
        grain,
        prediction_count,
        mature_count,
        labelled_count,
        positive_count,
        flagged_positive,
        early_positive_count,
        has_labels,
        is_final,
        is_measurable,
        is_sufficient,
        is_spread,
        is_early_sufficient,
        is_early_spread,
        period_start,
        next_period,
        early_date
    from {{ ref('int_performance_counts') }}
),

losses as (
    select * from {{ ref('int_performance_losses') }}
),

aucs as (
    select * from {{ ref('int_performance_aucs') }}
),

by_basis as (
    select
        model_name,
        model_version,
        grain,
        {%- for basis in ['mature_labels', 'early_labels', 'confidence'] %}
        {%- for column in ['auc', 'auc_low', 'auc_high', 'positive_rate'] %}
        max(case when basis = '{{ basis }}' then {{ column }} end)
            as {{ basis }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        period_start
    from aucs
    group by model_name, model_version, grain, period_start
),

-- Too few outcomes have no interval that holds.
gated as (
    select
        counts.*,
        case when counts.is_measurable then by_basis.mature_labels_auc end as auc,
        {%- for suffix in ['_low', '_high'] %}
        case when counts.is_sufficient then by_basis.mature_labels_auc{{ suffix }} end
            as auc{{ suffix }},
        {%- endfor %}
        {%- for measure in ['brier', 'log_loss', 'positive'] %}
        case
            when
                counts.is_sufficient and counts.is_spread
                and losses.{{ measure }}_error is not null
                then losses.{{ measure }}
        end as {{ measure }},
        losses.{{ measure }}_error,
        {%- endfor %}
        losses.mean_score,
        by_basis.early_labels_auc,
        {%- for suffix in ['low', 'high'] %}
        case
            when counts.is_early_sufficient and counts.is_early_spread
                then by_basis.early_labels_auc_{{ suffix }}
        end as early_labels_auc_{{ suffix }},
        {%- endfor %}
        by_basis.early_labels_positive_rate,
        by_basis.confidence_auc,
        by_basis.confidence_positive_rate
    from counts
    left join by_basis
        on
            counts.model_name = by_basis.model_name
            and counts.model_version = by_basis.model_version
            and counts.grain = by_basis.grain
            and counts.period_start = by_basis.period_start
    left join losses
        on
            counts.model_name = losses.model_name
            and counts.model_version = losses.model_version
            and counts.grain = losses.grain
            and counts.period_start = losses.period_start
)

select * from gated
