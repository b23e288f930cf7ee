{%- set low = var('fairness_bound') -%}
{%- set high = '(1.0 / ' ~ low ~ ')' -%}

with rates as (
    select * from {{ ref('int_challenger_rates') }}
),

-- How far the ratio is beyond a bound, in standard errors.
distances as (
    select
        *,
        rate_ratio * exp(-{{ z_95() }} * log_ratio_error) as ratio_low,
        rate_ratio * exp({{ z_95() }} * log_ratio_error) as ratio_high,
        case
            when log_ratio_error > 0
                then
                    greatest(ln(rate_ratio / {{ high }}), ln({{ low }} / rate_ratio))
                    / log_ratio_error
        end as distance
    from rates
),

tested as (
    select
        *,
        case
            when distance is not null
                then 2 * (1 - normal_cdf(greatest(distance, 0)))
        end as p_value
    from distances
),

ranked as (
    select
        *,
        row_number() over (
            partition by model_name, cutoff_date, score_name, p_value is null
            order by p_value, country_code
        ) as p_rank,
        count(p_value) over (
            partition by model_name, cutoff_date, score_name
        ) as test_count
    from tested
),

adjusted as (
    select
        *,
        {{ benjamini_hochberg('p_value', 'model_name, cutoff_date, score_name') }}
            as adjusted_p_value
    from ranked
),

judged as (
    select
        model_name,
        cutoff_date,
        score_name,
        country_code,
        compared_with,
        n_stopped,
        stopped_rate,
        rate_ratio,
        ratio_low,
        ratio_high,
        case
            when adjusted_p_value <= 0.05 then 'fail'
            when ratio_low >= {{ low }} and ratio_high <= {{ high }} then 'pass'
            else 'insufficient_evidence'
        end as verdict
    from adjusted
)

select * from judged
