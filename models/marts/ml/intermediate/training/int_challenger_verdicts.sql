{%- set least_frauds = var('challenger_least_frauds') -%}

with pairs as (
    select
        model_name,
        cutoff_date,
        group_kind,
        group_name,
        champion_version,
        is_final,
        drift_at,
        n_learnt_frauds,
        n_learnt_frauds_since_drift,
        has_weights,
        n_judged,
        is_enough,
        gain,
        gain_error,
        gain_before,
        gain_error_before,
        degrees,
        degrees_of_both
    from {{ ref('int_challenger_pairs') }}
),

measured as (
    select
        *,
        gain - gain_before as gain_since_drift,
        sqrt(power(gain_error, 2) + power(gain_error_before, 2))
            as gain_since_drift_error,
        case
            when n_learnt_frauds < {{ least_frauds }} then 'few_to_learn'
            when
                drift_at is not null
                and n_learnt_frauds_since_drift < {{ least_frauds }}
                then 'few_since_drift'
            when not has_weights then 'nothing_to_learn'
            when n_judged = 0 then 'nothing_to_judge'
            when not is_final then 'not_mature'
            when not is_enough then 'few_to_judge'
        end as problem
    from pairs
),

tested as (
    select
        *,
        case
            when problem is null
                then 2 * (1 - t_cdf(abs(gain) / gain_error, degrees))
        end as p_value
    from measured
),

ranked as (
    select
        *,
        row_number() over (
            partition by model_name, cutoff_date, group_kind, p_value is null
            order by p_value, group_name
        ) as p_rank,
        count(p_value) over (partition by model_name, cutoff_date, group_kind)
            as test_count
    from tested
),

adjusted as (
    select
        *,
        {{ benjamini_hochberg('p_value', 'model_name, cutoff_date, group_kind') }}
            as adjusted_p_value,
        t_quantile(0.975, degrees) * gain_error as reach,
        t_quantile(0.975, degrees_of_both) * gain_since_drift_error as reach_since_drift
    from ranked
),

reasoned as (
    select
        model_name,
        cutoff_date,
        group_kind,
        group_name,
        case
            when problem is not null then problem
            when adjusted_p_value > 0.05 then 'no_difference'
            when gain < 0 then 'worse'
            when gain_since_drift - reach_since_drift > 0 then 'better_since_drift'
            when drift_at is not null then 'better_anyway'
            else 'better'
        end as reason_code,
        problem is not null as is_insufficient,
        adjusted_p_value,
        gain - reach as gain_low,
        gain + reach as gain_high,
        gain_since_drift,
        gain_since_drift - reach_since_drift as gain_since_drift_low,
        gain_since_drift + reach_since_drift as gain_since_drift_high
    from adjusted
),

verdicts as (
    select
        *,
        case
            when is_insufficient then 'insufficient'
            when reason_code = 'no_difference' then 'no_difference'
            when reason_code = 'worse' then 'champion_better'
            else 'challenger_better'
        end as verdict
    from reasoned
)

select * from verdicts
