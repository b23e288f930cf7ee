with seen as (
    select brand from {{ ref('stg_app__customers') }}
    union
    select brand from {{ ref('stg_app__products') }}
    union
    select brand from {{ ref('stg_events__events') }}
    union
    select brand from {{ ref('stg_ads__campaigns') }}
    union
    select brand from {{ ref('stg_experiments__experiments') }}
    union
    select brand from {{ ref('orders') }}
    union
    select brand from {{ ref('order_items') }}
    union
    select brand from {{ ref('payments') }}
    union
    select brand from {{ ref('refunds') }}
    union
    select brand from {{ ref('mrr_movements') }}
    union
    select brand from {{ ref('customer_days') }}
),

brand_names as (
    select
        brand,
        brand_name,
        brand_name_ko,
        business
    from {{ ref('brand_names') }}
),

starts as (
    select * from {{ ref('int_fact_starts') }}
),

named as (
    select
        seen.brand,
        coalesce(brand_names.brand_name, seen.brand) as brand_name,
        coalesce(
            brand_names.brand_name_ko, brand_names.brand_name, seen.brand
        ) as brand_name_ko,
        coalesce(brand_names.business, 'unknown') as business,
        brand_names.brand is not null as is_registered,
        starts.facts_from_date
    from seen
    left join brand_names
        on seen.brand = brand_names.brand
    left join starts
        on seen.brand = starts.brand
)

select * from named
