{%- set watched = ref('int_watched_features') -%}
{%- set positions = watched_features(watched).positions if execute else [0] -%}

with feature_values as (
    select * from {{ ref('int_feature_values') }}
),

features as (
    select * from {{ ref('int_drift_features') }}
    where feature_kind in ('score', 'number')
),

reference_counts as (
    select
        model_name,
        model_version,
        position,
        number,
        count(*) as times
    from {{ ref('int_reference_values') }}
    where number is not null
    group by model_name, model_version, position, number
),

reference_steps as (
    select
        model_name,
        model_version,
        position,
        number,
        1.0 * sum(times) over up_to / sum(times) over feature as share_up_to,
        1.0 * times / sum(times) over feature as share
    from reference_counts
    window
        feature as (partition by model_name, model_version, position),
        up_to as (
            partition by model_name, model_version, position
            order by number
        )
),

week_counts as (
    {%- for position in positions %}
    select
        feature_values.model_name,
        feature_values.model_version,
        features.position,
        feature_values.number_{{ position }} as number,
        feature_values.week_start,
        count(*) as times
    from feature_values
    inner join features
        on
            feature_values.model_name = features.model_name
            and feature_values.model_version = features.model_version
            and features.position = {{ position }}
            and feature_values.predicted_date > features.reference_to
    where feature_values.number_{{ position }} is not null
    group by
        feature_values.model_name,
        feature_values.model_version,
        features.position,
        feature_values.number_{{ position }},
        feature_values.week_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

week_steps as (
    select
        *,
        1.0 * sum(times) over up_to / sum(times) over feature as share_up_to,
        1.0 * times / sum(times) over feature as share
    from week_counts
    window
        feature as (
            partition by model_name, model_version, position, week_start
        ),
        up_to as (
            partition by model_name, model_version, position, week_start
            order by number
        )
),

-- Beside each value of the week the last one of the reference at or below it.
distances as (
    select
        week_steps.model_name,
        week_steps.model_version,
        week_steps.position,
        week_steps.week_start,
        greatest(
            abs(week_steps.share_up_to - coalesce(reference_steps.share_up_to, 0)),
            abs(week_steps.share_up_to - week_steps.share - case
                when reference_steps.number = week_steps.number
                    then reference_steps.share_up_to - reference_steps.share
                else coalesce(reference_steps.share_up_to, 0)
            end)
        ) as distance
    from week_steps
    asof left join reference_steps
        on
            week_steps.model_name = reference_steps.model_name
            and week_steps.model_version = reference_steps.model_version
            and week_steps.position = reference_steps.position
            and week_steps.number >= reference_steps.number
),

measured as (
    select
        model_name,
        model_version,
        position,
        max(distance) as ks_distance,
        week_start
    from distances
    group by model_name, model_version, position, week_start
)

select * from measured
