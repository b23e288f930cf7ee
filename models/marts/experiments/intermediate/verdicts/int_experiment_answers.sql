with results as (
    select
        experiment_id,
        variant,
        metric_name,
        role,
        direction,
        is_predeclared,
        bool_and(is_final) over (partition by experiment_id) as is_final,
        p_value_adjusted,
        margin,
        problem,
        deciding_difference,
        deciding_low,
        deciding_high,
        -- three digits of the interval's larger end
        power(
            10,
            2 - floor(log10(nullif(greatest(abs(deciding_low), abs(deciding_high)), 0)))
        ) as digits
    from {{ ref('experiment_results') }}
    where
        segment_type = 'all'
        and role in ('success', 'guardrail')
),

-- Turned so that up is better.
turned as (
    select
        *,
        case when direction = 'up' then deciding_low else -deciding_high end
            as better_low,
        case when direction = 'up' then deciding_high else -deciding_low end
            as better_high,
        concat(
            metric_name, ' ',
            case when deciding_difference >= 0 then '+' else '' end,
            cast(round(deciding_difference * digits) / digits as varchar), ' (',
            cast(round(deciding_low * digits) / digits as varchar), ' to ',
            cast(round(deciding_high * digits) / digits as varchar), ')'
        ) as finding
    from results
),

-- What is within a guardrail's margin was agreed to be no harm, however sure it is.
answers as (
    select
        experiment_id,
        variant,
        metric_name,
        role,
        direction,
        is_final,
        is_predeclared,
        p_value_adjusted,
        p_value_adjusted < 0.05 as is_different,
        problem,
        case when better_low is null then metric_name else finding end as finding,
        case
            when better_low is null or p_value_adjusted is null then 'no answer'
            when role = 'success' and p_value_adjusted < 0.05 and better_low > 0
                then 'better'
            when role = 'guardrail' and better_low >= -margin
                then 'no worse than its margin'
            when p_value_adjusted < 0.05 and better_high < 0 then 'worse'
            when role = 'guardrail' and margin is null then 'not worse'
            else 'unclear'
        end as answer
    from turned
)

select * from answers
