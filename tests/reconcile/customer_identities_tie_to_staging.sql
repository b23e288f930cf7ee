-- Why: a request for erasure or a letter to customers is answered from the vault alone.
-- Threshold: none, row by row, both ways.
-- A failure means: customer_identities lacks people or holds people who are not customers.
with staged as (
    select
        customer_id,
        full_name,
        email,
        phone,
        birth_date
    from {{ ref('stg_app__customers') }}
),

built as (
    select
        customer_id,
        full_name,
        email,
        phone,
        birth_date
    from {{ ref('customer_identities') }}
),

lost as (
    select * from staged
    except
    select * from built
),

invented as (
    select * from built
    except
    select * from staged
),

differences as (
    select
        'only in staging' as difference,
        customer_id,
        full_name,
        email,
        phone,
        birth_date
    from lost
    union all
    select
        'only in customer_identities' as difference,
        customer_id,
        full_name,
        email,
        phone,
        birth_date
    from invented
)

select * from differences
