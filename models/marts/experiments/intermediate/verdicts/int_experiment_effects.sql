with concluded as (
    select * from {{ ref('int_experiment_concluded') }}
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

weighed as (
    select
        concluded.*,
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

-- Picking winners picks luck as well: positive-part James-Stein takes it out.
credited as (
    select
        *,
        case evidence
            when 'measured' then 1
            when 'shrunk' then fitted_shrinkage
        end as shrinkage
    from weighed
),

-- With a shrinkage of 0 the data say nothing of how far the effect is from 0.
effects as (
    select
        experiment_id,
        variant,
        metric_name,
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
                    - {{ z_95() }} * sqrt(shrinkage) * standard_error
        end as effect_low,
        case
            when shrinkage > 0
                then
                    shrinkage * observed
                    + {{ z_95() }} * sqrt(shrinkage) * standard_error
        end as effect_high
    from credited
)

select * from effects
