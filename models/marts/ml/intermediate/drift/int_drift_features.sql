with features as (
    select
        model_name,
        model_version,
        feature_name,
        position,
        false as is_score
    from {{ ref('int_watched_features') }}
    union all
    select
        model_name,
        model_version,
        'score' as feature_name,
        0 as position,
        true as is_score
    from {{ ref('int_reference_windows') }}
),

bins as (
    select
        *,
        coalesce(upper_bound, {{ infinity() }}) as bound
    from {{ ref('feature_bins') }}
),

of_versions as (
    select
        model_name,
        model_version,
        max(reference_predictions) as reference_predictions,
        max(reference_to) as reference_to
    from bins
    group by model_name, model_version
),

of_features as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        cast(sum(reference_count) as bigint) as reference_values,
        count(case when reference_count > 0 then 1 end) as reference_bins,
        {{ sorted_list('bound', "feature_kind <> 'word'") }} as bounds
    from bins
    group by model_name, model_version, feature_name, feature_kind
),

-- A name without a value in the reference has no kind and no bins.
described as (
    select
        features.model_name,
        features.model_version,
        features.feature_name,
        coalesce(
            of_features.feature_kind,
            case when features.is_score then 'score' else 'new' end
        ) as feature_kind,
        features.position,
        of_versions.reference_predictions,
        coalesce(of_features.reference_values, 0) as reference_values,
        coalesce(of_features.reference_bins, 0) as reference_bins,
        of_features.bounds,
        of_versions.reference_to
    from features
    inner join of_versions
        on
            features.model_name = of_versions.model_name
            and features.model_version = of_versions.model_version
    left join of_features
        on
            features.model_name = of_features.model_name
            and features.model_version = of_features.model_version
            and features.feature_name = of_features.feature_name
            and features.is_score = (of_features.feature_kind = 'score')
)

select * from described
