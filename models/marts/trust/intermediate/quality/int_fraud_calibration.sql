{%- set groups = 'model_name, model_version, month_start, group_kind, group_name' -%}

-- Where the threshold cuts a bin in two, each part is a bin: within it weights say nothing of
-- the outcome.
with labels as (
    select
        {{ groups }},
        least(floor(cast(score as decimal(18, 12)) * 10), 9) as score_bin,
        score,
        weight,
        is_flagged,
        is_confirmed
    from {{ ref('int_group_labels') }}
    where weight is not null
),

summed as (
    select
        {{ groups }},
        score_bin,
        is_flagged,
        {{ steady_sum('weight') }} as weight,
        power({{ steady_sum('weight') }}, 2)
        / {{ steady_sum('power(weight, 2)') }} as n,
        {{ steady_sum('case when is_confirmed then weight else 0 end') }}
        / {{ steady_sum('weight') }} as fraud_share,
        {{ steady_sum('weight * score') }} / {{ steady_sum('weight') }} as mean_score
    from labels
    group by {{ groups }}, score_bin, is_flagged
),

-- As wide as all bins together need it (Bonferroni).
bounded as (
    select
        *,
        {{ wilson_low('n * fraud_share', 'n', 'normal_quantile(1 - 0.025 / 11)') }}
            as low,
        {{ wilson_high('n * fraud_share', 'n', 'normal_quantile(1 - 0.025 / 11)') }}
            as high
    from summed
),

calibration as (
    select
        {{ groups }},
        {{ steady_sum('weight * abs(mean_score - fraud_share)') }}
        / {{ steady_sum('weight') }} as calibration_error,
        {{ steady_sum('weight * greatest(0, low - mean_score, mean_score - high)') }}
        / {{ steady_sum('weight') }} as calibration_error_low,
        {{ steady_sum('weight * greatest(mean_score - low, high - mean_score)') }}
        / {{ steady_sum('weight') }} as calibration_error_high
    from bounded
    group by {{ groups }}
)

select * from calibration
