{# The first day of the month that a day is in. #}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}


{# The run's as_of_date, with covered_date as the last day that the loads of these raw tables cover; those that nobody delivered
   are left out. Of a table of which no row has arrived, no day is covered. #}
{% macro covered_by(raw_tables) -%}
    (
        select
            run.as_of_date,
            coalesce(
                min(coalesce(tables.covered_date, cast('0001-01-01' as date))),
                run.covered_date
            ) as covered_date
        from {{ as_of() }} as run
        left join {{ raw_coverage() }} as tables
            on
                tables.is_delivered
                and tables.raw_table in ('{{ raw_tables | join("', '") }}')
        group by run.as_of_date, run.covered_date
    )
{%- endmacro %}


{# Whether the loads cover late_days more than a period. #}
{% macro is_final(last_day, covered_date) -%}
    {{ dbt.dateadd('day', var('late_days'), last_day) }} <= {{ covered_date }}
{%- endmacro %}


{# When a fact was known: when it had happened and had arrived. What the first load of a table brought is history, known when it happened. #}
{% macro known_moment(happened_at, arrived_at, first_load_date) -%}
    case
        when cast({{ arrived_at }} as date) = {{ first_load_date }} then {{ happened_at }}
        else greatest({{ happened_at }}, {{ arrived_at }})
    end
{%- endmacro %}
