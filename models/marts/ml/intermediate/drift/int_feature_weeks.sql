{%- set watched = ref('int_watched_features') -%}
{%- set positions = watched_features(watched).positions if execute else [0] -%}

with feature_values as (
    select * from {{ ref('int_feature_values') }}
),

features as (
    select * from {{ ref('int_drift_features') }}
),

bounds as (
    select
        model_name,
        model_version,
        {%- for position in positions %}
        max(case when position = {{ position }} then bounds end)
            as bounds_{{ position }},
        {%- endfor %}
        reference_to
    from features
    group by model_name, model_version, reference_to
),

counted as (
    select
        feature_values.model_name,
        feature_values.model_version,
        feature_values.week_start,
        {%- for position in positions %}
        {%- set number = 'feature_values.number_' ~ position %}
        count(feature_values.word_{{ position }}) as words_{{ position }},
        count({{ number }}) as numbers_{{ position }},
        {{ counts_by_bound(number, 'bounds.bounds_' ~ position) }}
            as counts_{{ position }},
        {%- endfor %}
        count(*) as prediction_count
    from feature_values
    inner join bounds
        on
            feature_values.model_name = bounds.model_name
            and feature_values.model_version = bounds.model_version
            and feature_values.predicted_date > bounds.reference_to
    group by
        feature_values.model_name,
        feature_values.model_version,
        feature_values.week_start
),

one_a_feature as (
    {%- for position in positions %}
    select
        model_name,
        model_version,
        {{ position }} as position,
        prediction_count,
        words_{{ position }} as word_count,
        numbers_{{ position }} as number_count,
        counts_{{ position }} as bound_counts,
        week_start
    from counted
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

named as (
    select
        one_a_feature.model_name,
        one_a_feature.model_version,
        features.feature_name,
        features.feature_kind,
        one_a_feature.prediction_count,
        case
            when features.feature_kind in ('score', 'number')
                then one_a_feature.number_count
            else one_a_feature.number_count + one_a_feature.word_count
        end as value_count,
        case
            when features.feature_kind in ('score', 'number')
                then one_a_feature.word_count
            else 0
        end as unreadable_count,
        one_a_feature.bound_counts,
        one_a_feature.week_start
    from one_a_feature
    inner join features
        on
            one_a_feature.model_name = features.model_name
            and one_a_feature.model_version = features.model_version
            and one_a_feature.position = features.position
)

select * from named
