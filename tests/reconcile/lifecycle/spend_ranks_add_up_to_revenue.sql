-- Why: shares of the largest spenders are shares of all revenue only if all of it is ranked.
-- Threshold: none, to the cent, by brand and month; the last rank of a month has a cumulative share of 1.
with months as (
    select
        brand,
        month,
        sum(revenue) as revenue
    from {{ ref('customer_months') }}
    group by brand, month
    having sum(revenue) > 0
),

ranks as (
    select
        brand,
        month,
        sum(revenue) as revenue,
        max(cumulative_revenue_share) as last_share,
        count(*) - max(spend_rank) as missing_ranks
    from {{ ref('spend_ranks') }}
    group by brand, month
)

select
    coalesce(months.brand, ranks.brand) as brand,
    coalesce(months.month, ranks.month) as month,
    months.revenue,
    ranks.revenue as revenue_usd_of_ranks,
    ranks.last_share,
    ranks.missing_ranks
from months
full join ranks
    on
        months.brand = ranks.brand
        and months.month = ranks.month
where
    months.revenue is distinct from ranks.revenue
    or ranks.last_share is distinct from 1
    or ranks.missing_ranks is distinct from 0
