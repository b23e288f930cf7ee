{% macro full_years(from_day, to_day) -%}
    (
        extract(year from {{ to_day }}) - extract(year from {{ from_day }})
        - case
            when extract(month from {{ to_day }}) * 100 + extract(day from {{ to_day }})
                < extract(month from {{ from_day }}) * 100 + extract(day from {{ from_day }}) then 1
            else 0
        end
    )
{%- endmacro %}
