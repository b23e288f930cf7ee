with experiments as (
    select * from {{ ref('stg_experiments__experiments') }}
),

evidence as (
    select * from {{ ref('int_experiment_evidence') }}
),

best_arms as (
    select * from {{ ref('int_experiment_best_arms') }}
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
            when experiment_type = 'aa' and different_finding is not null then 'invalid'
            when experiment_type <> 'ab' and not is_final then 'keep_running'
            when experiment_type <> 'ab' and answered > 0 then 'sound'
            when won > 0 and lost > 0 then 'trade_off'
            when lost > 0 then 'stop'
            when may_ship then 'ship'
            when not is_final then 'keep_running'
            else 'inconclusive'
        end as verdict
    from evidence
),

explained as (
    select
        *,
        case
            when fault is not null then fault
            when declared = 0 then 'it declares no success metric'
            when verdict = 'invalid' and measured = 0
                then 'no success metric has a result'
            when verdict = 'invalid'
                then
                    concat(
                        'the pipeline is not sound: arms that are the same differ, ',
                        different_finding, ' (by chance 1 in 20 sound tests does so)'
                    )
            when verdict = 'sound'
                then concat('the pipeline is sound; between arms: ', success_finding)
            when verdict = 'trade_off'
                then concat(won_finding, ' got better, ', lost_finding, ' got worse')
            when verdict = 'stop' then concat(lost_finding, ' got worse')
            when verdict = 'ship'
                then concat(won_finding, ' got better and every guardrail held')
            when not is_started then 'it has not started'
            when verdict = 'keep_running' and is_ended
                then 'the last units'' outcome days have not passed'
            when won > 0 and open_guardrail is not null
                then concat(won_finding, ' got better, but ', open_guardrail)
            when verdict = 'keep_running' then 'it runs, and nothing is certain yet'
            when predeclared = 0
                then 'no success metric was declared before the start'
            when problem is not null then concat('too little evidence: ', problem)
            else 'no success metric got better'
        end as rule
    from ruled
),

verdicts as (
    select
        experiments.experiment_id,
        explained.variant,
        experiments.brand,
        experiments.experiment_name,
        experiments.experiment_type,
        experiments.owner,
        explained.is_final,
        explained.verdict,
        case
            when explained.verdict = 'ship' and best_arms.best_variant is not null
                then
                    concat(
                        explained.rule, '; of the arms that may ship ',
                        best_arms.best_variant, ' is most probably best (',
                        {{ in_percent('best_arms.best_probability') }}, ' %)'
                    )
            else explained.rule
        end as rule,
        best_arms.probability_best,
        decisions.decision,
        decisions.decided_by,
        decisions.reason as decision_reason,
        experiments.started_at,
        experiments.ended_at,
        decisions.decided_at
    from experiments
    inner join explained
        on experiments.experiment_id = explained.experiment_id
    left join best_arms
        on
            explained.experiment_id = best_arms.experiment_id
            and explained.variant = best_arms.variant
    left join decisions
        on
            experiments.experiment_id = decisions.experiment_id
            and decisions.recency = 1
)

select * from verdicts
