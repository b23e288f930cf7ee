with ages as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        n_entered,
        n_churned,
        n_churned + n_censored as n_left
    from {{ ref('int_survival_ages') }}
    where segment_type <> 'all'
),

segments as (
    select
        brand,
        segment_type,
        segment
    from ages
    group by brand, segment_type, segment
),

ends as (
    select
        brand,
        segment_type,
        age_days,
        sum(n_churned) as all_churned
    from ages
    group by brand, segment_type, age_days
),

-- Every segment at every age, so that those who stayed are at risk too.
filled as (
    select
        segments.brand,
        segments.segment_type,
        segments.segment,
        ends.age_days,
        ends.all_churned,
        coalesce(ages.n_churned, 0) as n_churned,
        -- those who leave at this age or later, but for those who enter at it or later
        sum(coalesce(ages.n_left - ages.n_entered, 0)) over (
            partition by segments.brand, segments.segment_type, segments.segment
            order by ends.age_days desc
        ) as n_at_risk
    from segments
    inner join ends
        on
            segments.brand = ends.brand
            and segments.segment_type = ends.segment_type
    left join ages
        on
            segments.brand = ages.brand
            and segments.segment_type = ages.segment_type
            and segments.segment = ages.segment
            and ends.age_days = ages.age_days
),

totalled as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        cast(n_churned as double) as n_churned,
        cast(n_at_risk as double) as n_at_risk,
        cast(all_churned as double) as all_churned,
        cast(
            sum(n_at_risk) over (partition by brand, segment_type, age_days) as double
        ) as all_at_risk
    from filled
),

expected as (
    select
        *,
        all_churned * n_at_risk / all_at_risk as expected_churned,
        -- what the variance of two segments' counts shares at this age
        all_churned * (all_at_risk - all_churned)
        / nullif(all_at_risk * all_at_risk * (all_at_risk - 1), 0) as spread
    from totalled
    where all_churned > 0
)

select * from expected
