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

planned_looks as (
    select experiment_id from {{ ref('experiment_planned_looks') }}
),

-- Until all outcomes that decide are in, the always-valid interval does; then CUPED's where units
-- have a past, but for guardrails that are shares: the score interval holds for few as well. Where
-- looks are planned, they decide of all units, to the end.
chosen as (
    select
        tests.*,
        plans.role,
        looks.difference as look_difference,
        looks.difference_low as look_low,
        looks.difference_high as look_high,
        looks.p_value as look_p_value,
        case
            when
                tests.place_type = 'all'
                and tests.experiment_id in (
                    select planned_looks.experiment_id from planned_looks
                )
                then 'group_sequential'
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
    left join {{ ref('experiment_looks') }} as looks
        on
            tests.experiment_id = looks.experiment_id
            and tests.variant = looks.variant
            and tests.metric_name = looks.metric_name
            and tests.place_type = 'all'
            and looks.is_deciding
),

picked as (
    select
        *,
        case decided_by
            when 'group_sequential' then look_difference
            when 'cuped' then cuped_difference
            else difference
        end as estimate,
        {%- for end in ['low', 'high'] %}
        case decided_by
            when 'group_sequential' then look_{{ end }}
            when 'always_valid' then always_valid_{{ end }}
            when 'cuped' then cuped_difference_{{ end }}
            else difference_{{ end }}
        end as {{ end }},
        {%- endfor %}
        case decided_by
            when 'group_sequential' then look_p_value
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
