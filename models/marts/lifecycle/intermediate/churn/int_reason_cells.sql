with leavers as (
    select
        brand,
        cohort_month,
        reason,
        weight_group,
        weight,
        monthly_revenue,
        has_answered
    from {{ ref('int_leaver_weights') }}
),

-- What those who are silent left for is what others of about the same age and spend say;
-- where none of these says anything, what all say together.
group_reasons as (
    select
        brand,
        weight_group,
        reason,
        1.0 * count(*) / sum(count(*)) over (partition by brand, weight_group) as share
    from leavers
    where has_answered
    group by brand, weight_group, reason
),

brand_reasons as (
    select
        brand,
        reason,
        cast(sum(cast(weight as decimal(38, 18))) as double) / cast(
            sum(sum(cast(weight as decimal(38, 18)))) over (partition by brand)
            as double
        ) as share
    from leavers
    where has_answered
    group by brand, reason
),

silent as (
    select
        brand,
        cohort_month,
        weight_group,
        (brand, weight_group) in (
            select
                group_reasons.brand,
                group_reasons.weight_group
            from group_reasons
        ) as has_group_reasons,
        count(*) as leavers,
        {{ steady_sum('monthly_revenue') }} as lost_revenue
    from leavers
    where not has_answered
    group by brand, cohort_month, weight_group
),

spread as (
    select
        brand,
        cohort_month,
        reason,
        1 as answers,
        1.0 as leavers,
        monthly_revenue as lost_revenue
    from leavers
    where has_answered
    union all
    select
        silent.brand,
        silent.cohort_month,
        coalesce(group_reasons.reason, brand_reasons.reason) as reason,
        0 as answers,
        silent.leavers * coalesce(group_reasons.share, brand_reasons.share, 1)
            as leavers,
        silent.lost_revenue * coalesce(group_reasons.share, brand_reasons.share, 1)
            as lost_revenue
    from silent
    left join group_reasons
        on
            silent.brand = group_reasons.brand
            and silent.weight_group = group_reasons.weight_group
    left join brand_reasons
        on silent.brand = brand_reasons.brand and not silent.has_group_reasons
),

cells as (
    select
        brand,
        cohort_month,
        reason,
        sum(answers) as answers,
        {{ steady_sum('leavers') }} as leavers,
        {{ steady_sum('lost_revenue') }} as lost_revenue
    from spread
    group by brand, cohort_month, reason
)

select * from cells
