{# The mean of a day's usable readings of a measurement, from an exact sum. #}
{% macro measured_mean(measurement) -%}
    cast(sum(case when readings.is_usable and readings.measurement = '{{ measurement }}' then readings.value end) as double)
    / nullif({{ measured_count(measurement) }}, 0)
{%- endmacro %}


{% macro measured_count(measurement) -%}
    count(case when readings.is_usable and readings.measurement = '{{ measurement }}' then 1 end)
{%- endmacro %}


{# A sentence of reference.alert_sentences with the numbers of an alert. #}
{% macro alert_in_words(sentence) -%}
    {{ with_numbers(
        sentence,
        {
            'value': "rtrim(rtrim(cast(cast(fired.value as decimal(9, 1)) as varchar), '0'), '.')",
            'date': "cast(fired.since_date as varchar)",
        }
    ) }}
{%- endmacro %}


{# The number of the window of 30 days that a day is in, from the first day on. #}
{% macro window_of(day, first_day) -%}
    cast(floor({{ dbt.datediff(first_day, day, 'day') }} / 30.0) as integer) + 1
{%- endmacro %}
