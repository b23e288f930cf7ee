-- Why: what one month closes with is what the next opens with; otherwise movements do not explain the total.
-- Threshold: none, to the cent, customer by customer and brand.
-- A failure means: a month is missing in mrr_movements, or one opens with another amount than the month before closed with.
with as_of as (
    select as_of_date from {{ as_of() }}
),

months as (
    select
        customer_id,
        brand,
        month,
        opening_mrr_usd,
        closing_mrr_usd
    from {{ ref('mrr_movements') }}
),

closings as (
    select
        months.customer_id,
        months.brand,
        cast({{ dbt.dateadd('month', 1, 'months.month') }} as date) as month,
        months.closing_mrr_usd
    from months
    cross join as_of
    where
        months.closing_mrr_usd > 0
        and cast({{ dbt.dateadd('month', 1, 'months.month') }} as date)
        <= as_of.as_of_date
),

openings as (
    select
        customer_id,
        brand,
        month,
        opening_mrr_usd
    from months
    where opening_mrr_usd > 0
),

compared as (
    select
        coalesce(closings.customer_id, openings.customer_id) as customer_id,
        coalesce(closings.month, openings.month) as month,
        closings.closing_mrr_usd as closed_with_usd,
        openings.opening_mrr_usd as opened_with_usd
    from closings
    full join openings
        on
            closings.customer_id = openings.customer_id
            and closings.brand = openings.brand
            and closings.month = openings.month
)

select *
from compared
where closed_with_usd is distinct from opened_with_usd
