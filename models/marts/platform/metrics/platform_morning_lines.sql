{{ morning_sentence_lines(
    'table_late',
    ref('freshness'),
    where="verdict in ('late', 'stopped')",
    key='raw_table',
    order_by='affected_metric_count desc, raw_table',
) }}
union all
{{ morning_line(
    'job_missed',
    ref('job_days'),
    where='missed_count > 0 and job_date = {as_of}',
    name='job_name',
) }}
union all
{{ morning_sentence_lines(
    'metric_moved',
    ref('metric_changes'),
    where="grain = 'week' and brand = 'all' and comparison = 'previous' and dimension = 'total'
        and is_newest_final and stands_out",
    key='metric_name',
    order_by='metric_name',
    day='period_start',
    most=6,
) }}
union all
{{ morning_sentence_lines(
    'day_odd',
    ref('data_alerts'),
    where='is_new and measured_date = {as_of}',
    key='node_id',
    order_by='hurt_metric_count desc, node_id',
) }}
