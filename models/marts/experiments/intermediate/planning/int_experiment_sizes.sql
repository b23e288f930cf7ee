with baselines as (
    select * from {{ ref('int_experiment_baselines') }}
),

effects as (
    select cast(listed.effect as double) as relative_effect
    from (values ({{ var('planning_effects') | join('), (') }})) as listed (effect)
),

goals as (
    select
        baselines.*,
        effects.relative_effect,
        abs(baselines.baseline) * effects.relative_effect as effect,
        case
            when baselines.kind = 'proportion'
                then
                    baselines.baseline * (1 + effects.relative_effect)
                    * (1 - baselines.baseline * (1 + effects.relative_effect))
            else baselines.spread
        end as spread_with_effect
    from baselines
    cross join effects
),

checked as (
    select
        *,
        case
            when n_mature < 2 then 'fewer than two units came'
            when baseline is null then 'a denominator of zero'
            when baseline = 0 then 'a baseline of zero'
            when (spread > 0) is not true then 'no variance'
            when kind = 'proportion' and baseline * (1 + relative_effect) >= 1
                then 'a share of 1 or more'
            when effect < 1e-6 * sqrt(spread) then 'an effect lost in the spread'
        end as problem,
        power({{ z_95() }} + normal_quantile({{ var('planning_power') }}), 2)
        / power(nullif(effect, 0), 2) as units_per_spread
    from goals
),

-- Shares by the normal approximation, the rest by the power of the t-test. A guardrail is safe when what has not
-- changed is shown to be no worse than the effect.
sized as (
    select
        *,
        case
            when problem is not null then null
            when kind = 'proportion'
                then units_per_spread * (spread + spread_with_effect)
            else t_test_size(effect / sqrt(spread), 0.05, {{ var('planning_power') }})
        end as units_per_arm,
        case
            when problem is null
                then
                    always_valid_size(
                        effect / sqrt(spread + spread_with_effect),
                        {{ var('always_valid_units') }},
                        0.05,
                        {{ var('planning_power') }}
                    )
        end as units_per_arm_always_valid
    from checked
),

sizes as (
    select
        brand,
        unit,
        metric_name,
        kind,
        problem,
        n_mature,
        baseline,
        relative_effect,
        units_per_arm,
        case
            when kind = 'proportion' and problem is null
                then units_per_spread * 2 * spread
            else units_per_arm
        end as units_per_arm_guardrail,
        units_per_arm_always_valid,
        case
            when unexplained_share is null or unexplained_share <= 0 then null
            when kind = 'proportion' then units_per_arm * unexplained_share
            when units_per_arm is not null
                then
                    t_test_size(
                        effect / sqrt(spread * unexplained_share),
                        0.05,
                        {{ var('planning_power') }}
                    )
        end as units_per_arm_with_past,
        case when problem is null and unexplained_share > 0 then 1 end
        - unexplained_share as explained_share
    from sized
)

select * from sizes
