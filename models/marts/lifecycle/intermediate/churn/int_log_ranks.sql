with expectations as (
    select * from {{ ref('int_survival_expectations') }}
),

segments as (
    select
        brand,
        segment_type,
        segment,
        max(n_at_risk) as n_at_risk,
        sum(n_churned) as n_churned,
        {{ steady_sum('expected_churned') }} as expected_churned,
        {{ steady_sum(
            'coalesce(spread, 0) * n_at_risk * (all_at_risk - n_at_risk)'
        ) }} as variance,
        sum(n_churned) - {{ steady_sum('expected_churned') }} as surplus
    from expectations
    group by brand, segment_type, segment
),

covariances as (
    select
        brand,
        segment_type,
        one.segment,
        other.segment as other_segment,
        {{ steady_sum(
            'coalesce(one.spread, 0) * one.n_at_risk'
            ' * (case when one.segment = other.segment then one.all_at_risk else 0 end'
            ' - other.n_at_risk)'
        ) }} as covariance
    from expectations as one
    inner join expectations as other
        using (brand, segment_type, age_days)
    group by brand, segment_type, one.segment, other.segment
),

matrices as (
    select
        brand,
        segment_type,
        list(covariance order by segment, other_segment) as covariances
    from covariances
    group by brand, segment_type
),

segment_types as (
    select
        segments.brand,
        segments.segment_type,
        'all' as segment,
        sum(segments.n_at_risk) as n_at_risk,
        sum(segments.n_churned) as n_churned,
        {{ steady_sum('segments.expected_churned') }} as expected_churned,
        case
            when count(*) > 1
                then quadratic_form(
                    list(segments.surplus order by segments.segment),
                    any_value(matrices.covariances)
                )
        end as chi_square,
        count(*) - 1 as degrees
    from segments
    inner join matrices
        on
            segments.brand = matrices.brand
            and segments.segment_type = matrices.segment_type
    group by segments.brand, segments.segment_type
),

log_ranks as (
    select
        brand,
        segment_type,
        segment,
        n_at_risk,
        n_churned,
        expected_churned,
        power(surplus, 2) / nullif(variance, 0) as chi_square,
        1 as degrees
    from segments
    union all
    select * from segment_types
)

select * from log_ranks
