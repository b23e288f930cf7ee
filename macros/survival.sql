{# Kaplan-Meier from counts by age (n_at_risk, n_churned): the logarithm of the share that outlives the age, and what it adds to Greenwood's sum. Where nobody does, both are empty. Decimals, so that sums are the same in whatever order ages come. #}
{% macro survival_steps() -%}
    cast(ln(1 - cast(n_churned as double) / nullif(n_at_risk, n_churned)) as decimal(38, 24)) as log_step,
    cast(
        cast(n_churned as double) / nullif(cast(n_at_risk as double) * (n_at_risk - n_churned), 0)
        as decimal(38, 24)
    ) as greenwood_step
{%- endmacro %}


{# The share that outlives all ages of a group or window, between what stands before and after each sum; 0 once nobody has. #}
{% macro survived(window='') -%}
    case
        when count(case when log_step is null then 1 end){{ window }} > 0 then 0
        else exp(cast(sum(log_step){{ window }} as double))
    end
{%- endmacro %}
