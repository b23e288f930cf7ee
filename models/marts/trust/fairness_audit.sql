with verdicts as (
    select * from {{ ref('int_fairness_verdicts') }}
),

sentences as (
    select * from {{ ref('int_fairness_sentences') }}
),

what_ifs as (
    select * from {{ ref('int_fairness_what_ifs') }}
),

joined as (
    select
        verdicts.*,
        sentences.sentence,
        sentences.sentence_ko,
        sentences.is_judged,
        what_ifs.threshold as what_if_threshold,
        what_ifs.false_positive_rate as what_if_rate,
        what_ifs.cost as what_if_cost,
        what_ifs.cost_low as what_if_cost_low,
        what_ifs.cost_high as what_if_cost_high
    from verdicts
    inner join sentences
        on
            {{ same_group(
                'verdicts', 'sentences', ['window_kind', 'window_start', 'measure']
            ) }}
    left join what_ifs
        on
            {{ same_group('verdicts', 'what_ifs') }}
            and verdicts.measure = 'false_positive_rate'
            and verdicts.window_kind = 'all'
),

audit as (
    select
        model_name,
        model_version,
        case
            when window_kind = 'all' then 'all'
            else concat(
                cast(extract(year from window_start) as varchar),
                case when extract(month from window_start) < 7 then ' H1' else ' H2' end
            )
        end as window_name,
        group_kind,
        group_name,
        measure,
        reference_group,
        case
            when is_judged and outcome = 'alone' then 'insufficient_evidence'
            when is_judged then ratio_verdict
        end as verdict,
        ratio_verdict,
        sentence,
        sentence_ko,
        n_mature,
        n_labelled,
        n_confirmed,
        n_evidence,
        cases_needed,
        cases_missing,
        estimate,
        low as estimate_low,
        high as estimate_high,
        reference_value as reference_estimate,
        ratio,
        ratio_low,
        ratio_high,
        p_value,
        p_value_adjusted,
        smallest_ratio_shown,
        what_if_threshold,
        what_if_rate,
        what_if_cost,
        what_if_cost_low,
        what_if_cost_high,
        is_judged,
        is_reference,
        is_final,
        window_start,
        window_end
    from joined
)

select * from audit
