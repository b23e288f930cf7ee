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
    from {{ ref('stg_app__product_versions') }}
),

-- Of two versions of one moment, the one that arrived last counts.
ranked as (
    select
        *,
        row_number() over (
            partition by product_id, updated_at
            order by
                arrived_at desc nulls last,
                list_price desc,
                currency asc,
                product_name asc,
                category asc,
                brand asc
        ) as arrival_rank
    from versions
),

moments as (
    select
        *,
        {{ key_of(['brand', 'product_name', 'category', 'list_price', 'currency']) }}
            as content
    from ranked
    where arrival_rank = 1
),

compared as (
    select
        *,
        lag(content) over (
            partition by product_id
            order by updated_at
        ) as previous_content
    from moments
),

product_changes as (
    select
        product_id,
        brand,
        product_name,
        category,
        list_price,
        currency,
        updated_at as valid_from
    from compared
    where content is distinct from previous_content
)

select * from product_changes
