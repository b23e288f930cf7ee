with leavers as (
    select
        brand,
        cohort_month,
        weight
    from {{ ref('int_leaver_weights') }}
),

cells as (
    select * from {{ ref('int_reason_cells') }}
),

in_cohorts as (
    select * from leavers
    union all
    select
        brand,
        null as cohort_month,
        weight
    from leavers
),

cohorts as (
    select
        brand,
        cohort_month,
        count(*) as n_leavers,
        count(weight) as n_answers,
        -- Kish: as many equally weighted answers would be worth as much
        power({{ steady_sum('weight') }}, 2) / {{ steady_sum('weight * weight') }}
            as n_effective
    from in_cohorts
    group by brand, cohort_month
),

-- All cohorts together are the sum of each.
reasons as (
    select
        brand,
        cohort_month,
        reason,
        answers,
        leavers,
        lost_revenue
    from cells
    union all
    select
        brand,
        null as cohort_month,
        reason,
        sum(answers) as answers,
        {{ steady_sum('leavers') }} as leavers,
        {{ steady_sum('lost_revenue') }} as lost_revenue
    from cells
    group by brand, reason
),

shared as (
    select
        reasons.*,
        cohorts.n_leavers,
        cohorts.n_answers,
        cohorts.n_effective,
        case
            when cohorts.n_answers > 0
                then least(reasons.leavers / cohorts.n_leavers, 1)
        end as share
    from reasons
    inner join cohorts
        on
            reasons.brand = cohorts.brand
            and reasons.cohort_month is not distinct from cohorts.cohort_month
),

rated as (
    select
        brand,
        reason,
        n_leavers,
        n_leavers as n_mature,
        n_answers,
        cast(answers as bigint) as answers,
        1.0 * answers / nullif(n_answers, 0) as naive_share,
        share,
        {{ wilson_low('share * n_effective', 'n_effective') }} as share_low,
        {{ wilson_high('share * n_effective', 'n_effective') }} as share_high,
        -- if none, or all, of the silent ones left for this reason
        1.0 * answers / n_leavers as share_at_least,
        1.0 * (answers + n_leavers - n_answers) / n_leavers as share_at_most,
        leavers,
        lost_revenue as lost_monthly_revenue,
        false as is_final,
        cohort_month
    from shared
)

select * from rated
