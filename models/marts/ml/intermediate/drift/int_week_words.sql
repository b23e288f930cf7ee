{%- set watched = ref('int_watched_features') -%}
{%- set positions = watched_features(watched).positions if execute else [0] -%}

with feature_values as (
    select * from {{ ref('int_feature_values') }}
),

features as (
    select * from {{ ref('int_drift_features') }}
    where feature_kind = 'word'
),

bins as (
    select
        model_name,
        model_version,
        feature_name,
        word,
        bin_number
    from {{ ref('feature_bins') }}
    where word is not null
),

reference_words as (
    select distinct
        model_name,
        model_version,
        feature_name,
        word
    from {{ ref('int_reference_values') }}
    where word is not null
),

-- A position may hold words in one version and numbers in another.
counted as (
    {%- for position in positions %}
    select
        features.model_name,
        features.model_version,
        features.feature_name,
        coalesce(
            feature_values.word_{{ position }},
            cast(feature_values.number_{{ position }} as varchar)
        ) as word,
        feature_values.week_start,
        count(*) as value_count
    from feature_values
    inner join features
        on
            feature_values.model_name = features.model_name
            and feature_values.model_version = features.model_version
            and features.position = {{ position }}
            and feature_values.predicted_date > features.reference_to
    where
        feature_values.word_{{ position }} is not null
        or feature_values.number_{{ position }} is not null
    group by
        features.model_name,
        features.model_version,
        features.feature_name,
        feature_values.word_{{ position }},
        feature_values.number_{{ position }},
        feature_values.week_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- After the bins of single words come that of rare ones and that of unseen ones.
placed as (
    select
        counted.model_name,
        counted.model_version,
        counted.feature_name,
        coalesce(
            bins.bin_number,
            case
                when reference_words.word is not null
                    then {{ var('drift_most_words') }} + 1
                else {{ var('drift_most_words') }} + 2
            end
        ) as bin_number,
        reference_words.word is null as is_unseen,
        counted.value_count,
        counted.week_start
    from counted
    left join bins
        on
            counted.model_name = bins.model_name
            and counted.model_version = bins.model_version
            and counted.feature_name = bins.feature_name
            and counted.word = bins.word
    left join reference_words
        on
            counted.model_name = reference_words.model_name
            and counted.model_version = reference_words.model_version
            and counted.feature_name = reference_words.feature_name
            and counted.word = reference_words.word
),

in_bins as (
    select
        model_name,
        model_version,
        feature_name,
        bin_number,
        cast(sum(value_count) as bigint) as value_count,
        count(case when is_unseen then 1 end) as unseen_words,
        week_start
    from placed
    group by model_name, model_version, feature_name, bin_number, week_start
)

select * from in_bins
