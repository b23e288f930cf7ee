{% macro in_usd(amount, usd_rate) -%}
    cast(round(cast({{ amount }} as decimal(20, 4)) * {{ usd_rate }}, 2) as decimal(18, 2))
{%- endmacro %}


{% macro split_to_the_cent(amount) -%}
    cast(
        round(cast(coalesce({{ amount }}, 0) as double) * shares.share_to, 2)
        - round(cast(coalesce({{ amount }}, 0) as double) * shares.share_from, 2)
        as decimal(18, 2)
    )
{%- endmacro %}


{% macro paid_amount(amount) -%}
    cast(case when is_paid then {{ amount }} else 0 end as decimal(18, 2))
{%- endmacro %}
