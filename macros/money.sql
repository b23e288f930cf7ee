{% macro converted(amount, usd_rate) -%}
    cast(round(cast({{ amount }} as decimal(20, 6)) * {{ usd_rate }}, 2) as decimal(24, 6))
{%- endmacro %}


{% macro portion(amount, share_from, share_to) -%}
    cast(
        round(cast(coalesce({{ amount }}, 0) as double) * ({{ share_to }}), 2)
        - round(cast(coalesce({{ amount }}, 0) as double) * ({{ share_from }}), 2)
        as decimal(24, 6)
    )
{%- endmacro %}


{% macro paid_amount(amount, is_paid) -%}
    cast(case when {{ is_paid }} then {{ amount }} else 0 end as decimal(24, 6))
{%- endmacro %}
