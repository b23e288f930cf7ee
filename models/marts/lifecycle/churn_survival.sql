with ages as (
    select
        *,
        {{ log_survival_step('n_churned', 'n_at_risk') }} as log_step,
        {{ greenwood_step('n_churned', 'n_at_risk') }} as greenwood_step,
        lag(age_days, 1, 0) over by_age as previous_age_days,
        lead(age_days) over by_age is not null
        and n_at_risk = n_churned + n_censored as is_interrupted
    from {{ ref('int_survival_ages') }}
    where n_churned + n_censored > 0
    window by_age as (partition by brand, segment_type, segment order by age_days)
),

-- Once nobody is at risk, those who are known only from a later age on cannot go on with the curve.
survivals as (
    select
        *,
        is_from_birth
        and not (is_interrupted and n_churned = n_at_risk)
        and sum(cast(is_interrupted as integer)) over until_now
        = cast(is_interrupted as integer) as is_known,
        {{ survived('log_step', ' over until_now') }} as survival,
        cast(sum(greenwood_step) over until_now as double) as greenwood,
        sum(n_churned) over until_now as n_churned_until_now,
        sum(n_churned) over until_now = n_churned as is_whole_before,
        min(n_at_risk) over until_now as least_at_risk
    from ages
    window until_now as (
        partition by brand, segment_type, segment order by age_days
        rows between unbounded preceding and current row
    )
),

stepped as (
    select
        *,
        cast(
            (age_days - previous_age_days) * lag(survival, 1, 1) over (
                partition by brand, segment_type, segment order by age_days
            ) as decimal(38, 24)
        ) as days_step
    from survivals
),

lived as (
    select
        *,
        cast(sum(days_step) over until_now as double) as mean_days
    from stepped
    window until_now as (
        partition by brand, segment_type, segment order by age_days
        rows between unbounded preceding and current row
    )
),

-- The variance of the area under the curve: Greenwood's steps, each by the square of the area behind it.
spread as (
    select
        *,
        mean_days / nullif(age_days, 0) as mean_share,
        greatest(
            coalesce(greenwood, 0)
            - 2 / nullif(mean_days, 0)
            * coalesce({{ running_sum('greenwood_step * mean_days') }}, 0)
            + power(nullif(mean_days, 0), -2)
            * coalesce({{ running_sum('greenwood_step * power(mean_days, 2)') }}, 0),
            0
        ) as mean_relative_variance
    from lived
    window until_now as (
        partition by brand, segment_type, segment order by age_days
        rows between unbounded preceding and current row
    )
),

with_intervals as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        n_at_risk,
        n_churned,
        n_censored,
        n_at_risk as n_mature,
        cast(n_churned as double) / n_at_risk as hazard,
        {{ wilson_low('n_churned', 'n_at_risk') }} as hazard_low,
        {{ wilson_high('n_churned', 'n_at_risk') }} as hazard_high,
        case when is_known then survival end as survival,
        case
            when is_known and n_churned_until_now = 0
                then {{ certain_low('least_at_risk') }}
            when is_known then {{ log_log_low('survival', 'greenwood') }}
        end as survival_low,
        case when is_known then {{ log_log_high('survival', 'greenwood') }} end
            as survival_high,
        case when is_known then mean_days end as restricted_mean_days,
        case
            when is_known and is_whole_before
                then age_days * {{ certain_low('least_at_risk') }}
            when is_known
                then
                    age_days
                    * {{ log_log_low('mean_share', 'mean_relative_variance') }}
        end as restricted_mean_days_low,
        case
            when is_known and is_whole_before then age_days
            when is_known
                then
                    age_days
                    * {{ log_log_high('mean_share', 'mean_relative_variance') }}
        end as restricted_mean_days_high,
        false as is_final
    from spread
)

select * from with_intervals
