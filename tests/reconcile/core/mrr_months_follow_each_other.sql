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
        opening_mrr,
        closing_mrr
    from {{ ref('mrr_movements') }}
),

closings as (
    select
        months.customer_id,
        months.brand,
        cast({{ dbt.dateadd('month', 1, 'months.month') }} as date) as month,
        months.closing_mrr
    from months
    cross join as_of
    where
        months.closing_mrr > 0
        and cast({{ dbt.dateadd('month', 1, 'months.month') }} as date)
        <= as_of.as_of_date
),

openings as (
    select
        customer_id,
        brand,
        month,
        opening_mrr
    from months
    where opening_mrr > 0
),

compared as (
    select
        coalesce(closings.customer_id, openings.customer_id) as customer_id,
        coalesce(closings.month, openings.month) as month,
        closings.closing_mrr as closed_with,
        openings.opening_mrr as opened_with
    from closings
    full join openings
        on
            closings.customer_id = openings.customer_id
            and closings.brand = openings.brand
            and closings.month = openings.month
)

select *
from compared
where closed_with is distinct from opened_with
