{# Who somebody is: the customer where there is one, else the device. The two are numbered by different systems, so that
   the same id may be in both. #}
{% macro person_key(customer_id, anonymous_id=none) -%}
    {%- if anonymous_id -%}
    case
        when {{ customer_id }} is not null then 'customer ' || {{ customer_id }}
        else 'device ' || {{ anonymous_id }}
    end
    {%- else -%}
    'customer ' || {{ customer_id }}
    {%- endif -%}
{%- endmacro %}
