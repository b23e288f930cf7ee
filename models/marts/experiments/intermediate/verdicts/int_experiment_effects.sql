with concluded as (
    select * from {{ ref('int_experiment_concluded') }}
),

-- What the test's own error and not knowing the prior leave open.
posteriors as (
    select
        experiment_id,
        variant,
        max(test_count) as test_count,
        {{ steady_sum('weight * mean') }} as mean,
        {{ steady_sum('weight * mean_square') }} as mean_square
    from {{ ref('int_experiment_posteriors') }}
    group by experiment_id, variant
),

weighed as (
    select
        concluded.*,
        case
            when not concluded.is_valid then 'invalid'
            when not concluded.is_final then 'not final'
            when not concluded.is_predeclared then 'declared late'
            when concluded.experiment_type = 'holdout' then 'measured'
            when concluded.experiment_type <> 'ab' then 'test of the tool'
            when coalesce(posteriors.test_count, 0) < {{ var('ledger_min_tests') }}
                then 'insufficient evidence'
            else 'shrunk'
        end as evidence,
        posteriors.test_count,
        posteriors.mean,
        sqrt(
            greatest(0, posteriors.mean_square - posteriors.mean * posteriors.mean)
        ) as deviation
    from concluded
    left join posteriors
        on
            concluded.experiment_id = posteriors.experiment_id
            and concluded.variant = posteriors.variant
),

-- Picking winners picks luck as well; a group held out was not picked.
credited as (
    select
        *,
        case evidence
            when 'shrunk' then mean
            when 'measured' then observed
        end as effect,
        {{ z_95() }}
        * case evidence
            when 'shrunk' then deviation
            when 'measured' then standard_error
        end as half_width
    from weighed
),

effects as (
    select
        experiment_id,
        variant,
        metric_name,
        numerator,
        kind,
        outcome_days,
        pool,
        evidence,
        case when evidence = 'shrunk' then test_count end as test_count,
        observed,
        standard_error,
        effect / nullif(observed, 0) as shrinkage,
        effect,
        effect - half_width as effect_low,
        effect + half_width as effect_high
    from credited
)

select * from effects
