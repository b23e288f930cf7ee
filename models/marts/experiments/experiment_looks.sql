with planned as (
    select
        looks.experiment_id,
        looks.exposed_until,
        looks.information_share,
        min(looks.spending) over (partition by looks.experiment_id) as spending,
        plans.metric_name,
        least(
            looks.exposed_until,
            coalesce({{ reporting_date('experiments.ended_at') }}, looks.exposed_until)
        ) as counted_until,
        plans.outcome_days,
        experiments.ended_at,
        plans.until_at
    from {{ ref('experiment_planned_looks') }} as looks
    inner join {{ ref('stg_experiments__experiments') }} as experiments
        on looks.experiment_id = experiments.experiment_id
    inner join {{ ref('int_experiment_plans') }} as plans
        on
            looks.experiment_id = plans.experiment_id
            and plans.is_known_metric
),

dated as (
    select
        *,
        {{ dbt.dateadd(
            'day', 'outcome_days + ' ~ var('late_days'),
            'least(' ~ first_moment_after('counted_until') ~ ', coalesce(ended_at, '
            ~ first_moment_after('counted_until') ~ '))'
        ) }} as due_at
    from planned
),

-- A look is made on the last day up to it on which somebody was exposed.
compared as (
    select
        dated.*,
        comparisons.variant,
        comparisons.problem,
        comparisons.n_mature,
        comparisons.difference,
        comparisons.standard_error * comparisons.caution as standard_error,
        1 / (
            1 / nullif(comparisons.control_effective_n, 0)
            + 1 / nullif(comparisons.treatment_effective_n, 0)
        ) as information,
        row_number() over (
            partition by
                dated.experiment_id,
                dated.metric_name,
                dated.exposed_until,
                comparisons.variant
            order by comparisons.place desc
        ) as recency
    from dated
    inner join {{ ref('int_experiment_comparisons') }} as comparisons
        on
            dated.experiment_id = comparisons.experiment_id
            and comparisons.place_type = 'exposed_until'
            and dated.metric_name = comparisons.metric_name
            and cast(dated.counted_until as varchar) >= comparisons.place
    where dated.due_at <= dated.until_at
),

-- A look that says too little is left out: what it would have spent is left for the next.
made as (
    select
        *,
        difference / standard_error as z,
        list(information_share) over so_far as shares,
        list(information) over so_far as informations
    from compared
    where recency = 1 and problem is null
    window so_far as (
        partition by experiment_id, metric_name, variant order by exposed_until
    )
),

bounded as (
    select
        *,
        group_sequential_bound(shares, informations, spending) as bound,
        group_sequential_p_value(z, shares, informations, spending) as p_value
    from made
),

-- What was found at a look stays found; else the last one decides.
looks as (
    select
        experiment_id,
        variant,
        metric_name,
        spending,
        cast(n_mature as bigint) as n_mature,
        information_share,
        difference,
        standard_error,
        z,
        bound,
        difference - bound * standard_error as difference_low,
        difference + bound * standard_error as difference_high,
        p_value,
        coalesce(abs(z) > bound, false) as is_crossed,
        row_number() over (
            partition by experiment_id, metric_name, variant
            order by
                coalesce(abs(z) > bound, false) desc,
                bound is null,
                case when abs(z) > bound then exposed_until end,
                exposed_until desc
        ) = 1 and bound is not null as is_deciding,
        exposed_until,
        due_at
    from bounded
)

select * from looks
