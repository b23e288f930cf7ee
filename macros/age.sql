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


{# Full years that somebody can be old. #}
{% macro possible_age(age) -%}
    case when {{ age }} between 0 and 130 then cast({{ age }} as bigint) end
{%- endmacro %}


{% macro age_band(age) -%}
    case
        when {{ age }} is null or {{ age }} < 0 or {{ age }} > 130 then 'unknown'
        when {{ age }} < 18 then 'under 18'
        when {{ age }} < 25 then '18-24'
        when {{ age }} < 35 then '25-34'
        when {{ age }} < 45 then '35-44'
        when {{ age }} < 55 then '45-54'
        when {{ age }} < 65 then '55-64'
        when {{ age }} < 75 then '65-74'
        else '75 and over'
    end
{%- endmacro %}
