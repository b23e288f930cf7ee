select order_ref as order_id, line as line_number, sku as product_id, qty as quantity, price as unit_price
from read_csv('tests/python/cases/ids_guessed_as_numbers/exports_lines.csv')
