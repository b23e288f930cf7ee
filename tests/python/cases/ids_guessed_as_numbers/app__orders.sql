select order_ref as order_id, buyer as customer_id, moment as ordered_at, moment as paid_at, 'paid' as status, 'USD' as currency, 0 as discount_amount, moment as updated_at
from read_csv('tests/python/cases/ids_guessed_as_numbers/exports_orders.csv')
