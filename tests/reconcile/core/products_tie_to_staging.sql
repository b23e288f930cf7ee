-- Why: every product of staging is in products once, at the price of its newest version.
-- Threshold: none, product by product, both ways.
-- A failure means: products loses or invents a product, or its current price is not the last one by updated_at.
with staged as (
    select
        product_id,
        max(updated_at) as newest_at
    from {{ ref('stg_app__product_versions') }}
    group by product_id
),

newest as (
    select distinct
        versions.product_id,
        versions.currency,
        versions.list_price
    from {{ ref('stg_app__product_versions') }} as versions
    inner join staged
        on
            versions.product_id = staged.product_id
            and versions.updated_at = staged.newest_at
),

lost as (
    select product_id from {{ ref('stg_app__products') }}
    except
    select product_id from {{ ref('products') }}
),

invented as (
    select
        product_id,
        currency,
        list_price
    from {{ ref('products') }}
    except
    select
        product_id,
        currency,
        list_price
    from newest
),

differences as (
    select
        'only in staging' as difference,
        product_id
    from lost
    union all
    select
        'not the newest version in staging' as difference,
        product_id
    from invented
)

select * from differences
