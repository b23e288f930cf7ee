with scores as (
    select * from {{ ref('int_challenger_scores') }}
),

grouped as (
    select
        model_name,
        cutoff_date,
        period,
        'all' as group_kind,
        'all' as group_name,
        label_weight,
        champion_score,
        challenger_score,
        is_fraud,
        is_flagged_by_champion
    from scores
    union all
    select
        model_name,
        cutoff_date,
        period,
        'country' as group_kind,
        country_code as group_name,
        label_weight,
        champion_score,
        challenger_score,
        is_fraud,
        is_flagged_by_champion
    from scores
),

flagged as (
    select
        model_name,
        cutoff_date,
        period,
        group_kind,
        group_name,
        count(case when is_fraud and is_flagged_by_champion then 1 end)
            as n_flagged_frauds,
        power({{ steady_sum('case when is_fraud then label_weight end', 12) }}, 2)
        / nullif(
            {{ steady_sum(
                'case when is_fraud then power(label_weight, 2) end', 12
            ) }},
            0
        ) as frauds_worth
    from grouped
    group by model_name, cutoff_date, period, group_kind, group_name
),

differences as (
    select * from {{ weighted_auc_difference(
        'grouped',
        'model_name, cutoff_date, period, group_kind, group_name',
        'challenger_score',
        'champion_score',
        'is_fraud',
        'label_weight'
    ) }}
),

-- Few frauds, or few of those that weigh most: an error of which nothing is known. It is
-- known as well as that of as many frauds as these are worth, by Kish.
gains as (
    select
        differences.model_name,
        differences.cutoff_date,
        differences.period,
        differences.group_kind,
        differences.group_name,
        differences.n_positive + differences.n_negative as n_judged,
        differences.n_positive as n_frauds,
        flagged.n_flagged_frauds,
        differences.other_auc as champion_auc,
        differences.auc as challenger_auc,
        differences.difference as gain,
        differences.n_positive >= {{ var('challenger_least_judged_frauds') }}
        and flagged.n_flagged_frauds >= {{ var('challenger_least_flagged_frauds') }}
        and coalesce(differences.difference_error > 0, false) as is_enough,
        differences.difference_error as gain_error,
        greatest(flagged.frauds_worth - 1, 1) as degrees
    from differences
    inner join flagged
        on
            differences.model_name = flagged.model_name
            and differences.cutoff_date = flagged.cutoff_date
            and differences.period = flagged.period
            and differences.group_kind = flagged.group_kind
            and differences.group_name = flagged.group_name
)

select * from gains
