with cutoffs as (
    select
        model_name,
        champion_version,
        cutoff_date,
        is_final,
        is_deciding,
        learn_from_at,
        learn_to_at,
        judge_to_at,
        drift_at
    from {{ ref('int_challenger_cutoffs') }}
),

samples as (
    select
        model_name,
        cutoff_date,
        count(*) as n_learnt,
        count(case when is_fraud then 1 end) as n_learnt_frauds,
        count(case when is_fraud and is_since_drift then 1 end)
            as n_learnt_frauds_since_drift
    from {{ ref('int_challenger_samples') }}
    group by model_name, cutoff_date
),

gains as (
    select * from {{ ref('int_challenger_gains') }}
),

learnt as (
    select distinct
        model_name,
        cutoff_date
    from {{ ref('challenger_weights') }}
),

groups as (
    select
        model_name,
        cutoff_date,
        'all' as group_kind,
        'all' as group_name
    from cutoffs
    union
    select
        model_name,
        cutoff_date,
        group_kind,
        group_name
    from gains
    where period = 'later'
),

joined as (
    select
        groups.group_kind,
        groups.group_name,
        cutoffs.*,
        coalesce(samples.n_learnt, 0) as n_learnt,
        coalesce(samples.n_learnt_frauds, 0) as n_learnt_frauds,
        coalesce(samples.n_learnt_frauds_since_drift, 0) as n_learnt_frauds_since_drift,
        learnt.model_name is not null as has_weights,
        coalesce(later.n_judged, 0) as n_judged,
        coalesce(later.n_frauds, 0) as n_judged_frauds,
        coalesce(later.is_enough, false) as is_enough,
        later.champion_auc,
        later.challenger_auc,
        later.gain,
        case
            when later.is_enough and cutoffs.is_final then later.gain_error
        end as gain_error,
        later.degrees,
        coalesce(earlier.n_frauds, 0) as n_judged_frauds_before,
        case when earlier.is_enough then earlier.gain end as gain_before,
        case when earlier.is_enough then earlier.gain_error end as gain_error_before,
        least(later.degrees, earlier.degrees) as degrees_of_both
    from groups
    inner join cutoffs using (model_name, cutoff_date)
    left join samples using (model_name, cutoff_date)
    left join learnt
        on
            cutoffs.model_name = learnt.model_name
            and cutoffs.cutoff_date = learnt.cutoff_date
    left join gains as later
        on
            groups.model_name = later.model_name
            and groups.cutoff_date = later.cutoff_date
            and groups.group_kind = later.group_kind
            and groups.group_name = later.group_name
            and later.period = 'later'
    left join gains as earlier
        on
            groups.model_name = earlier.model_name
            and groups.cutoff_date = earlier.cutoff_date
            and groups.group_kind = earlier.group_kind
            and groups.group_name = earlier.group_name
            and earlier.period = 'before'
)

select * from joined
