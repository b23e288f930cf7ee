{%- set family = 'model_name, model_version, window_kind, window_start, group_kind,'
    ~ ' measure' -%}
{%- set bound = var('fairness_bound') -%}

-- Tested at the bounds, not at 1. The error is known from as many cases as there are: of few its
-- tails are long (Student's t, Satterthwaite's degrees).
with tested as (
    select
        *,
        estimate is not null and reference_value is not null and not is_reference
            as is_tested,
        1.0 / greatest(1, n_evidence) as case_error,
        1.0 / greatest(1, reference_evidence) as reference_case_error,
        greatest(
            (log_ratio - ln(1 / {{ bound }})) / nullif(log_ratio_below, 0),
            (ln({{ bound }}) - log_ratio) / nullif(log_ratio_above, 0)
        ) * {{ z_95() }} as distance
    from {{ ref('int_fairness_pairs') }}
),

valued as (
    select
        *,
        case
            when is_tested and distance > 0
                then 2 * t_cdf(
                    -distance,
                    power(case_error + reference_case_error, 2)
                    / (power(case_error, 3) + power(reference_case_error, 3))
                )
            when is_tested then 1
        end as p_value
    from tested
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ family }}, p_value is null
            order by p_value, group_name
        ) as p_rank,
        count(p_value) over (partition by {{ family }}) as test_count
    from valued
),

adjusted as (
    select
        model_name,
        model_version,
        window_kind,
        group_kind,
        group_name,
        measure,
        reference_group,
        group_count,
        n_mature,
        n_labelled,
        n_confirmed,
        n_evidence,
        reference_evidence,
        estimate,
        low,
        high,
        reference_value,
        log_ratio,
        log_ratio_below,
        log_ratio_above,
        p_value,
        {{ benjamini_hochberg('p_value', family) }} as p_value_adjusted,
        is_reference,
        is_tested,
        is_final,
        window_start,
        window_end
    from ranked
)

select * from adjusted
