-- Why: a ledger that credits more than there was is believed once, and then never again.
-- Threshold: a cent a row for rounding.
-- A failure means: a test is credited with more than units like those exposed paid, or a brand's tests with more than
-- it sold in the month.
with credits as (
    select
        brand,
        month,
        evidence,
        count(*) as tests,
        sum(credited_revenue) filter (where credited_revenue > 0) as credited_revenue,
        count(*) filter (
            where
            (coalesce(credited_revenue <= revenue_of_units + 0.01, true)) is not true
            or (coalesce(reach <= 1, true)) is not true
        ) as above_their_units
    from {{ ref('experiment_ledger') }}
    group by brand, month, evidence
),

revenue as (
    select
        brand,
        {{ month_of('revenue_date') }} as month,
        sum(revenue) as revenue
    from {{ ref('orders') }}
    where is_paid
    group by brand, {{ month_of('revenue_date') }}
)

select
    credits.*,
    revenue.revenue
from credits
left join revenue
    on
        credits.brand = revenue.brand
        and credits.month = revenue.month
where
    credits.above_their_units > 0
    or (
        coalesce(credits.credited_revenue, 0)
        <= greatest(coalesce(revenue.revenue, 0), 0) + 0.01 * credits.tests
    ) is not true
