{#- What a sentence may name, in three parts: linters read few nested calls. -#}
{%- set words = {} -%}
{%- for name in [
    'version', 'newer', 'retired', 'last', 'experiment', 'verdict', 'decision',
    'started', 'features', 'drift',
] -%}{%- do words.update({name: 'chosen.shown_' ~ name}) -%}{%- endfor -%}
{%- set counts = {} -%}
{%- for name in [
    'since', 'needed', 'dollars', 'revenue', 'revenue_low', 'revenue_high',
] -%}{%- do counts.update({name: 'chosen.shown_' ~ name}) -%}{%- endfor -%}
{%- set figures = {} -%}
{%- for name in [
    'then', 'then_low', 'then_high', 'now', 'now_low', 'now_high', 'lift', 'lift_low',
    'lift_high',
] -%}{%- do figures.update({name: 'chosen.shown_' ~ name}) -%}{%- endfor -%}

with shown as (
    select
        model_name,
        model_version,
        reason_code,
        proof_code,
        challenger_text,
        challenger_text_ko,
        shown_version,
        shown_newer,
        shown_retired,
        shown_last,
        shown_experiment,
        shown_verdict,
        shown_decision,
        shown_started,
        shown_features,
        shown_drift,
        shown_since,
        shown_needed,
        shown_then,
        shown_then_low,
        shown_then_high,
        shown_now,
        shown_now_low,
        shown_now_high,
        shown_lift,
        shown_lift_low,
        shown_lift_high,
        shown_revenue,
        shown_revenue_low,
        shown_revenue_high,
        shown_dollars
    from {{ ref('int_model_shown') }}
),

sentences as (
    select * from {{ ref('model_sentences') }}
    where subject = 'cycle'
),

chosen as (
    select
        shown.*,
        sentences.next_step,
        case
            when sentences.next_step in ('retrain', 'collect labels')
                then shown.challenger_text
        end as challenger_reason,
        case
            when sentences.next_step in ('retrain', 'collect labels')
                then shown.challenger_text_ko
        end as challenger_reason_ko,
        concat_ws(' ', sentences.sentence, proof.sentence) as text,
        concat_ws(' ', sentences.sentence_ko, proof.sentence_ko) as text_ko
    from shown
    left join sentences
        on shown.reason_code = sentences.reason_code
    left join sentences as proof
        on shown.proof_code = proof.reason_code
),

worded as (
    select
        chosen.model_name,
        chosen.model_version,
        {{ with_numbers('chosen.text', words) }} as text,
        {{ with_numbers('chosen.text_ko', words) }} as text_ko
    from chosen
),

counted as (
    select
        chosen.model_name,
        chosen.model_version,
        {{ with_numbers('worded.text', counts) }} as text,
        {{ with_numbers('worded.text_ko', counts) }} as text_ko
    from chosen
    inner join worded using (model_name, model_version)
),

-- What a challenger would bring is a sentence of its own.
said as (
    select
        chosen.model_name,
        chosen.model_version,
        chosen.reason_code,
        chosen.next_step,
        concat_ws(
            ' ',
            {{ with_numbers('counted.text', figures) }},
            chosen.challenger_reason
        ) as reason,
        concat_ws(
            ' ',
            {{ with_numbers('counted.text_ko', figures) }},
            chosen.challenger_reason_ko
        ) as reason_ko
    from chosen
    inner join counted using (model_name, model_version)
)

select * from said
