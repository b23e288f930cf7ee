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
        coalesce(margin, 0) as margin,
        difference,
        problem,
        difference_low,
        difference_high,
        cuped_difference_low,
        cuped_difference_high,
        always_valid_low,
        always_valid_high
    from {{ ref('experiment_results') }}
    where
        segment_type = 'all'
        and role in ('success', 'guardrail')
),

intervals as (
    select
        *,
        case
            when not is_final then always_valid_low
            else coalesce(cuped_difference_low, difference_low)
        end as low,
        case
            when not is_final then always_valid_high
            else coalesce(cuped_difference_high, difference_high)
        end as high
    from results
),

-- Turned so that up is better.
turned as (
    select
        *,
        case when direction = 'up' then low else -high end as better_low,
        case when direction = 'up' then high else -low end as better_high
    from intervals
),

answers as (
    select
        experiment_id,
        variant,
        metric_name,
        role,
        is_final,
        is_predeclared,
        p_value_adjusted,
        case
            -- what happened to nobody by the end got no worse
            when
                is_final
                and role = 'guardrail'
                and problem = 'no variance'
                and difference = 0
                then 'no worse than its margin'
            when better_low is null then 'no answer'
            when
                role = 'success'
                and p_value_adjusted < 0.05
                and better_low + better_high > 0
                then 'better'
            when role = 'success' and p_value_adjusted < 0.05 then 'worse'
            when role = 'success' then 'unclear'
            when better_low >= -margin then 'no worse than its margin'
            when better_high < 0 then 'worse'
            else 'unclear'
        end as answer
    from turned
)

select * from answers
