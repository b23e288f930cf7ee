{%- set whole = 'cast(cast(round({0}) as bigint) as varchar)' -%}
{%- set numbers = {
    'table': 'judged.raw_table',
    'hours': whole.format('judged.hours_since'),
    'gap': whole.format('judged.usual_gap_hours'),
    'limit': whole.format('judged.late_after_hours'),
    'arrivals': 'cast(judged.arrival_count as varchar)',
    'needed': "'" ~ var('feed_least_arrivals') ~ "'",
} -%}

with judged as (
    select * from {{ ref('int_feed_verdicts') }}
),

row_counts as (
    select
        concat(source_system, '.', table_name) as raw_table,
        cast(sum(raw_row_count) as bigint) as row_count,
        cast(sum(rejected_count) as bigint) as rejected_count
    from {{ ref('raw_row_days') }}
    group by source_system, table_name
),

readers as (
    select * from {{ ref('int_feed_readers') }}
),

sentences as (
    select * from {{ ref('freshness_sentences') }}
),

described as (
    select
        judged.raw_table,
        judged.verdict,
        case when judged.verdict = 'unknown' then judged.cause end as unknown_reason,
        {%- for ending in ['', '_ko'] %}
        {{ with_numbers(
            'sentences.sentence' ~ ending, numbers
        ) }} as sentence{{ ending }},
        {%- endfor %}
        readers.model_names as affected_models,
        readers.metric_names as affected_metrics,
        readers.board_names as affected_boards,
        coalesce(readers.model_count, 0) as affected_model_count,
        coalesce(readers.metric_count, 0) as affected_metric_count,
        coalesce(readers.board_count, 0) as affected_board_count,
        coalesce(row_counts.row_count, 0) as row_count,
        coalesce(row_counts.rejected_count, 0) as rejected_count,
        judged.arrival_count,
        judged.last_row_count,
        judged.usual_hour,
        judged.usual_gap_hours,
        judged.late_after_hours,
        judged.hours_since,
        judged.last_arrived_at,
        {{ dbt.dateadd(
            'second',
            'cast(round(3600 * judged.late_after_hours) as bigint)',
            'judged.first_arrived_at',
        ) }} as due_at,
        judged.judged_at
    from judged
    left join sentences
        on judged.verdict = sentences.verdict and judged.cause = sentences.cause
    left join readers on judged.raw_table = readers.raw_table
    left join row_counts on judged.raw_table = row_counts.raw_table
)

select * from described
