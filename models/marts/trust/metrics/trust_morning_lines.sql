{{ morning_line(
    'payments_waiting',
    ref('fraud_queue'),
    name='brand',
    columns='brand, count(*) as payments, sum(expected_loss) as expected_loss',
    by='brand',
) }}
