with cutoffs as (
    select
        model_name,
        champion_version,
        cutoff_date,
        cutoff_at,
        judge_to_at,
        before_from_at,
        before_to_at
    from {{ ref('int_challenger_cutoffs') }}
),

payments as (
    select * from {{ ref('int_training_payments') }}
    where is_mature
),

terms as (
    select * from {{ ref('int_training_terms') }}
),

weights as (
    select * from {{ ref('challenger_weights') }}
),

intercepts as (
    select
        model_name,
        cutoff_date,
        weight as intercept,
        threshold
    from weights
    where term = 'intercept'
),

-- In the order of the numbers; what was not learnt from counts for nothing.
weight_lists as (
    select
        intercepts.model_name,
        intercepts.cutoff_date,
        any_value(intercepts.intercept) as intercept,
        any_value(intercepts.threshold) as threshold,
        list(coalesce(weights.weight, 0) order by terms.place) as weights,
        list(
            coalesce(weights.weight * weights.mean + weights.weight_when_missing, 0)
            order by terms.place
        ) as missing_weights,
        list(coalesce(weights.lowest, 0) order by terms.place) as lowest,
        list(coalesce(weights.highest, 0) order by terms.place) as highest
    from intercepts
    inner join terms
        on intercepts.model_name = terms.model_name
    left join weights
        on
            intercepts.model_name = weights.model_name
            and intercepts.cutoff_date = weights.cutoff_date
            and terms.term = weights.term
    group by intercepts.model_name, intercepts.cutoff_date
),

judged as (
    select
        payments.model_name,
        cutoffs.cutoff_date,
        payments.payment_id,
        case
            when payments.attempted_at >= cutoffs.cutoff_at then 'later' else 'before'
        end as period,
        payments.brand,
        payments.country_code,
        payments.label_weight,
        payments.score as champion_score,
        payments.is_flagged as is_flagged_by_champion,
        payments.is_fraud,
        weight_lists.threshold,
        weight_lists.intercept + {{ weighted_total(
            'payments.numbers',
            'weight_lists.weights',
            'weight_lists.missing_weights',
            'weight_lists.lowest',
            'weight_lists.highest'
        ) }} as log_odds
    from payments
    inner join cutoffs
        on
            payments.model_name = cutoffs.model_name
            and payments.model_version = cutoffs.champion_version
            and (
                (
                    payments.attempted_at >= cutoffs.cutoff_at
                    and payments.attempted_at < cutoffs.judge_to_at
                )
                or (
                    payments.attempted_at >= cutoffs.before_from_at
                    and payments.attempted_at < cutoffs.before_to_at
                )
            )
    inner join weight_lists
        on
            cutoffs.model_name = weight_lists.model_name
            and cutoffs.cutoff_date = weight_lists.cutoff_date
),

scored as (
    select
        *,
        1 / (1 + exp(-log_odds)) as challenger_score,
        1 / (1 + exp(-log_odds)) >= threshold as is_flagged_by_challenger
    from judged
)

select * from scored
