with scopes as (
    select brand from {{ ref('brands') }}
    union all
    select 'all' as brand
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
        on scopes.brand in (ledger.brand, 'all')
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
            and ends.month < {{ dbt.dateadd('month', 12, 'shrunk.month') }}
    group by ends.brand, ends.month, shrunk.experiment_id, shrunk.variant
),

-- Not knowing the prior moves all tests of a pool together.
by_prior as (
    select
        by_test.brand,
        by_test.month,
        posteriors.pool,
        count(*) as live_tests,
        min(by_test.test_count) as test_count,
        sum(by_test.observed_revenue) as observed_revenue,
        sum(by_test.credited_revenue) as credited_revenue,
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
        max(live_tests) as live_tests,
        max(test_count) as test_count,
        max(observed_revenue) as observed_revenue,
        max(credited_revenue) as credited_revenue,
        {{ steady_sum('weight * (variance + mean * mean)', 9) }}
        - power({{ steady_sum('weight * mean', 9) }}, 2) as variance
    from by_prior
    group by brand, month, pool
),

sums as (
    select
        brand,
        month,
        cast(sum(live_tests) as bigint) as live_tests,
        min(test_count) as test_count,
        cast(sum(observed_revenue) as decimal(24, 6)) as observed_revenue,
        cast(sum(credited_revenue) as decimal(24, 6)) as credited_revenue,
        {{ z_95() }} * sqrt(greatest(0, {{ steady_sum('variance', 6) }})) as half_width
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
        cast(sums.credited_revenue - sums.half_width as decimal(24, 6))
            as credited_revenue_low,
        cast(sums.credited_revenue + sums.half_width as decimal(24, 6))
            as credited_revenue_high,
        luck.luck_left_share,
        sums.month
    from sums
    left join {{ ref('ledger_luck') }} as luck
        on sums.test_count between luck.min_tests and luck.max_tests
)

select * from totals
