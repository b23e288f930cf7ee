-- Why: a customer lost between staging and the mart is lost to every count of customers.
-- Threshold: none, row by row, both ways.
-- A failure means: customers drops, doubles, invents or alters rows; look at its joins.
with staged as (
    select
        customer_id,
        brand,
        country_code,
        created_at
    from {{ ref('stg_app__customers') }}
),

built as (
    select
        customer_id,
        brand,
        country_code,
        created_at
    from {{ ref('customers') }}
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
        brand,
        country_code,
        created_at
    from lost
    union all
    select
        'only in customers' as difference,
        customer_id,
        brand,
        country_code,
        created_at
    from invented
)

select * from differences
