with pairs as (
    select * from {{ ref('int_challenger_pairs') }}
),

verdicts as (
    select * from {{ ref('int_challenger_verdicts') }}
),

reasons as (
    select * from {{ ref('int_challenger_reasons') }}
),

of_champions as (
    select * from {{ ref('int_challenger_fairness') }}
    where score_name = 'champion'
),

of_challengers as (
    select * from {{ ref('int_challenger_fairness') }}
    where score_name = 'challenger'
),

quality as (
    select
        pairs.model_name,
        pairs.champion_version,
        pairs.cutoff_date,
        pairs.group_kind,
        pairs.group_name,
        verdicts.verdict,
        verdicts.reason_code,
        reasons.reason,
        reasons.reason_ko,
        pairs.n_learnt,
        pairs.n_learnt_frauds,
        pairs.n_learnt_frauds_since_drift,
        pairs.n_judged,
        pairs.n_judged_frauds,
        pairs.champion_auc,
        pairs.challenger_auc,
        pairs.gain as auc_gain,
        verdicts.gain_low as auc_gain_low,
        verdicts.gain_high as auc_gain_high,
        verdicts.adjusted_p_value,
        pairs.n_judged_frauds_before,
        pairs.gain_before as auc_gain_before,
        verdicts.gain_since_drift as auc_gain_since_drift,
        verdicts.gain_since_drift_low as auc_gain_since_drift_low,
        verdicts.gain_since_drift_high as auc_gain_since_drift_high,
        of_champions.stopped_rate as champion_false_positive_rate,
        of_champions.rate_ratio as champion_rate_ratio,
        of_champions.ratio_low as champion_rate_ratio_low,
        of_champions.ratio_high as champion_rate_ratio_high,
        of_champions.verdict as champion_fairness,
        of_challengers.stopped_rate as challenger_false_positive_rate,
        of_challengers.rate_ratio as challenger_rate_ratio,
        of_challengers.ratio_low as challenger_rate_ratio_low,
        of_challengers.ratio_high as challenger_rate_ratio_high,
        of_challengers.verdict as challenger_fairness,
        reasons.test_brand,
        reasons.test_units_per_arm,
        reasons.test_days,
        pairs.is_deciding,
        pairs.is_final,
        pairs.learn_from_at,
        pairs.learn_to_at,
        pairs.judge_to_at,
        pairs.drift_at
    from pairs
    inner join verdicts using (model_name, cutoff_date, group_kind, group_name)
    inner join reasons using (model_name, cutoff_date, group_kind, group_name)
    left join of_champions
        on
            pairs.model_name = of_champions.model_name
            and pairs.cutoff_date = of_champions.cutoff_date
            and pairs.group_name = of_champions.country_code
            and pairs.group_kind = 'country'
    left join of_challengers
        on
            pairs.model_name = of_challengers.model_name
            and pairs.cutoff_date = of_challengers.cutoff_date
            and pairs.group_name = of_challengers.country_code
            and pairs.group_kind = 'country'
)

select * from quality
