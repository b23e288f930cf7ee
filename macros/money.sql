{# An amount in US dollars, to the cent. usd_rate is that of int_exchange_rate_days for the fact's own day. #}
{% macro in_usd(amount, usd_rate) -%}
    cast(round(cast({{ amount }} as decimal(18, 4)) * {{ usd_rate }}, 2) as decimal(18, 2))
{%- endmacro %}


{# A row's part of a total, from one share of it (0 at the first row) to another (1 at the last). As the
   difference of two rounded running totals, the parts add up to the total to the cent. #}
{% macro split_to_the_cent(total, share_from, share_to) -%}
    cast(
        round(cast({{ total }} as double) * {{ share_to }}, 2)
        - round(cast({{ total }} as double) * {{ share_from }}, 2)
        as decimal(18, 2)
    )
{%- endmacro %}
