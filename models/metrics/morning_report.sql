{%- set areas = ['core', 'experiments', 'lifecycle', 'care', 'trust', 'platform'] %}
{%- set parts = parts_of_areas(areas, '_morning_lines') + [ref('int_morning_lines')] %}
with lines as (
    {% for part in parts %}
    select * from {{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sentences as (
    select * from {{ ref('morning_sentences') }}
),

run as (
    select as_of_date from {{ as_of() }}
),

report as (
    select
        run.as_of_date as report_date,
        sentences.section,
        lines.line_name,
        lines.subject,
        cast(
            row_number() over (
                partition by sentences.section
                order by sentences.position, lines.subject
            ) as bigint
        ) as place,
        sentences.severity,
        {% for ending in ['', '_ko'] %}
        {{ with_numbers('sentences.sentence' ~ ending, {
            'n': 'cast(lines.n as varchar)',
            'day': 'cast(lines.day as varchar)',
            'text': 'lines.text' ~ ending,
        }) }} as sentence{{ ending }},
        {% endfor %}
        lines.n,
        lines.evidence
    from lines
    inner join sentences on lines.line_name = sentences.line_name
    cross join run
)

select * from report
