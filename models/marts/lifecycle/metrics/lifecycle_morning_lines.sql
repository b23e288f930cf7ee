{{ morning_line(
    'orders_late',
    ref('order_tracking'),
    where='is_late_now',
    name="concat(brand, ' ', step)",
    columns='brand, step, count(*) as orders',
    by='brand, step',
) }}
