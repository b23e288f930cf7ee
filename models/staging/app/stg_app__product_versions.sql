with versions as (
    select
        product_id,
        brand,
        product_name,
        category,
        list_price,
        currency,
        updated_at,
        arrived_at
    from {{ ref('validated_app__products') }}
    where row_status in ('staged', 'superseded')
),

as_of as (
    select first_day from {{ as_of() }}
),

-- What does not say when it changed did so when it arrived, or was always so.
dated as (
    select
        versions.product_id,
        versions.brand,
        versions.product_name,
        versions.category,
        versions.list_price,
        versions.currency,
        coalesce(
            versions.updated_at,
            versions.arrived_at,
            cast(as_of.first_day as timestamp)
        ) as updated_at,
        versions.arrived_at
    from versions
    cross join as_of
)

select * from dated
