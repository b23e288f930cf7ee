{# Kaplan-Meier: the logarithm of the share of those at risk that outlives an age; empty where nobody does. A decimal, so that sums are the same in whatever order ages come. #}
{% macro log_survival_step(n_churned, n_at_risk) -%}
    cast(ln(1 - cast({{ n_churned }} as double) / nullif({{ n_at_risk }}, {{ n_churned }})) as decimal(38, 24))
{%- endmacro %}


{# What an age adds to Greenwood's sum; empty where nobody outlives it. #}
{% macro greenwood_step(n_churned, n_at_risk) -%}
    cast(
        cast({{ n_churned }} as double) / nullif(cast({{ n_at_risk }} as double) * ({{ n_at_risk }} - {{ n_churned }}), 0)
        as decimal(38, 24)
    )
{%- endmacro %}


{# The share that outlives all ages of a group or window, between what stands before and after each sum; 0 once nobody has. #}
{% macro survived(log_step, window='') -%}
    case
        when count(case when {{ log_step }} is null then 1 end){{ window }} > 0 then 0
        else exp(cast(sum({{ log_step }}){{ window }} as double))
    end
{%- endmacro %}


{# A sum over the window until_now of the model, the same in whatever order rows come. #}
{% macro running_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 24))) over until_now as double)
{%- endmacro %}
