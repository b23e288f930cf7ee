{%- set keys = 'model_name, model_version, grain, period_start, basis' -%}
{%- set periods = 'model_name, model_version, grain, period_start' -%}

with performance_rows as (
    select * from {{ ref('int_performance_rows') }}
),

mature as (
    select
        *,
        mature_label as label
    from {{ ref('int_outcome_periods') }}
    where is_mature
),

mature_areas as (
    select * from {{ selective_auc('mature', periods) }}
),

areas as (
    select * from {{ weighted_auc('performance_rows', keys) }}
),

-- Among what has no dispute yet are positives that will have one.
hidden as (
    select
        {{ keys }},
        {{ steady_sum('hidden_weight', 12) }}
        / nullif({{ steady_sum('case when not is_positive then weight end', 12) }}, 0)
            as hidden_share,
        {{ steady_sum('case when is_positive then weight end', 12) }}
            as positive_weight,
        {{ steady_sum('weight - hidden_weight', 12) }} as weight,
        count(case when weight is null then 1 end) as unweighed
    from performance_rows
    group by {{ keys }}
),

-- They rank as positives do: they pull the area towards a half.
cleared as (
    select
        areas.model_name,
        areas.model_version,
        areas.grain,
        areas.basis,
        (areas.auc - hidden.hidden_share / 2) / (1 - hidden.hidden_share) as auc,
        areas.auc_error / (1 - hidden.hidden_share) as auc_error,
        hidden.positive_weight / nullif(hidden.weight, 0) as positive_rate,
        areas.period_start
    from areas
    inner join hidden
        on
            areas.model_name = hidden.model_name
            and areas.model_version = hidden.model_version
            and areas.grain = hidden.grain
            and areas.period_start = hidden.period_start
            and areas.basis = hidden.basis
    where hidden.unweighed = 0 and hidden.hidden_share < 0.5
),

bounded as (
    select
        model_name,
        model_version,
        grain,
        basis,
        auc,
        positive_rate,
        {{ logit_low('auc', 'auc_error') }} as auc_low,
        {{ logit_high('auc', 'auc_error') }} as auc_high,
        period_start
    from cleared
    union all
    select
        model_name,
        model_version,
        grain,
        'mature_labels' as basis,
        auc,
        null as positive_rate,
        auc_low,
        auc_high,
        period_start
    from mature_areas
)

select * from bounded
