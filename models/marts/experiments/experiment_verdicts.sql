with experiments as (
    select * from {{ ref('stg_experiments__experiments') }}
),

evidence as (
    select * from {{ ref('int_experiment_evidence') }}
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
        *,
        case
            when fault is not null or declared = 0 then 'invalid'
            when measured = 0 and is_final then 'invalid'
            when harmed_metric is not null then 'stop'
            when won > 0 and guardrails_held then 'ship'
            when not is_final then 'keep_running'
            else 'inconclusive'
        end as verdict,
        case
            when fault is not null then fault
            when declared = 0 then 'it declares no success metric'
            when measured = 0 and is_final then 'no success metric has a result'
            when harmed_metric is not null
                then concat('the guardrail ', harmed_metric, ' got worse')
            when won > 0 and guardrails_held
                then concat(won_metric, ' got better and every guardrail held')
            when not is_started then 'it has not started'
            when not is_final and is_ended
                then 'the last units'' outcome days have not passed'
            when not is_final then 'it runs, and nothing is certain yet'
            when won > 0
                then 'a success metric got better, but a guardrail may have got worse'
            when predeclared = 0
                then 'no success metric was declared before the start'
            else 'no success metric got better'
        end as rule
    from evidence
),

verdicts as (
    select
        experiments.experiment_id,
        ruled.variant,
        experiments.brand,
        experiments.experiment_name,
        experiments.experiment_type,
        experiments.owner,
        ruled.is_final,
        ruled.verdict,
        ruled.rule,
        decisions.decision,
        decisions.decided_by,
        decisions.reason as decision_reason,
        experiments.started_at,
        experiments.ended_at,
        decisions.decided_at
    from experiments
    inner join ruled
        on experiments.experiment_id = ruled.experiment_id
    left join decisions
        on
            experiments.experiment_id = decisions.experiment_id
            and decisions.recency = 1
)

select * from verdicts
