-- One row per experiment and treatment: what the decision rule says and why, beside what people decided.
with experiments as (
    select
        experiment_id,
        brand,
        experiment_name,
        experiment_type,
        owner,
        started_at,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
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

judgements as (
    select
        experiment_id,
        variant,
        count(*) filter (where role = 'success') as success_metrics,
        count(*) filter (where role = 'success' and is_predeclared) as predeclared,
        count(*) filter (
            where role = 'success' and is_predeclared and judgement = 'better'
        ) as won,
        min(
            case
                when role = 'success' and is_predeclared and judgement = 'better'
                    then metric_name
            end
        ) as won_metric,
        count(*) filter (where role = 'guardrail') as guardrails,
        count(*) filter (
            where role = 'guardrail' and judgement = 'no worse than its margin'
        ) as held,
        min(case when role = 'guardrail' and judgement = 'worse' then metric_name end)
            as harmed_metric
    from {{ ref('int_experiment_judgements') }}
    group by experiment_id, variant
),

decisions as (
    select
        experiment_id,
        decision,
        decided_by,
        reason,
        decided_at,
        row_number() over (
            partition by experiment_id order by decided_at desc
        ) as recency
    from {{ ref('stg_experiments__decisions') }}
),

-- The first rule that holds decides.
ruled as (
    select
        experiments.experiment_id,
        treatments.variant,
        experiments.brand,
        experiments.experiment_name,
        experiments.experiment_type,
        experiments.owner,
        coalesce(states.is_final, false) as is_final,
        case
            when faults.fault is not null or coalesce(states.declared, 0) = 0
                then 'invalid'
            when coalesce(judgements.success_metrics, 0) = 0 and states.is_final
                then 'invalid'
            when judgements.harmed_metric is not null then 'stop'
            when
                judgements.won > 0 and judgements.held = judgements.guardrails
                then 'ship'
            when not states.is_final then 'keep_running'
            else 'inconclusive'
        end as verdict,
        case
            when faults.fault is not null then faults.fault
            when coalesce(states.declared, 0) = 0 then 'it declares no success metric'
            when coalesce(judgements.success_metrics, 0) = 0 and states.is_final
                then 'no success metric has a result'
            when judgements.harmed_metric is not null
                then concat('the guardrail ', judgements.harmed_metric, ' got worse')
            when judgements.won > 0 and judgements.held = judgements.guardrails
                then
                    concat(
                        judgements.won_metric, ' got better and every guardrail held'
                    )
            when not states.is_started then 'it has not started'
            when not states.is_final and states.is_ended
                then 'the last units'' outcome days have not passed'
            when not states.is_final then 'it runs, and nothing is certain yet'
            when judgements.won > 0
                then
                    'a success metric got better, but a guardrail may have got worse'
            when judgements.predeclared = 0
                then 'no success metric was declared before the start'
            else 'no success metric got better'
        end as rule,
        decisions.decision,
        decisions.decided_by,
        decisions.reason as decision_reason,
        experiments.started_at,
        experiments.ended_at,
        decisions.decided_at
    from experiments
    left join treatments
        on experiments.experiment_id = treatments.experiment_id
    left join states
        on experiments.experiment_id = states.experiment_id
    left join faults
        on experiments.experiment_id = faults.experiment_id
    left join judgements
        on
            experiments.experiment_id = judgements.experiment_id
            and treatments.variant = judgements.variant
    left join decisions
        on
            experiments.experiment_id = decisions.experiment_id
            and decisions.recency = 1
)

select * from ruled
