-- One row per treatment of an experiment: what its success metric observed, and what is left when all valid tests are looked at
-- together. Whoever picks winners picks luck as well: positive-part James-Stein takes it out.
with tests as (
    select
        experiment_id,
        variant,
        metric_name,
        coalesce(cuped_difference, difference) as observed,
        coalesce(cuped_standard_error, standard_error) as standard_error
    from {{ ref('int_experiment_tests') }}
    where segment_type = 'all' and problem is null
),

-- The metric that is told in dollars: revenue before orders.
plans as (
    select
        experiment_id,
        metric_name,
        numerator,
        kind,
        outcome_days,
        is_predeclared,
        is_final,
        row_number() over (
            partition by experiment_id
            order by
                case
                    when kind = 'ratio' then 3
                    when numerator = 'orders.revenue_usd' then 1
                    when numerator like 'orders.%' then 2
                    else 3
                end,
                kind,
                metric_name
        ) as preference
    from {{ ref('int_experiment_plans') }}
    where role = 'success'
),

verdicts as (
    select
        experiment_id,
        variant,
        brand,
        experiment_type,
        verdict <> 'invalid' as is_valid
    from {{ ref('experiment_verdicts') }}
),

concluded as (
    select
        tests.experiment_id,
        tests.variant,
        tests.metric_name,
        verdicts.brand,
        verdicts.experiment_type,
        plans.numerator,
        plans.kind,
        plans.outcome_days,
        verdicts.is_valid,
        plans.is_predeclared,
        plans.is_final,
        tests.observed,
        tests.standard_error,
        tests.observed / nullif(tests.standard_error, 0) as z
    from tests
    inner join plans
        on
            tests.experiment_id = plans.experiment_id
            and tests.metric_name = plans.metric_name
            and plans.preference = 1
    inner join verdicts
        on
            tests.experiment_id = verdicts.experiment_id
            and tests.variant = verdicts.variant
),

-- A test of the tool itself and a group held out are no candidates that won or lost.
fit as (
    select
        count(z) as test_count,
        greatest(0, 1 - (count(z) - 2) / nullif(sum(cast(z * z as decimal(38, 12))), 0))
            as shrinkage
    from concluded
    where
        is_valid
        and is_final
        and is_predeclared
        and experiment_type = 'ab'
),

effects as (
    select
        concluded.experiment_id,
        concluded.variant,
        concluded.metric_name,
        concluded.brand,
        concluded.experiment_type,
        concluded.numerator,
        concluded.kind,
        concluded.outcome_days,
        concluded.observed,
        concluded.standard_error,
        case
            when not concluded.is_valid then 'invalid'
            when not concluded.is_final then 'not final'
            when not concluded.is_predeclared then 'declared late'
            when concluded.experiment_type = 'holdout' then 'measured'
            when fit.test_count < 3 then 'insufficient evidence'
            else 'shrunk'
        end as evidence,
        fit.shrinkage as fitted_shrinkage
    from concluded
    cross join fit
),

credited as (
    select
        *,
        case evidence
            when 'measured' then 1
            when 'shrunk' then fitted_shrinkage
        end as shrinkage
    from effects
)

-- Where nothing is left, the data say nothing of how far from nothing it is.
select
    experiment_id,
    variant,
    metric_name,
    brand,
    experiment_type,
    numerator,
    kind,
    outcome_days,
    evidence,
    observed,
    standard_error,
    shrinkage,
    shrinkage * observed as effect,
    case
        when shrinkage > 0
            then
                shrinkage * observed
                - normal_quantile(0.975) * sqrt(shrinkage) * standard_error
    end as effect_low,
    case
        when shrinkage > 0
            then
                shrinkage * observed
                + normal_quantile(0.975) * sqrt(shrinkage) * standard_error
    end as effect_high
from credited
