{# Rates whose parts are known from different strata, with intervals made of those of the parts (MOVER). #}

{# The share of a class that is stopped, from its share among what is stopped, its share among what passes, and the share that is
   stopped: each a prefix of three columns, _centre, _low and _high. `side` says which of the three of the answer. #}
{% macro share_stopped(among_stopped, among_passed, stopped, side) -%}
    {%- set centre = _log(among_stopped ~ '_centre') ~ ' - ' ~ _log(among_passed ~ '_centre') ~ ' + ' ~ _log_odds(stopped ~ '_centre') -%}
    {%- if side == 'centre' -%}
    1 / (1 + exp(-({{ centre }})))
    {%- else -%}
    {%- set other = 'high' if side == 'low' else 'low' -%}
    1 / (1 + exp(-({{ centre }} {{ '-' if side == 'low' else '+' }} sqrt(
        power({{ _log(among_stopped ~ '_centre') }} - {{ _log(among_stopped ~ '_' ~ side) }}, 2)
        + power({{ _log(among_passed ~ '_centre') }} - {{ _log(among_passed ~ '_' ~ other) }}, 2)
        + power({{ _log_odds(stopped ~ '_centre') }} - {{ _log_odds(stopped ~ '_' ~ side) }}, 2)
    ))))
    {%- endif -%}
{%- endmacro %}


{# The share of a class over two strata, one of a share `weight` of all: a bound from the shares in each. `side` is low or high. #}
{% macro mixed_share(weight, share, other_share, side) -%}
    {%- set sign = '-' if side == 'low' else '+' -%}
    greatest(0, least(1,
        {{ weight }} * {{ share }}_centre + (1 - {{ weight }}) * {{ other_share }}_centre {{ sign }} sqrt(
            power({{ weight }} * ({{ share }}_centre - {{ share }}_{{ side }}), 2)
            + power((1 - {{ weight }}) * ({{ other_share }}_centre - {{ other_share }}_{{ side }}), 2)
        )
    ))
{%- endmacro %}


{# A share away from 0 and 1, whose logarithms there are none of. #}
{% macro clamped(share) -%}
    greatest(1e-12, least(1 - 1e-12, {{ share }}))
{%- endmacro %}


{% macro _log(share) -%}
    ln({{ clamped(share) }})
{%- endmacro %}


{% macro _log_odds(share) -%}
    (ln({{ clamped(share) }}) - ln(1 - {{ clamped(share) }}))
{%- endmacro %}


{# How many cases a group needs so that a ratio as large as the var fairness_ratio_to_find fails with the var fairness_power,
   given those of the group it is compared with. The error of a logarithm of a rate is at most 1 over its cases. #}
{% macro cases_needed(reference_cases) -%}
    {%- set error = 'power((ln(' ~ var('fairness_ratio_to_find') ~ ') - ln(1 / ' ~ var('fairness_bound') ~ ')) / ('
        ~ z_95() ~ ' + normal_quantile(' ~ var('fairness_power') ~ ')), 2)' -%}
    cast(ceil(1 / ({{ error }} - least(1.0 / nullif({{ reference_cases }}, 0), {{ error }} / 2))) as bigint)
{%- endmacro %}


{# Whether two rows are of the same model version and group, and agree in what else is named. #}
{% macro same_group(one, other, also=[]) -%}
    {%- for column in ['model_name', 'model_version', 'group_kind', 'group_name'] + also %}
    {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
