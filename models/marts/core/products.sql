with product_versions as (
    select
        product_id,
        brand,
        product_name,
        category,
        currency,
        list_price,
        list_price_converted,
        version_number,
        is_current,
        valid_from
    from {{ ref('product_versions') }}
),

products as (
    select
        product_id,
        brand,
        product_name,
        category,
        currency,
        list_price,
        list_price_converted,
        version_number as version_count,
        valid_from as last_changed_at
    from product_versions
    where is_current
)

select * from products
