{%- set bound = var('fairness_bound') -%}

with ratios as (
    select * from {{ ref('int_fairness_ratios') }}
),

compared as (
    select
        *,
        case when is_tested then estimate / nullif(reference_value, 0) end as ratio,
        case
            when is_tested and estimate = 0 then 0
            when is_tested
                then least(
                    exp(log_ratio - log_ratio_below),
                    estimate / nullif(reference_value, 0)
                )
        end as ratio_low,
        case
            when is_tested and reference_value > 0
                then greatest(
                    exp(log_ratio + log_ratio_above), estimate / reference_value
                )
        end as ratio_high,
        case
            when is_tested and n_evidence > 0 and estimate > 0
                then exp(
                    ln(1 / {{ bound }})
                    + (1 + normal_quantile({{ var('fairness_power') }}) / {{ z_95() }})
                    * log_ratio_below
                )
        end as smallest_ratio_shown,
        case
            when measure in ('false_positive_rate', 'false_negative_rate')
                then {{ cases_needed(
                    'case when is_reference then null else reference_evidence end'
                ) }}
        end as cases_needed
    from ratios
),

judged as (
    select
        *,
        case
            when is_reference then null
            when p_value_adjusted <= 0.05 then 'fail'
            when ratio_low > {{ bound }} and ratio_high < 1 / {{ bound }} then 'pass'
            else 'insufficient_evidence'
        end as ratio_verdict
    from compared
),

verdicts as (
    select
        model_name,
        model_version,
        window_kind,
        group_kind,
        group_name,
        measure,
        reference_group,
        ratio_verdict,
        case
            when is_reference and group_count = 1 then 'alone'
            when is_reference then 'reference'
            when not is_tested then 'unknown'
            when ratio_verdict = 'fail' and log_ratio > 0 then 'higher'
            when ratio_verdict = 'fail' then 'lower'
            when ratio_verdict = 'pass' then 'alike'
            else 'unclear'
        end as outcome,
        n_mature,
        n_labelled,
        n_confirmed,
        n_evidence,
        cases_needed,
        case
            when cases_needed > n_evidence then cases_needed - n_evidence
            when cases_needed is not null then 0
        end as cases_missing,
        estimate,
        low,
        high,
        reference_value,
        ratio,
        ratio_low,
        ratio_high,
        p_value,
        p_value_adjusted,
        smallest_ratio_shown,
        is_reference,
        is_final,
        window_start,
        window_end
    from judged
)

select * from verdicts
