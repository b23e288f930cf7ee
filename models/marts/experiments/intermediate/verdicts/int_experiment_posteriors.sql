-- A test of the tool itself and a group held out are no candidates that won or lost.
with tests as (
    select
        experiment_id,
        variant,
        pool,
        standard_error,
        z,
        count(*) over (partition by pool) as test_count
    from {{ ref('int_experiment_concluded') }}
    where
        is_valid
        and is_final
        and is_predeclared
        and experiment_type = 'ab'
        and z is not null
),

-- All effects are normal around 0 with one spread, and a share of them with a larger one besides. Which is not known,
-- so each is tried.
priors as (
    select
        row_number() over (order by usual.spread, large.spread, large.share)
            as prior_number,
        usual.spread * usual.spread as variance,
        usual.spread * usual.spread + large.spread * large.spread as large_variance,
        large.share,
        ln(usual.weight * large.weight) as log_weight
    from {{ ref('ledger_priors') }} as usual
    cross join {{ ref('ledger_priors') }} as large
    where usual.part = 'usual' and large.part = 'large'
),

-- Logarithms, since far out the densities of z, whose error is 1, are 0.
densities as (
    select
        tests.*,
        priors.*,
        ln(1 - priors.share)
        - ln(1 + priors.variance) / 2
        - tests.z * tests.z / 2 / (1 + priors.variance) as log_usual,
        case when priors.share > 0 then ln(priors.share) end
        - ln(1 + priors.large_variance) / 2
        - tests.z * tests.z / 2 / (1 + priors.large_variance) as log_large
    from tests
    cross join priors
),

mixed as (
    select
        *,
        coalesce(
            greatest(log_usual, log_large)
            + ln(1 + exp(-abs(log_usual - log_large))),
            log_usual
        ) as log_density
    from densities
),

evidence as (
    select
        pool,
        prior_number,
        max(log_weight) + {{ steady_sum('log_density', 12) }} as log_evidence
    from mixed
    group by pool, prior_number
),

relative as (
    select
        *,
        exp(log_evidence - max(log_evidence) over (partition by pool)) as weight
    from evidence
),

normalised as (
    select
        pool,
        prior_number,
        weight / sum(cast(weight as decimal(38, 18))) over (partition by pool) as weight
    from relative
),

-- What would be left of the effect if it were a usual one or a large one, and the chance of the latter.
shrunk as (
    select
        mixed.*,
        normalised.weight,
        coalesce(exp(mixed.log_large - mixed.log_density), 0) as large_chance,
        mixed.variance / (1 + mixed.variance) as usual_part,
        mixed.large_variance / (1 + mixed.large_variance) as large_part
    from mixed
    inner join normalised
        on
            mixed.pool = normalised.pool
            and mixed.prior_number = normalised.prior_number
),

weighed as (
    select
        experiment_id,
        variant,
        pool,
        test_count,
        prior_number,
        weight,
        standard_error
        * ((1 - large_chance) * usual_part + large_chance * large_part) * z as mean,
        standard_error * standard_error
        * (
            (1 - large_chance) * usual_part * (1 + usual_part * z * z)
            + large_chance * large_part * (1 + large_part * z * z)
        ) as mean_square
    from shrunk
)

select * from weighed
