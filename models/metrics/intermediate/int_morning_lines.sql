{% set lines = {
    'goal_missed': "status = 'missed' and period_end > {as_of} - 7",
    'goal_met': "status = 'met' and period_end > {as_of} - 7",
    'goal_off_track': "status = 'off_track'",
    'goal_at_risk': "status = 'at_risk'",
} -%}
{% set of_brand = "case when brand <> 'all' then concat(' ', brand) else '' end" -%}
{% for line, where in lines.items() %}
{{ morning_line(
    line,
    ref('metric_scorecard'),
    name='concat(label, ' ~ of_brand ~ ')',
    name_ko='concat(label_ko, ' ~ of_brand ~ ')',
    where=where,
) }}
union all
{% endfor %}
{{ morning_line(
    'period_open',
    ref('metric_periods'),
    name="concat('the month from ', period_start)",
    name_ko="concat(period_start, '부터의 달')",
    where="grain = 'month' and not is_final",
) }}
union all
{{ morning_line(
    'data_until',
    ref('metric_periods'),
    name='cast(last_day as varchar)',
    where="grain = 'day' and last_day = {as_of}",
) }}
