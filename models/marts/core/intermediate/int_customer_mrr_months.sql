with mrr_changes as (
    select
        customer_id,
        brand,
        month,
        step
    from {{ ref('int_customer_mrr_changes') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

spans as (
    select
        mrr_changes.customer_id,
        mrr_changes.brand,
        min(mrr_changes.month) as first_month,
        max(as_of.as_of_date) as as_of_date
    from mrr_changes
    cross join as_of
    group by mrr_changes.customer_id, mrr_changes.brand
),

months as (
    select distinct month_start as month
    from {{ ref('dates') }}
),

customer_months as (
    select
        spans.customer_id,
        spans.brand,
        months.month
    from spans
    inner join months
        on months.month between spans.first_month and spans.as_of_date
),

closings as (
    select
        customer_months.customer_id,
        customer_months.brand,
        customer_months.month,
        cast(
            sum(coalesce(mrr_changes.step, 0)) over (
                partition by customer_months.customer_id, customer_months.brand
                order by customer_months.month
            ) as decimal(24, 6)
        ) as closing_mrr
    from customer_months
    left join mrr_changes
        on
            customer_months.customer_id = mrr_changes.customer_id
            and customer_months.brand = mrr_changes.brand
            and customer_months.month = mrr_changes.month
),

openings as (
    select
        customer_id,
        brand,
        month,
        closing_mrr,
        coalesce(lag(closing_mrr) over (
            partition by customer_id, brand
            order by month
        ), 0) as opening_mrr,
        coalesce(max(closing_mrr) over (
            partition by customer_id, brand
            order by month
            rows between unbounded preceding and 1 preceding
        ), 0) > 0 as was_subscriber
    from closings
)

select * from openings
