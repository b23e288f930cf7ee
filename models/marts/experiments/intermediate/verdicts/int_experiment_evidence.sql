with experiments as (
    select
        experiment_id,
        experiment_type
    from {{ ref('stg_experiments__experiments') }}
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
        role = 'success' and is_predeclared and answer = 'better' as is_won,
        role = 'guardrail'
        and answer not in ('no worse than its margin', 'not worse') as is_open,
        concat(
            'the guardrail ', metric_name,
            case answer
                when 'no answer' then concat(' has no answer: ', problem)
                else ' may have got worse'
            end
        ) as open_guardrail
    from {{ ref('int_experiment_answers') }}
),

counted as (
    select
        experiment_id,
        variant,
        count(*) filter (where role = 'success') as measured,
        count(*) filter (where answer <> 'no answer') as answered,
        count(*) filter (where is_predeclared_success) as predeclared,
        count(*) filter (where is_won) as won,
        count(*) filter (where answer = 'worse') as lost,
        count(*) filter (where is_open) as open_guardrails,
        min(case when is_won then finding end) as won_finding,
        min(case when answer = 'worse' then finding end) as lost_finding,
        min(case when is_different then finding end) as different_finding,
        min(case when is_open then open_guardrail end) as open_guardrail,
        min(case when role = 'success' then problem end) as problem,
        min(case when role = 'success' then finding end) as success_finding
    from answers
    group by experiment_id, variant
),

evidence as (
    select
        experiments.experiment_id,
        treatments.variant,
        coalesce(experiments.experiment_type, 'ab') as experiment_type,
        faults.fault,
        counted.won_finding,
        counted.lost_finding,
        counted.different_finding,
        counted.success_finding,
        counted.open_guardrail,
        counted.problem,
        coalesce(states.declared, 0) as declared,
        coalesce(counted.measured, 0) as measured,
        coalesce(counted.answered, 0) as answered,
        coalesce(counted.predeclared, 0) as predeclared,
        coalesce(counted.won, 0) as won,
        coalesce(counted.lost, 0) as lost,
        coalesce(
            counted.won > 0 and counted.lost = 0 and counted.open_guardrails = 0, false
        ) as may_ship,
        coalesce(states.is_started, false) as is_started,
        coalesce(states.is_ended, false) as is_ended,
        coalesce(states.is_final, false) as is_final
    from experiments
    left join {{ ref('stg_experiments__variants') }} as treatments
        on
            experiments.experiment_id = treatments.experiment_id
            and not treatments.is_control
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
