{%- set keys = [
    'model_name', 'model_version', 'group_kind', 'group_name', 'threshold', 'is_current'
] -%}
{%- set strata = {
    'above_flagged': 'is_above and is_flagged',
    'above_passed': 'is_above and not is_flagged',
    'below_flagged': 'not is_above and is_flagged',
    'below_passed': 'not is_above and not is_flagged',
} -%}

-- A stratum without payments has a share that counts nothing; one without labels has none.
with wide as (
    select
        {{ keys | join(', ') }},
        {%- for stratum, condition in strata.items() %}
        coalesce(sum(case when {{ condition }} then n end), 0) as {{ stratum }}_n,
        coalesce(sum(case when {{ condition }} then n * fraud_share end), 0)
            as {{ stratum }}_frauds,
        coalesce(max(case when {{ condition }} then fraud_centre end), 0.5)
            as {{ stratum }}_centre,
        coalesce(max(case when {{ condition }} then fraud_low end), 0)
            as {{ stratum }}_low,
        coalesce(max(case when {{ condition }} then fraud_high end), 1)
            as {{ stratum }}_high,
        {%- endfor %}
        coalesce(sum(case when is_above and is_flagged then n_clean end), 0)
            as n_stopped_clean,
        bool_and(n_weighed > 0) as is_known
    from {{ ref('int_threshold_strata') }}
    group by {{ keys | join(', ') }}
),

counted as (
    select
        *,
        above_flagged_n + above_passed_n as n_flagged,
        below_flagged_n + below_passed_n as n_passed,
        above_flagged_n + above_passed_n + below_flagged_n + below_passed_n as n_mature,
        above_flagged_frauds + above_passed_frauds as fraud_stopped,
        below_flagged_frauds + below_passed_frauds as fraud_passed
    from wide
),

mixed as (
    select
        *,
        coalesce(above_flagged_n / nullif(n_flagged, 0), 0) as stopped_mix,
        coalesce(below_flagged_n / nullif(n_passed, 0), 0) as passed_mix,
        (n_flagged + 0.5) / (n_mature + 1) as flagged_centre,
        {{ wilson_low('n_flagged', 'n_mature') }} as flagged_low,
        {{ wilson_high('n_flagged', 'n_mature') }} as flagged_high
    from counted
),

bounded as (
    select
        *,
        {%- for side in ['low', 'high'] %}
        {{ mixed_share('stopped_mix', 'above_flagged', 'above_passed', side) }}
            as stopped_fraud_{{ side }},
        {{ mixed_share('passed_mix', 'below_flagged', 'below_passed', side) }}
            as passed_fraud_{{ side }},
        {%- endfor %}
        stopped_mix * above_flagged_centre
        + (1 - stopped_mix) * above_passed_centre as stopped_fraud_centre,
        passed_mix * below_flagged_centre
        + (1 - passed_mix) * below_passed_centre as passed_fraud_centre
    from mixed
),

parts as (
    select
        *,
        {%- for side in ['stopped', 'passed'] %}
        1 - {{ side }}_fraud_centre as {{ side }}_honest_centre,
        1 - {{ side }}_fraud_high as {{ side }}_honest_low,
        1 - {{ side }}_fraud_low as {{ side }}_honest_high,
        {%- endfor %}
        n_flagged - fraud_stopped as honest_stopped,
        n_passed - fraud_passed as honest_passed
    from bounded
),

rates as (
    select
        {{ keys | join(', ') }},
        n_stopped_clean,
        fraud_stopped / nullif(n_flagged, 0) as precision,
        case when n_flagged > 0 then stopped_fraud_low end as precision_low,
        case when n_flagged > 0 then stopped_fraud_high end as precision_high,
        {%- for side in ['low', 'high'] %}
        case
            when fraud_stopped + fraud_passed > 0
                then {{ share_stopped(
                    'stopped_fraud', 'passed_fraud', 'flagged', side
                ) }}
        end as recall_{{ side }},
        case
            when honest_stopped + honest_passed > 0
                then {{ share_stopped(
                    'stopped_honest', 'passed_honest', 'flagged', side
                ) }}
        end as false_positive_rate_{{ side }},
        {%- endfor %}
        fraud_stopped / nullif(fraud_stopped + fraud_passed, 0) as recall,
        honest_stopped / nullif(honest_stopped + honest_passed, 0)
            as false_positive_rate
    from parts
    where is_known
)

select * from rates
