with pairs as (
    select * from {{ ref('int_feature_pairs') }}
),

-- A text that is no number is compared as it is.
compared as (
    select
        *,
        logged_text is not null and computed_text is not null as is_both,
        coalesce(
            abs(logged - computed)
            > {{ var('skew_tolerance') }} * greatest(1, abs(computed)),
            logged_text <> computed_text
        ) as is_different
    from pairs
),

counted as (
    select
        model_name,
        model_version,
        feature_name,
        computed_by,
        count(*) as prediction_count,
        count(case when is_both then 1 end) as compared_count,
        count(case when logged_text is null and computed_text is not null then 1 end)
            as only_computed_count,
        count(case when logged_text is not null and computed_text is null then 1 end)
            as only_logged_count,
        count(case when is_different then 1 end) as different_count,
        {{ quantile('abs(logged - computed)', 0.5) }} as median_difference,
        week_start
    from compared
    group by model_name, model_version, feature_name, computed_by, week_start
),

described as (
    select
        model_name,
        model_version,
        feature_name,
        computed_by,
        case
            when compared_count < {{ var('drift_least_predictions') }} then 'too_few'
            when
                {{ wilson_low('different_count', 'compared_count') }}
                > {{ var('skew_tolerated_share') }}
                then 'skewed'
            else 'matches'
        end as verdict,
        prediction_count,
        compared_count,
        only_computed_count,
        only_logged_count,
        different_count,
        1.0 * different_count / nullif(compared_count, 0) as different_share,
        {{ wilson_low('different_count', 'compared_count') }} as different_share_low,
        {{ wilson_high('different_count', 'compared_count') }}
            as different_share_high,
        median_difference,
        week_start
    from counted
)

select * from described
