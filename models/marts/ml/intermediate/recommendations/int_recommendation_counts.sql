with items as (
    select
        *,
        {{ month_of(reporting_date('predicted_at')) }} as month
    from {{ ref('int_recommendation_items') }}
),

purchases as (
    select * from {{ ref('int_recommendation_purchases') }}
),

products as (
    select
        product_id,
        brand
    from {{ ref('products') }}
),

-- A version recommends what the brands sell that it recommends for.
catalogues as (
    select
        lists.model_name,
        lists.model_version,
        count(*) as catalogue_size
    from (
        select distinct
            model_name,
            model_version,
            brand
        from items
    ) as lists
    inner join products
        on lists.brand = products.brand
    group by lists.model_name, lists.model_version
),

described as (
    select
        items.model_name,
        items.model_version,
        items.month,
        items.list_rank as rank_number,
        items.list_id,
        items.is_registered,
        items.is_shown,
        items.is_clicked,
        case when items.is_shown then products.product_id end as shown_product_id,
        items.is_clicked and items.is_purchase_mature as is_followed,
        purchases.revenue
    from items
    left join products
        on
            items.item_id = products.product_id
            and items.brand = products.brand
    left join purchases
        on
            items.list_id = purchases.list_id
            and items.item_id = purchases.item_id
            and items.is_clicked
),

counted as (
    select
        model_name,
        model_version,
        month,
        coalesce(cast(rank_number as varchar), 'all') as list_rank,
        bool_and(is_registered) as is_registered,
        count(distinct list_id) as requests,
        count(case when is_shown then 1 end) as shown,
        count(case when is_clicked then 1 end) as clicked_so_far,
        count(distinct shown_product_id) as products_shown,
        count(case when is_followed then 1 end) as n_mature_clicks,
        count(case when is_followed and revenue is not null then 1 end) as purchases,
        sum(case when is_followed then revenue end) as revenue
    from described
    group by model_name, model_version, month, rollup(rank_number)
    having
        rank_number is null
        or rank_number <= {{ var('recommendation_ranks') }}
),

counts as (
    select
        counted.*,
        1.0 * counted.products_shown / catalogues.catalogue_size as catalogue_share
    from counted
    left join catalogues
        on
            counted.model_name = catalogues.model_name
            and counted.model_version = catalogues.model_version
)

select * from counts
