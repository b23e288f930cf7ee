with scopes as (
    select
        brand,
        brand as of_brand
    from {{ ref('brands') }}
    union all
    select
        'all' as brand,
        brand as of_brand
    from {{ ref('brands') }}
),

shrunk as (
    select
        ledger.experiment_id,
        ledger.variant,
        scopes.brand,
        ledger.test_count,
        ledger.effect_value,
        ledger.observed_revenue,
        ledger.credited_revenue,
        ledger.month
    from {{ ref('experiment_ledger') }} as ledger
    inner join scopes
        on ledger.brand = scopes.of_brand
    where ledger.evidence = 'shrunk'
),

ends as (
    select distinct
        brand,
        month
    from shrunk
),

-- A test has one effect for all its months: its error does not average out.
by_test as (
    select
        ends.brand,
        ends.month,
        shrunk.experiment_id,
        shrunk.variant,
        max(shrunk.test_count) as test_count,
        {{ steady_sum('shrunk.effect_value', 9) }} as effect_value,
        sum(shrunk.observed_revenue) as observed_revenue,
        sum(shrunk.credited_revenue) as credited_revenue
    from ends
    inner join shrunk
        on
            ends.brand = shrunk.brand
            and ends.month >= shrunk.month
            and ends.month
            < {{ dbt.dateadd('month', 12, 'shrunk.month') }}
    group by ends.brand, ends.month, shrunk.experiment_id, shrunk.variant
),

sums as (
    select
        brand,
        month,
        count(*) as live_tests,
        min(test_count) as test_count,
        cast(sum(observed_revenue) as decimal(24, 6)) as observed_revenue,
        cast(sum(credited_revenue) as decimal(24, 6)) as credited_revenue
    from by_test
    group by brand, month
),

-- Not knowing the prior moves all tests of a pool together.
by_prior as (
    select
        by_test.brand,
        by_test.month,
        posteriors.pool,
        max(posteriors.weight) as weight,
        {{ steady_sum('by_test.effect_value * posteriors.mean', 9) }} as mean,
        {{ steady_sum(
            'by_test.effect_value * by_test.effect_value'
            ' * (posteriors.mean_square - posteriors.mean * posteriors.mean)', 9
        ) }} as variance
    from by_test
    inner join {{ ref('int_experiment_posteriors') }} as posteriors
        on
            by_test.experiment_id = posteriors.experiment_id
            and by_test.variant = posteriors.variant
    group by by_test.brand, by_test.month, posteriors.pool, posteriors.prior_number
),

by_pool as (
    select
        brand,
        month,
        {{ steady_sum('weight * (variance + mean * mean)', 9) }}
        - power({{ steady_sum('weight * mean', 9) }}, 2) as variance
    from by_prior
    group by brand, month, pool
),

half_widths as (
    select
        brand,
        month,
        {{ z_95() }} * sqrt(greatest(0, {{ steady_sum('variance', 6) }}))
            as half_width
    from by_pool
    group by brand, month
),

totals as (
    select
        sums.brand,
        sums.live_tests,
        sums.test_count,
        sums.observed_revenue,
        sums.credited_revenue,
        cast(sums.credited_revenue - half_widths.half_width as decimal(24, 6))
            as credited_revenue_low,
        cast(sums.credited_revenue + half_widths.half_width as decimal(24, 6))
            as credited_revenue_high,
        luck.luck_left_share,
        sums.month
    from sums
    inner join half_widths
        on sums.brand = half_widths.brand and sums.month = half_widths.month
    left join {{ ref('ledger_luck') }} as luck
        on
            sums.test_count >= luck.min_tests
            and coalesce(sums.test_count <= luck.max_tests, true)
)

select * from totals
