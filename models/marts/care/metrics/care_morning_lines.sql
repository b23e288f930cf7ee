{{ morning_line(
    'patients_waiting',
    ref('patient_alerts'),
    name="replace(rule, '_', ' ')",
    columns='rule, count(*) as alerts',
    by='rule',
) }}
