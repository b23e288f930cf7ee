with mrr_months as (
    select
        customer_id,
        brand,
        month,
        opening_mrr,
        revalued_mrr,
        closing_mrr,
        was_subscriber
    from {{ ref('int_customer_mrr_months') }}
    where
        opening_mrr > 0
        or closing_mrr > 0
),

leavers as (
    select
        customer_id,
        brand,
        churn_kind,
        month
    from {{ ref('int_churn_kinds') }}
),

as_of as (
    select covered_date
    from {{ covered_by(['app.subscription_changes', 'finance.exchange_rates']) }}
),

dated as (
    select
        mrr_months.*,
        leavers.churn_kind,
        {{ is_final(dbt.last_day('mrr_months.month', 'month'), 'as_of.covered_date') }}
            as is_final
    from mrr_months
    cross join as_of
    left join leavers
        on
            mrr_months.customer_id = leavers.customer_id
            and mrr_months.brand = leavers.brand
            and mrr_months.month = leavers.month
),

named as (
    select
        *,
        case
            when opening_mrr = 0 and was_subscriber then 'reactivation'
            when opening_mrr = 0 then 'new'
            when closing_mrr = 0 then 'churned'
            when closing_mrr > revalued_mrr then 'expansion'
            when closing_mrr < revalued_mrr then 'contraction'
            else 'unchanged'
        end as movement,
        -- At the rate of the month's end on both sides: what the rates did is none of it.
        cast(abs(closing_mrr - revalued_mrr) as decimal(24, 6)) as moved
    from dated
),

movements as (
    select
        customer_id,
        brand,
        case when movement = 'churned' then coalesce(churn_kind, 'unknown') end
            as churn_kind,
        opening_mrr,
        case when movement = 'new' then moved else 0 end as new_mrr,
        case
            when movement = 'reactivation' then moved
            else 0
        end as reactivation_mrr,
        case when movement = 'expansion' then moved else 0 end as expansion_mrr,
        case
            when movement = 'contraction' then moved
            else 0
        end as contraction_mrr,
        case when movement = 'churned' then moved else 0 end as churned_mrr,
        cast(revalued_mrr - opening_mrr as decimal(24, 6)) as fx_mrr,
        closing_mrr,
        opening_mrr > 0 as has_opening,
        movement = 'churned' as is_churned,
        is_final,
        month
    from named
)

select * from movements
