{# Bounds of 95 % intervals. #}

{# The value that a standard normal one stays within with 95 %. #}
{% macro z_95() -%}
    1.959963984540054
{%- endmacro %}


{# The lower bound of an estimate that is normal around its error. #}
{% macro normal_low(estimate, error) -%}
    {{ estimate }} - {{ z_95() }} * {{ error }}
{%- endmacro %}


{% macro normal_high(estimate, error) -%}
    {{ estimate }} + {{ z_95() }} * {{ error }}
{%- endmacro %}


{# The lower bound of a share by Wilson: count of n; empty when n is 0. A larger z holds for several shares at once. #}
{% macro wilson_low(count, n, z=z_95()) -%}
    {{ _wilson(count, n, '-', z) }}
{%- endmacro %}


{% macro wilson_high(count, n, z=z_95()) -%}
    {{ _wilson(count, n, '+', z) }}
{%- endmacro %}


{# Rounding must not leave 0 to 1; greatest and least alone would make a bound of nothing, of nobody or of an unknown count. #}
{% macro _wilson(count, n, sign, z) -%}
    case
        when {{ n }} > 0 and {{ count }} is not null
            then greatest(0, least(1,
                (
                    {{ count }} + power({{ z }}, 2) / 2
                    {{ sign }} {{ z }} * sqrt(
                        1.0 * {{ count }} * ({{ n }} - {{ count }}) / {{ n }} + power({{ z }}, 2) / 4
                    )
                ) / ({{ n }} + power({{ z }}, 2))
            ))
    end
{%- endmacro %}


{# The lower bound of a survival share by the log-log transform, from its sum of events / (at risk × left), Greenwood's; 1 is certain, of 0 there is none. #}
{% macro log_log_low(survival, greenwood) -%}
    {{ _log_log(survival, greenwood, '+') }}
{%- endmacro %}


{% macro log_log_high(survival, greenwood) -%}
    {{ _log_log(survival, greenwood, '-') }}
{%- endmacro %}


{% macro _log_log(survival, greenwood, sign) -%}
    case
        when {{ survival }} >= 1 then 1.0
        when {{ survival }} > 0
            then exp(-exp(ln(-ln({{ survival }})) {{ sign }} {{ z_95() }} * sqrt({{ greenwood }}) / abs(ln({{ survival }}))))
    end
{%- endmacro %}


{# The lower bound of a share of 1, seen of n, by Clopper and Pearson: 1 is not certain because nothing has happened yet. #}
{% macro certain_low(n) -%}
    power(0.025, 1.0 / {{ n }})
{%- endmacro %}


{# The lower bound of a share less another, from the shares' own bounds, by Newcombe (1998, method 10, of Wilson's). #}
{% macro newcombe_low(share, share_low, other_share, other_share_high) -%}
    {{ share }} - {{ other_share }}
    - sqrt(power({{ share }} - {{ share_low }}, 2) + power({{ other_share_high }} - {{ other_share }}, 2))
{%- endmacro %}


{% macro newcombe_high(share, share_high, other_share, other_share_low) -%}
    {{ share }} - {{ other_share }}
    + sqrt(power({{ share_high }} - {{ share }}, 2) + power({{ other_share }} - {{ other_share_low }}, 2))
{%- endmacro %}


{# The decision that both ends of a return's interval allow, the best of those whose least return they reach; where they allow
   different ones, that of the lower end if it pays (1 and more), else none. An aggregate over the decisions. #}
{% macro decision_between(low, high, decision, min_return) -%}
    case
        when
            {{ _least_return(low, min_return) }} = {{ _least_return(high, min_return) }}
            or {{ _least_return(low, min_return) }} >= 1 and max({{ high }}) is not null
            then max_by({{ decision }}, {{ min_return }}) filter (
                where {{ min_return }} <= case when {{ low }} < 0 then 0 else {{ low }} end
            )
    end
{%- endmacro %}


{% macro _least_return(end, min_return) -%}
    max({{ min_return }}) filter (where {{ min_return }} <= case when {{ end }} < 0 then 0 else {{ end }} end)
{%- endmacro %}
