{# An amount in the reporting currency, at a row of exchange_rate_days. Decimals all the way where rates are in dollars
   anyway; another currency takes a division, which is done in doubles once for each rate. #}
{% macro converted(amount, rates) -%}
    {%- set rate = 'cast(' ~ rates ~ '.usd_rate as decimal(22, 16))' if var('reporting_currency') == 'USD' else rates ~ '.rate' -%}
    cast(round(cast({{ amount }} as decimal(28, 8)) * {{ rate }}, 6) as decimal(24, 6))
{%- endmacro %}


{# What of an amount lies between two shares of it, from 0 to 1: portions that meet add up to the amount exactly. #}
{% macro portion(amount, share_from, share_to, digits=6) -%}
    cast(
        {{ portion_up_to(amount, share_to, digits) }} - {{ portion_up_to(amount, share_from, digits) }}
        as decimal(24, {{ digits }})
    )
{%- endmacro %}


{% macro portion_up_to(amount, share, digits=6) -%}
    case
        when {{ share }} >= 1 then coalesce({{ amount }}, 0)
        when {{ share }} > 0 then cast(round(cast(coalesce({{ amount }}, 0) as double) * {{ share }}, {{ digits }}) as decimal(24, {{ digits }}))
        else 0
    end
{%- endmacro %}


{# The part of an amount given back that was revenue: `amount` is already without what the source says was tax or
   shipping, and `beside` adds up what else of the order it may be for. An order that is not known was all revenue. #}
{% macro revenue_part(amount, goods, beside) -%}
    cast(
        round(
            cast({{ amount }} as double) * coalesce(
                cast(greatest({{ goods }}, 0) as double)
                / nullif(cast(greatest({{ goods }}, 0) + {{ beside }} as double), 0),
                1
            ), 6
        ) as decimal(24, 6)
    )
{%- endmacro %}
