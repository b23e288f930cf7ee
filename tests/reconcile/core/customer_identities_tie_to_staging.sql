-- Why: a request for erasure or a letter to customers is answered from the vault alone.
-- Threshold: none, row by row, both ways.
-- A failure means: customer_identities lacks people or holds people who are not customers.
{{ rows_that_differ(ref('stg_app__customers'), ref('customer_identities'), [
    'customer_id',
    'full_name',
    'email',
    'phone',
    'birth_date',
]) }}
