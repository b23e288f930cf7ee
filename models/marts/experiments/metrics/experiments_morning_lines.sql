{{ morning_line(
    'test_to_decide',
    ref('experiment_verdicts'),
    where="verdict in ('ship', 'stop', 'trade_off') and decision is null",
    name="concat(experiment_name, ' (', verdict, ')')",
) }}
union all
{{ morning_line(
    'test_invalid',
    ref('experiment_verdicts'),
    where="verdict = 'invalid' and decision is null and coalesce(ended_at > {as_of}, true)",
    name='experiment_name',
) }}
