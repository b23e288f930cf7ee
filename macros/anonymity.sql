{# The cells of two-way tables, and which of them may be shown. A small cell is hidden with three others, the corners of a
   rectangle: along it people can be moved without changing a total, so that who knows every total, too, is left with a
   range at least `smallest` wide. Where a small cell has no such rectangle, nothing of its table is shown. #}
{% macro hidden_cells(cells, tables, row, column, people, smallest) -%}
    {%- set place = tables + [row, column] -%}
    with counted as (
        select
            {{ place | join(', ') }},
            {{ people }} as n,
            {{ people }} < {{ smallest }} as is_small,
            ln(1.0 + {{ people }})
            / (
                1
                + count(case when {{ people }} < {{ smallest }} then 1 end) over (partition by {{ (tables + [row]) | join(', ') }})
                + count(case when {{ people }} < {{ smallest }} then 1 end) over (partition by {{ (tables + [column]) | join(', ') }})
            ) as price
        from {{ cells }}
        where {{ people }} > 0
    ),

    rectangles as (
        select
            {%- for name in tables %}
            small.{{ name }},
            {%- endfor %}
            small.{{ row }} as small_row,
            small.{{ column }} as small_column,
            corner.{{ row }} as other_row,
            corner.{{ column }} as other_column,
            row_number() over (
                partition by {{ prefixed(tables + [row, column], 'small') }}
                order by
                    case when beside.is_small then 0 else beside.price end
                    + case when below.is_small then 0 else below.price end
                    + case when corner.is_small then 0 else corner.price end,
                    corner.{{ row }},
                    corner.{{ column }}
            ) as place
        from counted as small
        inner join counted as beside
            on
                {{ same(tables + [row], 'small', 'beside') }}
                and small.{{ column }} <> beside.{{ column }}
        inner join counted as corner
            on
                {{ same(tables + [column], 'beside', 'corner') }}
                and small.{{ row }} <> corner.{{ row }}
        inner join counted as below
            on
                {{ same(tables + [row], 'corner', 'below') }}
                and small.{{ column }} = below.{{ column }}
        where
            small.is_small
            and least(beside.n, below.n) + least(small.n, corner.n) >= {{ smallest }}
    ),

    hidden as (
        select distinct {{ place | join(', ') }}
        from (
            {%- for at_row, at_column in [('small_row', 'small_column'), ('small_row', 'other_column'), ('other_row', 'small_column'), ('other_row', 'other_column')] %}
            select {{ (tables + [at_row ~ ' as ' ~ row, at_column ~ ' as ' ~ column]) | join(', ') }}
            from rectangles
            where place = 1
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as corners
    ),

    marked as (
        select
            counted.*,
            hidden.{{ row }} is not null as is_hidden,
            max(case when counted.is_small and hidden.{{ row }} is null then 1 else 0 end)
                over ({{ 'partition by ' ~ prefixed(tables, 'counted') if tables }}) = 1 as is_withheld
        from counted
        left join hidden
            on {{ same(place, 'counted', 'hidden') }}
    )

    select
        {{ place | join(', ') }},
        n,
        is_small,
        not (is_hidden or is_withheld) as is_shown
    from marked
{%- endmacro %}


{# A count of people as it is given to anybody: with noise where epsilon is above 0. #}
{% macro given_away(people, table, cell, epsilon, smallest, cells_of_a_person=1) -%}
    {%- if epsilon | float > 0 -%}
    greatest(
        {{ smallest }},
        cast(round({{ people }} + laplace_noise(
            concat_ws(
                '|',
                '{{ table }}',
                {{ cell | join(', ') }},
                sum(cast(hash({{ cell | join(', ') }}, {{ people }}) as hugeint)) over ()
            ),
            {{ cells_of_a_person }} / cast({{ epsilon }} as double)
        )) as bigint)
    )
    {%- else -%}
    {{ people }}
    {%- endif -%}
{%- endmacro %}


{% macro prefixed(names, relation) -%}
    {%- for name in names %}{{ relation }}.{{ name }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}


{% macro same(names, left_relation, right_relation) -%}
    {%- for name in names %}{{ left_relation }}.{{ name }} = {{ right_relation }}.{{ name }}{{ ' and ' if not loop.last }}{% endfor -%}
{%- endmacro %}
{# k, l and t of a table: the fewest rows that are alike in the columns by which somebody may be known, the fewest values of
   the sensitive column among such rows, and how far their values are from those of all rows: half the sum of the
   differences of shares; for ordered values the mean distance that values would have to move, as a share of the longest
   way. An empty value is a value of its own. 0 where there is but one value. #}
{% macro anonymity_of(relation, quasi_identifiers, sensitive, is_ordered=false) -%}
    with numbered as (
        select
            dense_rank() over (order by {{ quasi_identifiers | join(', ') }}) as class_id,
            dense_rank() over (order by {{ sensitive }} nulls first) as value_rank
        from {{ relation }}
    ),

    classes as (
        select
            class_id,
            count(*) as n,
            count(distinct value_rank) as value_count
        from numbered
        group by class_id
    ),

    all_values as (
        select
            value_rank,
            count(*) / cast(sum(count(*)) over () as double) as share
        from numbered
        group by value_rank
    ),

    cells as (
        select
            class_id,
            value_rank,
            count(*) as n
        from numbered
        group by class_id, value_rank
    ),

    differences as (
        select
            classes.class_id,
            all_values.value_rank,
            coalesce(cells.n, 0) / cast(classes.n as double) - all_values.share as difference
        from classes
        cross join all_values
        left join cells
            on
                classes.class_id = cells.class_id
                and all_values.value_rank = cells.value_rank
    ),

    moved as (
        select
            class_id,
            {% if is_ordered -%}
            sum(difference) over (
                partition by class_id order by value_rank
                rows between unbounded preceding and current row
            )
            {%- else -%}
            difference / 2
            {%- endif %} as distance
        from differences
    ),

    distances as (
        select
            class_id,
            {{ steady_sum('abs(distance)') }}{% if is_ordered %} / nullif(count(*) - 1, 0){% endif %} as distance
        from moved
        group by class_id
    )

    select
        cast(min(classes.n) as bigint) as k,
        cast(min(classes.value_count) as bigint) as l,
        coalesce(max(distances.distance), case when count(*) > 0 then 0.0 end) as t,
        cast(coalesce(sum(classes.n), 0) as bigint) as row_count
    from classes
    left join distances
        on classes.class_id = distances.class_id
{%- endmacro %}


{# What tables declare about the people in them, by their meta: quasi_identifiers, sensitive, disclosure, and the table of
   rows_of, which is among the relations, too. #}
{% macro declared_tables(relations) %}
    {%- set found = [] %}
    {%- for relation in relations if execute %}
        {%- set meta = graph.nodes['model.' ~ project_name ~ '.' ~ relation.identifier].config.meta %}
        {%- do found.append({
            'name': relation.identifier,
            'relation': relation,
            'quasi_identifiers': meta.quasi_identifiers,
            'sensitive': meta.sensitive,
            'disclosure': meta.disclosure,
            'rows_of': relations | selectattr('identifier', 'equalto', meta.rows_of) | first,
        }) %}
    {%- endfor %}
    {{ return(found) }}
{% endmacro %}
