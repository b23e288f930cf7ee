-- Why: what a product cost on a day must have one answer, the one that the versions gave.
-- Threshold: none. Each version that arrived is looked up at its own moment.
-- A failure means: periods overlap or leave a gap, or the price of a period is not that of the version that began it.
with staged as (
    select
        product_id,
        updated_at,
        list_price,
        currency
    from {{ ref('stg_app__product_versions') }}
),

built as (
    select
        product_id,
        list_price,
        currency,
        valid_from,
        valid_to
    from {{ ref('product_versions') }}
),

looked_up as (
    select
        staged.product_id,
        staged.updated_at,
        count(distinct built.valid_from) as period_count,
        count(case
            when
                staged.list_price = built.list_price
                and staged.currency = built.currency
                then 1
        end) as agreeing_count
    from staged
    left join built
        on
            staged.product_id = built.product_id
            and staged.updated_at >= built.valid_from
            and (staged.updated_at < built.valid_to or built.valid_to is null)
    group by staged.product_id, staged.updated_at
),

unfounded as (
    select
        built.product_id,
        built.valid_from
    from built
    left join staged
        on
            built.product_id = staged.product_id
            and built.valid_from = staged.updated_at
    where staged.product_id is null
),

gaps as (
    select
        product_id,
        valid_to
    from built
    where valid_to is not null
    except
    select
        product_id,
        valid_from
    from built
),

differences as (
    select
        'not in exactly one period, or at another price' as difference,
        product_id,
        updated_at as moment
    from looked_up
    where period_count <> 1 or agreeing_count = 0
    union all
    select
        'a period that no version began' as difference,
        product_id,
        valid_from as moment
    from unfounded
    union all
    select
        'a period that ends where none begins' as difference,
        product_id,
        valid_to as moment
    from gaps
)

select * from differences
