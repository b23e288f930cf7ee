with scores as (
    select * from {{ ref('int_challenger_scores') }}
    where
        period = 'later'
        and not is_fraud
),

-- Honest payments, by which of the two scores, and whether it stops them.
judged as (
    select
        model_name,
        cutoff_date,
        country_code,
        'champion' as score_name,
        label_weight,
        is_flagged_by_champion as is_flagged
    from scores
    union all
    select
        model_name,
        cutoff_date,
        country_code,
        'challenger' as score_name,
        label_weight,
        is_flagged_by_challenger as is_flagged
    from scores
),

rates as (
    select
        model_name,
        cutoff_date,
        score_name,
        country_code,
        count(case when is_flagged then 1 end) as n_stopped,
        {{ steady_sum('label_weight', 12) }} as total_weight,
        {{ steady_sum('case when is_flagged then label_weight else 0 end', 12) }}
        / {{ steady_sum('label_weight', 12) }} as stopped_rate
    from judged
    group by model_name, cutoff_date, score_name, country_code
),

-- Weights and being stopped go together, so that the error is that of a ratio of totals.
errors as (
    select
        rates.model_name,
        rates.cutoff_date,
        rates.score_name,
        rates.country_code,
        sqrt({{ steady_sum(
            'power(judged.label_weight * ('
            ~ 'case when judged.is_flagged then 1 else 0 end - rates.stopped_rate), 2)',
            12
        ) }}) / any_value(rates.total_weight) as stopped_error
    from judged
    inner join rates
        using (model_name, cutoff_date, score_name, country_code)
    group by
        rates.model_name, rates.cutoff_date, rates.score_name, rates.country_code
),

ranked as (
    select
        rates.*,
        case
            when
                rates.n_stopped >= {{ var('challenger_least_stopped') }}
                and errors.stopped_error > 0
                then errors.stopped_error / rates.stopped_rate
        end as log_error,
        row_number() over (
            partition by rates.model_name, rates.cutoff_date, rates.score_name
            order by rates.total_weight desc, rates.country_code asc
        ) as size_rank
    from rates
    inner join errors
        using (model_name, cutoff_date, score_name, country_code)
),

compared as (
    select
        ranked.*,
        largest.country_code as compared_with,
        case
            when ranked.size_rank > 1
                then ranked.stopped_rate / nullif(largest.stopped_rate, 0)
        end as rate_ratio,
        case
            when ranked.size_rank > 1
                then sqrt(power(ranked.log_error, 2) + power(largest.log_error, 2))
        end as log_ratio_error
    from ranked
    inner join ranked as largest
        on
            ranked.model_name = largest.model_name
            and ranked.cutoff_date = largest.cutoff_date
            and ranked.score_name = largest.score_name
            and largest.size_rank = 1
)

select * from compared
