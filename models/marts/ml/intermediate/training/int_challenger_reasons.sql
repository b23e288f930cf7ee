{#- What a sentence may name, in two parts: linters read few nested calls. -#}
{%- set words = {
    'model': 'pairs.model_name',
    'champion': 'pairs.champion_version',
    'cutoff': 'cast(pairs.cutoff_date as varchar)',
    'frauds': 'cast(pairs.n_learnt_frauds as varchar)',
    'since': 'cast(pairs.n_learnt_frauds_since_drift as varchar)',
    'judged': 'cast(pairs.n_judged_frauds as varchar)',
    'until': 'cast(cast(pairs.judge_to_at as date) as varchar)',
    'drift': 'cast(cast(pairs.drift_at as date) as varchar)',
    'needed': quoted(var('challenger_least_frauds') | string),
    'needed_judged': quoted(var('challenger_least_judged_frauds') | string),
    'needed_flagged': quoted(var('challenger_least_flagged_frauds') | string),
} -%}
{%- set figures = {
    'gain': in_percent('worded.gain'),
    'low': in_percent('worded.gain_low'),
    'high': in_percent('worded.gain_high'),
    'more': in_percent('worded.gain_since_drift'),
    'more_low': in_percent('worded.gain_since_drift_low'),
    'more_high': in_percent('worded.gain_since_drift_high'),
    'brand': 'worded.test_brand',
    'units': 'cast(worded.test_units_per_arm as varchar)',
    'days': 'cast(worded.test_days as varchar)',
    'effect': in_percent(var('challenger_test_effect')),
    'metric': quoted(var('challenger_test_metric')),
} -%}

with pairs as (
    select * from {{ ref('int_challenger_pairs') }}
),

verdicts as (
    select * from {{ ref('int_challenger_verdicts') }}
),

tests as (
    select * from {{ ref('int_challenger_tests') }}
),

sentences as (
    select * from {{ ref('model_sentences') }}
    where subject = 'challenger'
),

-- Where the challenger is better, the test to run is a sentence of its own.
worded as (
    select
        pairs.model_name,
        pairs.cutoff_date,
        pairs.group_kind,
        pairs.group_name,
        pairs.gain,
        verdicts.gain_low,
        verdicts.gain_high,
        verdicts.gain_since_drift,
        verdicts.gain_since_drift_low,
        verdicts.gain_since_drift_high,
        {%- for language in ['', '_ko'] %}
        concat_ws(
            ' ',
            {{ with_numbers('sentences.sentence' ~ language, words) }},
            {{ with_numbers('advice.sentence' ~ language, words) }}
        ) as text{{ language }},
        {%- endfor %}
        tests.brand as test_brand,
        tests.units_per_arm as test_units_per_arm,
        tests.days_until_result as test_days
    from pairs
    inner join verdicts using (model_name, cutoff_date, group_kind, group_name)
    left join tests
        on
            pairs.model_name = tests.model_name
            and pairs.cutoff_date = tests.cutoff_date
            and pairs.group_kind = 'all'
    left join sentences
        on verdicts.reason_code = sentences.reason_code
    left join sentences as advice
        on
            verdicts.verdict = 'challenger_better'
            and pairs.group_kind = 'all'
            and advice.reason_code = case
                when tests.units_per_arm is null then 'run_test_unsized'
                else 'run_test'
            end
),

said as (
    select
        worded.model_name,
        worded.cutoff_date,
        worded.group_kind,
        worded.group_name,
        {{ with_numbers('worded.text', figures) }} as reason,
        {{ with_numbers('worded.text_ko', figures) }} as reason_ko,
        worded.test_brand,
        worded.test_units_per_arm,
        worded.test_days
    from worded
)

select * from said
