with totals as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        value_before,
        change,
        cast(days_before as varchar) as days_before,
        cast(days_after as varchar) as days_after,
        reason,
        is_final,
        not is_ratio
        and days_before <> days_after
        and coalesce(reason, '') <> 'not_split' as has_other_length,
        period_start
    from {{ ref('int_change_totals') }}
),

definitions as (
    select * from {{ ref('metric_definitions') }}
),

names as (
    select * from {{ ref('int_change_names') }}
),

dimensions as (
    select * from {{ ref('metric_dimensions') }}
),

segments as (
    select
        substr(piece, 9) as segment,
        sentence,
        sentence_ko
    from {{ ref('metric_change_sentences') }}
    where piece like 'segment_%'
),

-- In points of a share, else in percent of what was before, where that is enough to divide by.
measured as (
    select
        totals.*,
        definitions.label,
        definitions.label_ko,
        case
            when definitions.unit = 'share' then 'points'
            when
                totals.value_before > 0
                and abs(totals.change) < 1e4 * totals.value_before
                then 'percent'
            else 'amount'
        end as size_piece
    from totals
    inner join definitions on totals.metric_name = definitions.metric_name
),

named as (
    select
        measured.*,
        {% for language in ('', '_ko') %}
        concat_ws(' ', names.segment_brand, replace(
            near.segment_words{{ language }},
            '{segment}',
            coalesce(one.sentence{{ language }}, names.segment)
        )) as segment{{ language }},
        replace(
            far.segment_words{{ language }},
            '{segment}',
            coalesce(two.sentence{{ language }}, names.deeper_segment)
        ) as deeper{{ language }},
        {% endfor %}
        names.part,
        names.deeper_part,
        case measured.size_piece
            when 'points' then 100
            when 'percent' then 100 / measured.value_before
            else 1
        end as factor,
        coalesce(names.stands_out, false) as stands_out,
        coalesce(names.is_against, false) as is_against
    from measured
    left join names
        on
            measured.metric_name = names.metric_name
            and measured.grain = names.grain
            and measured.brand = names.brand
            and measured.comparison = names.comparison
            and measured.period_start = names.period_start
    left join dimensions as near on names.dimension = near.dimension
    left join dimensions as far on names.deeper_dimension = far.dimension
    left join segments as one on names.segment = one.segment
    left join segments as two on names.deeper_segment = two.segment
),

written as (
    select
        *,
        {% for name in ('change', 'part', 'deeper_part') %}
        case when {{ name }} < 0 then '−' else '+' end as {{ name }}_sign,
        case
            when size_piece = 'percent'
                then cast(cast(
                    least(abs({{ name }} * factor), 1e15) as decimal(18, 1)
                ) as varchar)
            else
                cast(cast(
                    least(abs({{ name }} * factor), 1e15) as decimal(18, 2)
                ) as varchar)
        end as {{ name }}_text,
        {% endfor %}
        reason is null and segment <> '' as has_name
    from named
)

select * from written
