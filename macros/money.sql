{# An amount in US dollars, to the cent. usd_rate is that of int_exchange_rate_days for the fact's own day.
   20 digits: DuckDB keeps a product of two decimals of up to 18 digits in 18, which 10,000 dollars overflow. #}
{% macro in_usd(amount, usd_rate) -%}
    cast(round(cast({{ amount }} as decimal(20, 4)) * {{ usd_rate }}, 2) as decimal(18, 2))
{%- endmacro %}


{# A line's part of an order's amount, by its shares of int_order_item_shares. As the difference of two rounded
   running totals, the parts add up to the amount to the cent. A line without its order has 0. #}
{% macro split_to_the_cent(amount) -%}
    cast(
        round(cast(coalesce({{ amount }}, 0) as double) * shares.share_to, 2)
        - round(cast(coalesce({{ amount }}, 0) as double) * shares.share_from, 2)
        as decimal(18, 2)
    )
{%- endmacro %}


{# What counts of an amount: all of it when is_paid, else nothing. #}
{% macro paid_amount(amount) -%}
    cast(case when is_paid then {{ amount }} else 0 end as decimal(18, 2))
{%- endmacro %}
