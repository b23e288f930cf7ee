{# The whole numbers from 1 on, as many as a table has days: a relation with the column number. #}
{% macro numbers_of(dates) -%}
    (select row_number() over (order by date_day) as number from {{ dates }})
{%- endmacro %}


{# The bands of a measure: a relation with band, from_value and next_value, the lowest value of the band above. #}
{% macro bands_of(bands, measure) -%}
    (
        select
            band,
            from_value,
            lead(from_value, 1, 9223372036854775807) over (order by from_value) as next_value
        from {{ bands }}
        where measure = '{{ measure }}'
    )
{%- endmacro %}
