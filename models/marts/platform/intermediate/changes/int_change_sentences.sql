{% set languages = {'sentence': '', 'sentence_ko': '_ko'} %}
with words as (
    select
        *,
        change_text in ('0.0', '0.00') as is_unchanged
    from {{ ref('int_change_words') }}
),

pieces as (
    select * from {{ ref('metric_change_sentences') }}
),

-- The pieces that every sentence may need, in one row.
shared as (
    select
        {% for piece in ('label_of_brand', 'different_length', 'not_final') %}
        {% for column in languages %}
        max(case when piece = '{{ piece }}' then {{ column }} end)
            as {{ piece }}_{{ column }},
        {% endfor %}
        {% endfor %}
        count(*) as pieces
    from pieces
),

chosen as (
    select
        words.*,
        {% for column in languages %}
        headlines.{{ column }} as headline_{{ column }},
        sizes.{{ column }} as size_{{ column }},
        befores.{{ column }} as before_{{ column }},
        endings.{{ column }} as ending_{{ column }},
        {% endfor %}
        concat(words.part_sign, words.part_text) as signed_part,
        concat(words.deeper_part_sign, words.deeper_part_text) as signed_deeper_part
    from words
    inner join pieces as headlines
        on
            headlines.piece = case
                when words.is_unchanged then 'unchanged'
                when words.change > 0 then 'rose'
                else 'fell'
            end
    inner join pieces as sizes on words.size_piece = sizes.piece
    inner join pieces as befores
        on befores.piece = concat(words.grain, '_', words.comparison)
    inner join pieces as endings
        on
            endings.piece = case
                when words.reason is not null then words.reason
                when words.is_unchanged or not words.has_name then 'not_named'
                when not words.stands_out then 'evenly'
                else concat(
                    case when words.is_against then 'against' else 'named' end,
                    case when words.deeper is not null then '_deeper' else '' end
                )
            end
),

headed as (
    select
        {% for column, language in languages.items() %}
        case
            when chosen.brand = 'all' then chosen.label{{ language }}
            else replace(replace(
                shared.label_of_brand_{{ column }},
                '{label}',
                chosen.label{{ language }}
            ), '{brand}', chosen.brand)
        end as name_{{ column }},
        case when chosen.has_other_length then replace(replace(
            shared.different_length_{{ column }}, '{days_after}', chosen.days_after
        ), '{days_before}', chosen.days_before) else '{change}' end
            as length_{{ column }},
        case when chosen.is_final then '{change}' else shared.not_final_{{ column }} end
            as final_{{ column }},
        {% endfor %}
        chosen.*
    from chosen
    cross join shared
),

changed as (
    select
        {% for column in languages %}
        replace(length_{{ column }}, '{change}', replace(
            final_{{ column }}, '{change}', {{ with_numbers('headline_' ~ column, {
                'label': 'name_' ~ column,
                'size': "replace(size_" ~ column ~ ", '{size}', change_text)",
                'before': 'before_' ~ column,
            }) }}
        )) as change_{{ column }},
        {% endfor %}
        headed.*
    from headed
),

said as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        {% for column, language in languages.items() %}
        {{ with_numbers('ending_' ~ column, {
            'label': 'name_' ~ column,
            'change': 'change_' ~ column,
            'segment': 'segment' ~ language,
            'part': 'signed_part',
            'deeper': 'deeper' ~ language,
            'deeper_part': 'signed_deeper_part',
        }) }} as {{ column }},
        {% endfor %}
        stands_out,
        period_start
    from changed
)

select * from said
