{%- set watched = ref('int_watched_features') -%}
{%- set positions = watched_features(watched).positions if execute else [0] -%}

with feature_values as (
    select * from {{ ref('int_feature_values') }}
),

windows as (
    select * from {{ ref('int_reference_windows') }}
),

in_window as (
    select
        feature_values.*,
        row_number() over (
            partition by feature_values.model_name, feature_values.model_version
            order by
                {{ row_hash(['feature_values.prediction_id']) }},
                feature_values.prediction_id
        ) as place
    from feature_values
    inner join windows
        on
            feature_values.model_name = windows.model_name
            and feature_values.model_version = windows.model_version
            and feature_values.predicted_date
            between windows.reference_from and windows.reference_to
            and feature_values.arrived_at < windows.counted_until
),

drawn as (
    select * from in_window
    where place <= {{ var('drift_most_reference') }}
),

one_a_value as (
    {%- for position in positions %}
    select
        prediction_id,
        model_name,
        model_version,
        {{ position }} as position,
        word_{{ position }} as word,
        number_{{ position }} as number
    from drawn
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

features as (
    select
        model_name,
        model_version,
        feature_name,
        position
    from {{ ref('int_watched_features') }}
    union all
    select
        model_name,
        model_version,
        'score' as feature_name,
        0 as position
    from windows
),

named as (
    select
        one_a_value.prediction_id,
        one_a_value.model_name,
        one_a_value.model_version,
        features.feature_name,
        case
            when features.position = 0 then 'score'
            when
                count(one_a_value.number) over feature
                >= count(one_a_value.word) over feature
                then 'number'
            else 'word'
        end as feature_kind,
        one_a_value.word,
        one_a_value.number,
        one_a_value.position
    from one_a_value
    inner join features
        on
            one_a_value.model_name = features.model_name
            and one_a_value.model_version = features.model_version
            and one_a_value.position = features.position
    window feature as (
        partition by
            features.model_name, features.model_version, features.position
    )
),

-- In a feature of words a number is a word; in one of numbers a word is no value.
read as (
    select
        prediction_id,
        model_name,
        model_version,
        feature_name,
        feature_kind,
        case
            when feature_kind = 'word' then coalesce(word, cast(number as varchar))
        end as word,
        case when feature_kind <> 'word' then number end as number,
        position
    from named
)

select * from read
