{%- set percent = "case when {0} < 99999"
    ~ " then cast(cast(100 * {0} as decimal(9, 1)) as varchar) end" -%}
{%- set times = "case when {0} < 10000"
    ~ " then cast(cast({0} as decimal(9, 2)) as varchar) when {0} >= 10000"
    ~ " then '> 10000' end" -%}
{%- set numbers = {
    'group': 'verdicts.group_name',
    'reference': 'verdicts.reference_group',
    'value': percent.format('verdicts.estimate'),
    'reference_value': percent.format('verdicts.reference_value'),
    'ratio': times.format('verdicts.ratio'),
    'low': times.format('verdicts.ratio_low'),
    'high': times.format('verdicts.ratio_high'),
    'fraud': percent.format('frauds.estimate'),
    'reference_fraud': percent.format('frauds.reference_value'),
    'cases': 'cast(verdicts.n_evidence as varchar)',
    'needed': 'cast(verdicts.cases_needed as varchar)',
    'detectable': times.format('verdicts.smallest_ratio_shown'),
} -%}

with verdicts as (
    select * from {{ ref('int_fairness_verdicts') }}
),

frauds as (
    select * from verdicts
    where measure = 'fraud_rate'
),

measures as (
    select * from {{ ref('fairness_measures') }}
),

sentences as (
    select * from {{ ref('fairness_sentences') }}
),

worded as (
    select
        verdicts.model_name,
        verdicts.model_version,
        verdicts.window_kind,
        verdicts.group_kind,
        verdicts.group_name,
        verdicts.measure,
        {%- for ending in ['', '_ko'] %}
        {{ with_numbers(
            'coalesce(hopeless.sentence' ~ ending ~ ', sentences.sentence' ~ ending
            ~ ', others.sentence' ~ ending ~ ')',
            dict(numbers, measure='measures.label' ~ ending)
        ) }} as sentence{{ ending }},
        {%- endfor %}
        measures.is_judged,
        verdicts.window_start
    from verdicts
    inner join measures on verdicts.measure = measures.measure
    inner join frauds
        on {{ same_group('verdicts', 'frauds', ['window_kind', 'window_start']) }}
    left join sentences
        on
            verdicts.measure = sentences.measure
            and verdicts.outcome = sentences.outcome
    -- No ratio at all would have shown.
    left join sentences as hopeless
        on
            verdicts.measure = hopeless.measure
            and concat(verdicts.outcome, '_hopeless') = hopeless.outcome
            and verdicts.smallest_ratio_shown is null
    left join sentences as others
        on others.measure = 'any' and verdicts.outcome = others.outcome
)

select * from worded
