{%- set watched = ref('int_watched_features') -%}
{#- Set 0: versions that log no features. -#}
{%- set no_features = {'number': 0, 'layers': [], 'fields': []} -%}
{%- set features = watched_features(watched) if execute else {'sets': [], 'positions': [0]} -%}
{%- set sets = [no_features] + features.sets -%}
{%- set places = features.positions[1:] -%}

with sets as (
    select distinct
        model_name,
        model_version,
        set_number
    from {{ watched }}
),

model_versions as (
    select
        model_name,
        model_version
    from {{ ref('stg_ml__models') }}
),

predictions as (
    select
        prediction_id,
        model_name,
        model_version,
        item_id,
        features,
        score,
        predicted_at,
        arrived_at
    from {{ ref('stg_ml__predictions') }}
),

-- A chance is 0 to 1; the score of an item in a list only puts it in order.
logged as (
    select
        predictions.prediction_id,
        predictions.model_name,
        predictions.model_version,
        predictions.features,
        case
            when predictions.item_id is not null or predictions.score between 0 and 1
                then predictions.score
        end as score,
        coalesce(sets.set_number, 0) as set_number,
        {{ reporting_date('predictions.predicted_at') }} as predicted_date,
        predictions.arrived_at
    from predictions
    inner join model_versions
        on
            predictions.model_name = model_versions.model_name
            and predictions.model_version = model_versions.model_version
    left join sets
        on
            predictions.model_name = sets.model_name
            and predictions.model_version = sets.model_version
),
{% for set in sets %}
parsed_{{ set.number }} as (
    select
        prediction_id,
        model_name,
        model_version,
        score,
        {%- for layer in set.layers %}
        {{ json_texts('features', layer) }} as texts_{{ loop.index0 }},
        {%- endfor %}
        predicted_date,
        arrived_at
    from logged
    where set_number = {{ set.number }}
),
{% endfor %}
texts as (
    {%- for set in sets %}
    select
        prediction_id,
        model_name,
        model_version,
        score,
        {%- for place in places %}
        {%- set field = set.fields[place - 1] if place <= set.fields | length %}
        {{ field_at('texts_' ~ field[0], field[1]) if field else 'null' }}
            as text_{{ place }},
        {%- endfor %}
        predicted_date,
        arrived_at
    from parsed_{{ set.number }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A value is a number where its text reads as a finite one, else a word.
read as (
    select
        prediction_id,
        model_name,
        model_version,
        cast(null as varchar) as word_0,
        score as number_0,
        {%- for place in places %}
        {%- set text = 'text_' ~ place %}
        case
            when {{ as_finite(text) }} is not null then null
            when substr({{ text }}, 1, 1) in ('{', '[') then '(nested)'
            else substr({{ text }}, 1, 200)
        end as word_{{ place }},
        {{ as_finite(text) }} as number_{{ place }},
        {%- endfor %}
        predicted_date,
        cast({{ dbt.date_trunc('week', 'predicted_date') }} as date) as week_start,
        arrived_at
    from texts
)

select * from read
