with mrr_months as (
    select
        customer_id,
        brand,
        month,
        opening_mrr_usd,
        closing_mrr_usd,
        was_subscriber
    from {{ ref('int_customer_mrr_months') }}
    where
        opening_mrr_usd > 0
        or closing_mrr_usd > 0
),

as_of as (
    select covered_date from {{ as_of() }}
),

dated as (
    select
        mrr_months.*,
        {{ is_final(dbt.last_day('mrr_months.month', 'month'), 'as_of.covered_date') }}
            as is_final
    from mrr_months
    cross join as_of
),

named as (
    select
        *,
        case
            when opening_mrr_usd = 0 and was_subscriber then 'reactivation'
            when opening_mrr_usd = 0 then 'new'
            when closing_mrr_usd = 0 then 'churned'
            when closing_mrr_usd > opening_mrr_usd then 'expansion'
            when closing_mrr_usd < opening_mrr_usd then 'contraction'
            else 'unchanged'
        end as movement,
        cast(abs(closing_mrr_usd - opening_mrr_usd) as decimal(18, 2)) as moved_usd
    from dated
),

movements as (
    select
        customer_id,
        brand,
        opening_mrr_usd,
        case when movement = 'new' then moved_usd else 0 end as new_mrr_usd,
        case
            when movement = 'reactivation' then moved_usd
            else 0
        end as reactivation_mrr_usd,
        case when movement = 'expansion' then moved_usd else 0 end as expansion_mrr_usd,
        case
            when movement = 'contraction' then moved_usd
            else 0
        end as contraction_mrr_usd,
        case when movement = 'churned' then moved_usd else 0 end as churned_mrr_usd,
        closing_mrr_usd,
        opening_mrr_usd > 0 as has_opening,
        movement = 'churned' as is_churned,
        is_final,
        month
    from named
)

select * from movements
