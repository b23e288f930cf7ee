select
    {{ row_hash(['rule', 'level', 'measurement', 'place', 'valid_from']) }} as rule_id,
    rule,
    level,
    severity,
    measurement,
    coalesce(place, 'any') as place,
    low,
    high,
    coalesce(excludes_low, false) as excludes_low,
    alert,
    alert_by,
    alert_severity,
    alert_days,
    coalesce(alert_min_days, 1) as alert_min_days,
    valid_from,
    coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
from {{ ref('care_rules') }}
