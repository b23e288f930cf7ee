with steps as (
    select * from {{ ref('int_threshold_steps') }}
),

versions as (
    select
        model_name,
        model_version,
        threshold,
        case
            when threshold between 0 and 1 then cast(round(threshold * 100) as integer)
        end as nearest_step
    from {{ ref('stg_ml__models') }}
),

every_step as (
    select cast(number as integer) - 1 as threshold_step
    from {{ numbers_of(ref('dates')) }}
    where number <= 101
),

-- A threshold in use that lies between two steps is one more.
thresholds as (
    select
        versions.model_name,
        versions.model_version,
        every_step.threshold_step,
        cast(every_step.threshold_step as double) / 100 as threshold,
        coalesce(
            every_step.threshold_step = versions.nearest_step
            and abs(versions.threshold - versions.nearest_step / 100.0) < 1e-9, false
        ) as is_current
    from versions
    cross join every_step
    union all
    select
        model_name,
        model_version,
        null as threshold_step,
        threshold,
        true as is_current
    from versions
    where coalesce(abs(threshold - nearest_step / 100.0) >= 1e-9, true)
),

placed as (
    select
        steps.*,
        thresholds.threshold,
        thresholds.is_current,
        case
            when thresholds.is_current then steps.is_flagged
            else steps.score_step >= thresholds.threshold_step
        end as is_above
    from steps
    inner join thresholds
        on
            steps.model_name = thresholds.model_name
            and steps.model_version = thresholds.model_version
),

summed as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        threshold,
        is_current,
        is_above,
        is_flagged,
        sum(n) as n,
        sum(n_weighed) as n_weighed,
        sum(n_clean) as n_clean,
        {{ steady_sum('confirmed_weight') }} / nullif({{ steady_sum('weight') }}, 0)
            as fraud_share,
        coalesce(
            power({{ steady_sum('weight') }}, 2)
            / nullif({{ steady_sum('weight_squares') }}, 0), 0
        ) as effective_n,
        {{ steady_sum('amount', 6) }} as amount,
        {{ steady_sum('confirmed_amount_weight', 6) }}
        / nullif({{ steady_sum('amount_weight', 6) }}, 0) as fraud_amount_share,
        coalesce(
            power({{ steady_sum('amount_weight', 6) }}, 2)
            / nullif({{ steady_sum('amount_weight_squares', 6) }}, 0), 0
        ) as effective_amount_n
    from placed
    group by
        model_name, model_version, group_kind, group_name, threshold, is_current,
        is_above, is_flagged
),

counted as (
    select
        *,
        coalesce(effective_n * fraud_share, 0) as frauds
    from summed
),

-- Bounds of money hold for all thresholds at once (Bonferroni): the best one is picked of them.
strata as (
    select
        *,
        (frauds + 0.5) / (effective_n + 1) as fraud_centre,
        coalesce({{ wilson_low('frauds', 'effective_n') }}, 0) as fraud_low,
        coalesce({{ wilson_high('frauds', 'effective_n') }}, 1) as fraud_high,
        {{ wilson_low(
            'effective_amount_n * fraud_amount_share', 'effective_amount_n',
            'normal_quantile(1 - 0.025 / 101)'
        ) }} as fraud_amount_low,
        {{ wilson_high(
            'effective_amount_n * fraud_amount_share', 'effective_amount_n',
            'normal_quantile(1 - 0.025 / 101)'
        ) }} as fraud_amount_high
    from counted
)

select * from strata
