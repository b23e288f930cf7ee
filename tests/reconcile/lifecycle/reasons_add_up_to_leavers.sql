-- Why: reasons stand for everybody who left and for what they brought.
-- Threshold: a millionth of the sum, for rounding. By brand and cohort, leavers by reason add up to the lives that ended, and their
-- revenue to those lives' revenue a month; by brand and reason, all cohorts add up to the row of all.
with lives as (
    select
        brand,
        {{ month_of('started_date') }} as cohort_month,
        cast(revenue as double) / greatest(
            {{ dbt.datediff('entered_date', 'churned_date', 'day') }} / 30.0, 1
        ) as monthly_revenue
    from {{ ref('customer_lives') }}
    where is_churned
),

cohorts as (
    select
        brand,
        cohort_month,
        count(*) as leavers,
        sum(monthly_revenue) as lost_monthly_revenue
    from lives
    group by brand, cohort_month
    union all
    select
        brand,
        null as cohort_month,
        count(*) as leavers,
        sum(monthly_revenue) as lost_monthly_revenue
    from lives
    group by brand
),

reasons as (
    select
        brand,
        cohort_month,
        sum(leavers) as leavers,
        sum(lost_monthly_revenue) as lost_monthly_revenue
    from {{ ref('churn_reasons') }}
    group by brand, cohort_month
),

compared as (
    select
        coalesce(cohorts.brand, reasons.brand) as brand,
        coalesce(cohorts.cohort_month, reasons.cohort_month) as cohort_month,
        null as reason,
        cohorts.leavers,
        reasons.leavers as leavers_by_reason,
        cohorts.lost_monthly_revenue,
        reasons.lost_monthly_revenue as lost_monthly_revenue_by_reason
    from cohorts
    full join reasons
        on
            cohorts.brand = reasons.brand
            and cohorts.cohort_month is not distinct from reasons.cohort_month
    union all
    select
        brand,
        null as cohort_month,
        reason,
        sum(case when cohort_month is null then leavers end) as leavers,
        sum(case when cohort_month is not null then leavers end) as leavers_by_reason,
        sum(case when cohort_month is null then lost_monthly_revenue end)
            as lost_monthly_revenue,
        sum(case when cohort_month is not null then lost_monthly_revenue end)
            as lost_monthly_revenue_by_reason
    from {{ ref('churn_reasons') }}
    group by brand, reason
)

select *
from compared
where
    coalesce(abs(leavers - leavers_by_reason) > 1e-6 * greatest(1, leavers), true)
    or coalesce(
        abs(lost_monthly_revenue - lost_monthly_revenue_by_reason)
        > 1e-6 * greatest(1, abs(lost_monthly_revenue)),
        true
    )
