with leavers as (
    select
        brand,
        cohort_month,
        reason,
        weight,
        monthly_revenue
    from {{ ref('int_leaver_weights') }}
),

in_cohorts as (
    select * from leavers
    union all
    select
        brand,
        null as cohort_month,
        reason,
        weight,
        monthly_revenue
    from leavers
),

cohorts as (
    select
        brand,
        cohort_month,
        count(*) as n_leavers,
        count(weight) as n_answers,
        {{ steady_sum('monthly_revenue') }} as lost_revenue,
        {{ steady_sum('weight') }} as weights,
        -- Kish: as many equally weighted answers would be worth as much
        power({{ steady_sum('weight') }}, 2) / {{ steady_sum('weight * weight') }}
            as n_effective,
        {{ steady_sum('weight * monthly_revenue') }} as weighted_revenue
    from in_cohorts
    group by brand, cohort_month
),

reasons as (
    select
        brand,
        cohort_month,
        reason,
        count(*) as answers,
        {{ steady_sum('weight') }} as weights,
        {{ steady_sum('weight * monthly_revenue') }} as weighted_revenue
    from in_cohorts
    where reason is not null
    group by brand, cohort_month, reason
),

weighted as (
    select
        cohorts.*,
        reasons.reason,
        coalesce(reasons.answers, 0) as answers,
        reasons.weights / cohorts.weights as share,
        reasons.weighted_revenue / nullif(cohorts.weighted_revenue, 0)
            as revenue_share
    from cohorts
    left join reasons
        on
            cohorts.brand = reasons.brand
            and cohorts.cohort_month is not distinct from reasons.cohort_month
),

rated as (
    select
        brand,
        reason,
        n_leavers,
        n_leavers as n_mature,
        n_answers,
        answers,
        1.0 * answers / nullif(n_answers, 0) as naive_share,
        share,
        {{ wilson_low('share * n_effective', 'n_effective') }} as share_low,
        {{ wilson_high('share * n_effective', 'n_effective') }} as share_high,
        -- if none, or all, of the silent ones left for this reason
        1.0 * answers / n_leavers as share_at_least,
        1.0 * (answers + n_leavers - n_answers) / n_leavers as share_at_most,
        n_leavers * coalesce(share, 1) as leavers,
        cast(lost_revenue * coalesce(revenue_share, share, 1) as double)
            as lost_monthly_revenue,
        false as is_final,
        cohort_month
    from weighted
)

select * from rated
