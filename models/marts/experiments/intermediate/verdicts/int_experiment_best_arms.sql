with evidence as (
    select
        experiment_id,
        variant
    from {{ ref('int_experiment_evidence') }}
    where may_ship and fault is null and experiment_type = 'ab'
),

answers as (
    select
        experiment_id,
        variant,
        metric_name,
        direction
    from {{ ref('int_experiment_answers') }}
    where role = 'success' and is_predeclared and answer = 'better'
),

comparisons as (
    select
        experiment_id,
        variant,
        metric_name,
        treatment_value,
        treatment_value_variance
    from {{ ref('int_experiment_comparisons') }}
    where place_type = 'all' and problem is null
),

-- Arms are compared on the metric that most of them won.
metrics as (
    select
        answers.experiment_id,
        answers.metric_name,
        answers.direction,
        row_number() over (
            partition by answers.experiment_id
            order by count(*) desc, answers.metric_name
        ) as preference
    from evidence
    inner join answers
        on
            evidence.experiment_id = answers.experiment_id
            and evidence.variant = answers.variant
    group by answers.experiment_id, answers.metric_name, answers.direction
),

arms as (
    select
        evidence.experiment_id,
        evidence.variant,
        case when metrics.direction = 'up' then 1 else -1 end
        * comparisons.treatment_value as arm_value,
        sqrt(comparisons.treatment_value_variance) as standard_error
    from evidence
    inner join metrics
        on
            evidence.experiment_id = metrics.experiment_id
            and metrics.preference = 1
    inner join comparisons
        on
            evidence.experiment_id = comparisons.experiment_id
            and evidence.variant = comparisons.variant
            and metrics.metric_name = comparisons.metric_name
),

chances as (
    select
        arms.experiment_id,
        arms.variant,
        chance_of_best(
            arms.arm_value,
            arms.standard_error,
            list(rivals.arm_value order by rivals.variant),
            list(rivals.standard_error order by rivals.variant)
        ) as probability_best
    from arms
    inner join arms as rivals
        on
            arms.experiment_id = rivals.experiment_id
            and arms.variant <> rivals.variant
    group by arms.experiment_id, arms.variant, arms.arm_value, arms.standard_error
),

best_arms as (
    select
        experiment_id,
        variant,
        probability_best,
        first_value(variant) over ranks as best_variant,
        first_value(probability_best) over ranks as best_probability
    from chances
    window ranks as (
        partition by experiment_id order by probability_best desc, variant asc
    )
)

select * from best_arms
