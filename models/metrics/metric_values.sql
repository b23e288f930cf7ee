{%- set areas = [
    'core', 'growth', 'experiments', 'lifecycle', 'care', 'trust', 'ml', 'platform',
    'privacy'
] %}
{%- set parts = parts_of_areas(areas, '_metric_values') %}
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
