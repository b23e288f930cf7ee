{%- set areas = ['core', 'growth', 'experiments', 'lifecycle', 'care', 'trust', 'ml', 'platform'] %}
{%- set parts = [] %}
{#- ml needs trust. -#}
{%- for area in areas if area in var('areas') and (area != 'ml' or 'trust' in var('areas')) %}
    {%- set part = ref(area ~ '_metric_values') %}
    {#- On a first build, a part whose area has a failed test does not exist. -#}
    {%- if not execute or load_relation(part) %}{% do parts.append(part) %}{% endif %}
{%- endfor %}
{% for part in parts -%}
select
    metric_name,
    grain,
    brand,
    reason,
    value,
    value_low,
    value_high,
    n,
    is_final,
    is_stale,
    period_start
from {{ part }}
{{ 'union all' if not loop.last }}
{% endfor %}
