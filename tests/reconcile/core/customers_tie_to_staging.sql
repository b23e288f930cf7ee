-- Why: a customer lost between staging and the mart is lost to every count of customers.
-- Threshold: none, row by row, both ways.
-- A failure means: customers drops, doubles, invents or alters rows; look at its joins.
{{ rows_that_differ(ref('stg_app__customers'), ref('customers'), [
    'customer_id',
    'brand',
    'country_code',
    'created_at',
]) }}
