with experiments as (
    select experiment_id from {{ ref('stg_experiments__experiments') }}
),

treatments as (
    select
        experiment_id,
        variant
    from {{ ref('stg_experiments__variants') }}
    where not is_control
),

states as (
    select
        experiment_id,
        bool_and(is_final) as is_final,
        bool_and(is_ended) as is_ended,
        bool_and(started_at < until_at) as is_started,
        count(case when role = 'success' then 1 end) as declared
    from {{ ref('int_experiment_plans') }}
    where role <> 'exploratory'
    group by experiment_id
),

faults as (
    select
        experiment_id,
        min(concat(check_name, ' does not hold: ', detail)) as fault
    from {{ ref('experiment_health') }}
    where invalidates and not is_ok
    group by experiment_id
),

answers as (
    select
        *,
        role = 'success' and is_predeclared as is_predeclared_success,
        role = 'guardrail' and answer = 'no worse than its margin' as is_held,
        role = 'guardrail' and answer = 'worse' as is_harmed
    from {{ ref('int_experiment_answers') }}
),

counted as (
    select
        experiment_id,
        variant,
        count(*) filter (where role = 'success') as measured,
        count(*) filter (where is_predeclared_success) as predeclared,
        count(*) filter (where is_predeclared_success and answer = 'better') as won,
        min(case when is_predeclared_success and answer = 'better' then metric_name end)
            as won_metric,
        count(*) filter (where role = 'guardrail') as guardrails,
        count(*) filter (where is_held) as held,
        min(case when is_harmed then metric_name end) as harmed_metric
    from answers
    group by experiment_id, variant
),

evidence as (
    select
        experiments.experiment_id,
        treatments.variant,
        faults.fault,
        counted.won_metric,
        counted.harmed_metric,
        coalesce(states.declared, 0) as declared,
        coalesce(counted.measured, 0) as measured,
        coalesce(counted.predeclared, 0) as predeclared,
        coalesce(counted.won, 0) as won,
        coalesce(counted.held = counted.guardrails, true) as guardrails_held,
        coalesce(states.is_started, false) as is_started,
        coalesce(states.is_ended, false) as is_ended,
        coalesce(states.is_final, false) as is_final
    from experiments
    left join treatments
        on experiments.experiment_id = treatments.experiment_id
    left join states
        on experiments.experiment_id = states.experiment_id
    left join faults
        on experiments.experiment_id = faults.experiment_id
    left join counted
        on
            treatments.experiment_id = counted.experiment_id
            and treatments.variant = counted.variant
)

select * from evidence
