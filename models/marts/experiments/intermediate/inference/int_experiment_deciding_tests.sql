with tests as (
    select *
    from {{ ref('int_experiment_tests') }}
    where {{ is_segment('place_type') }}
),

plans as (
    select
        experiment_id,
        metric_name,
        role,
        is_final
    from {{ ref('int_experiment_plans') }}
),

-- Until all outcomes that decide are in, the always-valid interval does; then CUPED's where units
-- have a past, but for guardrails that are shares: the score interval holds for few as well.
chosen as (
    select
        tests.*,
        plans.role,
        case
            when
                not (
                    plans.is_final
                    and bool_and(plans.is_final or plans.role = 'exploratory')
                        over (partition by tests.experiment_id)
                )
                then 'always_valid'
            when
                tests.cuped_p_value is not null
                and not (tests.kind = 'proportion' and plans.role = 'guardrail')
                then 'cuped'
            when tests.kind = 'proportion' then 'score'
            else 'welch'
        end as decided_by
    from tests
    inner join plans
        on
            tests.experiment_id = plans.experiment_id
            and tests.metric_name = plans.metric_name
),

picked as (
    select
        *,
        case decided_by
            when 'cuped' then cuped_difference
            else difference
        end as estimate,
        case decided_by
            when 'always_valid' then always_valid_low
            when 'cuped' then cuped_difference_low
            else difference_low
        end as low,
        case decided_by
            when 'always_valid' then always_valid_high
            when 'cuped' then cuped_difference_high
            else difference_high
        end as high,
        case decided_by
            when 'always_valid' then always_valid_p_value
            when 'cuped' then cuped_p_value
            else p_value
        end as picked_p_value,
        case decided_by
            when 'cuped' then cuped_difference / nullif(cuped_standard_error, 0)
            else t
        end as picked_t,
        case decided_by when 'cuped' then cuped_df else df end as picked_df,
        case
            when decided_by in ('cuped', 'welch') then coalesce(caution, 1)
            else 1
        end as widening
    from chosen
),

-- Where a small arm counts with more variance than it has, the interval is as much wider.
deciding_tests as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        role,
        case when picked_p_value is not null then decided_by end as decided_by,
        estimate as deciding_difference,
        estimate - widening * (estimate - low) as deciding_low,
        estimate + widening * (high - estimate) as deciding_high,
        case
            when widening > 1 then 2 * t_cdf(-abs(picked_t) / widening, picked_df)
            else picked_p_value
        end as deciding_p_value
    from picked
)

select * from deciding_tests
