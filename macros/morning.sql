{# A line of the morning report that counts rows: how many there are, the five names that most of them have, and the
   select that returns them. `{as_of}` in `where` is the day of the report. Where rows are persons, `columns` and `by` say
   what the evidence shows instead of them. None, where there is no such row. #}
{% macro morning_line(line, reads, name, where='true', name_ko=none, columns='*', by=none) %}
    select
        '{{ line }}' as line_name,
        '' as subject,
        cast(null as date) as day,
        cast(max(named.of_all) as bigint) as n,
        {% for column in ('name', 'name_ko') %}
        concat(
            {{ dbt.listagg(
                'concat(named.' ~ column ~ ", case when named.of_name > 1 then concat(' ', named.of_name) else '' end)",
                "'; '",
                'order by named.place',
            ) }},
            case when max(named.names) > 5 then '; …' else '' end
        ) as text{{ '_ko' if column == 'name_ko' }},
        {% endfor %}
        {{ morning_evidence(reads, where, columns, by, 'max(named.as_of_date)') }} as evidence
    from (
        select
            *,
            row_number() over (order by of_name desc, name) as place,
            sum(of_name) over () as of_all,
            count(*) over () as names
        from (
            select
                {{ name }} as name,
                {{ name_ko or name }} as name_ko,
                run.as_of_date,
                count(*) as of_name
            from {{ reads }}
            cross join {{ as_of() }} as run
            where {{ where | replace('{as_of}', 'run.as_of_date') }}
            group by {{ name }}, {{ name_ko or name }}, run.as_of_date
        ) as counted
    ) as named
    where named.place <= 5
    having count(*) > 0
{% endmacro %}


{# Lines of the morning report that a table has a sentence for, one a row, at most `most`; `key` is the column by which
   the evidence finds the row again. #}
{% macro morning_sentence_lines(line, reads, where, key, order_by, day='null', most=5) %}
    select
        '{{ line }}' as line_name,
        found.subject,
        found.day,
        cast(null as bigint) as n,
        found.sentence as text,
        found.sentence_ko as text_ko,
        concat(
            {{ morning_evidence(reads, where, '*', none, 'found.as_of_date') }},
            ' and {{ key }} = ''', replace(found.subject, '''', ''''''), ''''
        ) as evidence
    from (
        select
            {{ key }} as subject,
            cast({{ day }} as date) as day,
            sentence,
            sentence_ko,
            row_number() over (order by {{ order_by }}) as place,
            run.as_of_date
        from {{ reads }}
        cross join {{ as_of() }} as run
        where {{ where | replace('{as_of}', 'run.as_of_date') }}
    ) as found
    where found.place <= {{ most }}
{% endmacro %}


{# The select, as text in SQL, that returns what a line speaks of. #}
{% macro morning_evidence(reads, where, columns, by, day) %}
    {%- set text = 'select ' ~ columns ~ ' from ' ~ reads.schema ~ '.' ~ reads.identifier
        ~ (' where ' ~ where if where != 'true' else '') ~ (' group by ' ~ by if by else '') -%}
    replace(
        {{ quoted(text.split() | join(' ')) }}, '{as_of}', concat('date ''', cast({{ day }} as varchar), '''')
    )
{% endmacro %}
