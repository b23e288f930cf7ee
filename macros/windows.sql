{# Windows over the days of a measure, and the scales of its values. #}

{# A mean as people read it, from the scale in which it is taken: of logarithms or as it is. #}
{% macro from_measured_scale(average, kind) -%}
    case {{ kind }}
        when 'log' then exp(least(700, {{ average }}))
        when 'signed log' then sign({{ average }}) * (exp(least(700, abs({{ average }}))) - 1)
        else {{ average }}
    end
{%- endmacro %}


{# A sum over a window that does not depend on the order in which the engine adds: values are rounded to nine digits, then
   nothing is. #}
{% macro sum_over(value, frame) -%}
    cast(sum(cast({{ value }} as decimal(38, 9))) over {{ frame }} as double)
{%- endmacro %}


{% macro mean_over(value, frame) -%}
    {{ sum_over(value, frame) }} / nullif(count({{ value }}) over {{ frame }}, 0)
{%- endmacro %}


{% macro variance_over(value, frame) -%}
    greatest(
        0,
        {{ sum_over('power(' ~ value ~ ', 2)', frame) }}
        - power({{ sum_over(value, frame) }}, 2) / nullif(count({{ value }}) over {{ frame }}, 0)
    ) / nullif(count({{ value }}) over {{ frame }} - 1, 0)
{%- endmacro %}


{# The mean of a value over a window frame without its highest and its lowest one, where there are five or more. #}
{% macro trimmed_mean(value, frame) -%}
    case
        when count({{ value }}) over {{ frame }} >= 5
            then ({{ sum_over(value, frame) }} - max({{ value }}) over {{ frame }} - min({{ value }}) over {{ frame }})
            / (count({{ value }}) over {{ frame }} - 2)
        else {{ mean_over(value, frame) }}
    end
{%- endmacro %}


{# Days since 2000-01-01, which was a Saturday. #}
{% macro day_number(day) -%}
    {{ dbt.datediff("cast('2000-01-01' as date)", day, 'day') }}
{%- endmacro %}


{% macro signed_log(number) -%}
    sign(cast({{ number }} as double)) * ln(1 + abs(cast({{ number }} as double)))
{%- endmacro %}


{# The window of a series up to the day before: all days of the baseline, or of other bounds. #}
{% macro days_before(first=none, last=1, also='') -%}
    (
        partition by node_id, measure{{ also }}
        order by day_number
        range between {{ first or var('baseline_days') }} preceding and {{ last }} preceding
    )
{%- endmacro %}


{# The steps `typical` and `capped`: how far a method usually missed on the days before, and each of its errors, no further than
   so many times that. 0.455 is the median of a squared standard normal error. #}
{% macro capped_errors(errors) -%}
typical as (
    select
        *,
        median(squared_error) over earlier / 0.455 as typical_dispersion
    from {{ errors }}
    window earlier as {{ days_before() }}
),

capped as (
    select
        *,
        least(
            squared_error, {{ var('error_cap') }} * greatest(1, typical_dispersion)
        ) as capped_error
    from typical
)
{%- endmacro %}
