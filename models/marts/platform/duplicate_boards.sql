{%- set numbers = {
    'name': 'judged.board_name',
    'other': 'judged.other_board_name',
    'sources': in_percent('judged.source_overlap'),
    'metrics': in_percent('judged.metric_overlap'),
} -%}

with pairs as (
    select
        board_id,
        other_board_id,
        board_name,
        other_board_name,
        team,
        other_team,
        has_same_name,
        source_overlap,
        metric_overlap
    from {{ ref('int_board_pairs') }}
),

-- Which metrics a board of another tool shows is seldom delivered: then its sources alone are no verdict.
judged as (
    select
        *,
        case
            when
                source_overlap = 1
                and metric_overlap >= {{ var('duplicate_board_overlap') }}
                then 'same_content'
            when has_same_name then 'same_name'
            when source_overlap = 1 and metric_overlap is null then 'same_sources'
        end as reason_code
    from pairs
),

sentences as (
    select
        reason_code,
        verdict,
        sentence,
        sentence_ko
    from {{ ref('cost_sentences') }}
    where subject = 'duplicate'
),

told as (
    select
        judged.board_id,
        judged.other_board_id,
        judged.board_name,
        judged.other_board_name,
        judged.team,
        judged.other_team,
        sentences.verdict,
        judged.reason_code,
        {{ with_numbers('sentences.sentence', numbers) }} as sentence,
        {{ with_numbers('sentences.sentence_ko', numbers) }} as sentence_ko,
        judged.source_overlap,
        judged.metric_overlap,
        judged.has_same_name
    from judged
    left join sentences
        on judged.reason_code = sentences.reason_code
    where judged.reason_code is not null
)

select * from told
