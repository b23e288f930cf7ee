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


{# The measurements that features are made of, each with its standard unit as columns write it. #}
{% macro vital_signs() -%}
    {{ return({'weight': 'kg', 'systolic': 'mmhg', 'diastolic': 'mmhg', 'glucose': 'mg_dl', 'heart_rate': 'bpm'}) }}
{%- endmacro %}


{# The mean of a measurement over the days before; from an exact sum. #}
{% macro recent_mean(measurement, days) -%}
    cast(sum({{ recent_value(measurement, days) }}) as double) / nullif(count({{ recent_value(measurement, days) }}), 0)
{%- endmacro %}


{# The standard deviation of a measurement over the days before, of a sample; from exact sums, so that the order of rows leaves no trace. #}
{% macro recent_deviation(measurement, days) -%}
    {%- set value = recent_value(measurement, days) -%}
    {%- set short_value = 'cast(' ~ value ~ ' as decimal(12, 4))' -%}
    case
        when count({{ value }}) > 1
            then sqrt(greatest(0,
                (
                    cast(sum({{ short_value }} * {{ short_value }}) as double)
                    - power(cast(sum({{ value }}) as double), 2) / count({{ value }})
                )
                / (count({{ value }}) - 1)
            ))
    end
{%- endmacro %}


{% macro recent_value(measurement, days) -%}
    case when measurement = '{{ measurement }}' and days_before <= {{ days }} then value end
{%- endmacro %}


{# The features that the baseline score learns from. #}
{% macro risk_terms() -%}
    {{ return(var('risk_score_terms')) }}
{%- endmacro %}


{# The day, or the moment, from which on the label of a day of features is final. #}
{% macro label_is_final_from(day) -%}
    {{ dbt.dateadd('day', '30 + ' ~ var('diagnosis_delay_days'), day) }}
{%- endmacro %}
