with tests as (
    select
        experiment_id,
        variant,
        metric_name,
        coalesce(cuped_difference, difference) as observed,
        coalesce(cuped_standard_error, standard_error) as standard_error
    from {{ ref('int_experiment_tests') }}
    where place_type = 'all' and problem is null
),

-- The metric that is valued in dollars: revenue before orders.
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
                    when kind in ('ratio', 'quantile') then 3
                    when numerator = 'orders.revenue' then 1
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
        experiment_type,
        verdict <> 'invalid' as is_valid
    from {{ ref('experiment_verdicts') }}
),

-- What a campaign's holdout measures is growth's to say.
experiments as (
    select
        experiment_id,
        {{ "brand" if var('ledger_pool') == 'brand' else "'all'" }} as pool
    from {{ ref('stg_experiments__experiments') }}
    where campaign_id is null
),

concluded as (
    select
        tests.experiment_id,
        tests.variant,
        tests.metric_name,
        experiments.pool,
        verdicts.experiment_type,
        plans.numerator,
        plans.kind,
        plans.outcome_days,
        tests.observed,
        tests.standard_error,
        tests.observed / nullif(tests.standard_error, 0) as z,
        verdicts.is_valid,
        plans.is_predeclared,
        plans.is_final
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
    inner join experiments
        on tests.experiment_id = experiments.experiment_id
)

select * from concluded
