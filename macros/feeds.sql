{# What to say of a feed by the hours since its last arrival and those after which it is late; nothing without the latter. #}
{% macro feed_verdict(hours_since, late_after_hours) -%}
    case
        when {{ hours_since }} is null or {{ late_after_hours }} is null then 'unknown'
        when {{ hours_since }} <= {{ late_after_hours }} then 'on_time'
        when {{ hours_since }} <= {{ var('feed_stopped_times') }} * {{ late_after_hours }} then 'late'
        else 'stopped'
    end
{%- endmacro %}
