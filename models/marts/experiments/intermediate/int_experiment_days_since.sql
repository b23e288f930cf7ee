-- One row per experiment, variant, metric and day since exposure (0: the first 24 hours): exact sums over its mature units of
-- what they did on that day. What a proportion or a cap counts once counts on the day that reached it, so that the days add up
-- to the whole outcome.
with days as (
    select
        experiment_id,
        metric_name,
        unit_id,
        variant,
        kind,
        days_since_exposure,
        denominator,
        sum(numerator) over unit_days as so_far,
        coalesce(sum(numerator) over earlier_days, 0) as before
    from {{ ref('int_experiment_outcome_days') }}
    where
        days_since_exposure >= 0
        and experiment_id in (
            select plans.experiment_id from {{ ref('int_experiment_plans') }} as plans
        )
    window
        unit_days as (
            partition by experiment_id, metric_name, unit_id
            order by days_since_exposure
        ),
        earlier_days as (
            partition by experiment_id, metric_name, unit_id
            order by days_since_exposure
            rows between unbounded preceding and 1 preceding
        )
),

caps as (
    select
        experiment_id,
        metric_name,
        cap
    from {{ ref('int_experiment_caps') }}
),

day_values as (
    select
        days.experiment_id,
        days.variant,
        days.metric_name,
        days.days_since_exposure,
        cast(
            {{ counted_by_kind('coalesce(days.so_far, 0)', 'days.') }}
            - {{ counted_by_kind('days.before', 'days.') }} as decimal(18, 6)
        ) as unit_value,
        {{ counted_at_most('days.denominator') }} as denominator,
        cast(null as decimal(18, 6)) as pre_value
    from days
    left join caps
        on
            days.experiment_id = caps.experiment_id
            and days.metric_name = caps.metric_name
),

sums as (
    select
        experiment_id,
        variant,
        metric_name,
        days_since_exposure,
        {{ sums_of_products() }}
    from day_values
    group by experiment_id, variant, metric_name, days_since_exposure
),

cells as (
    select
        cell_id,
        experiment_id,
        variant,
        n
    from {{ ref('int_experiment_cells') }}
),

mature as (
    select
        cell_id,
        metric_name,
        n_mature
    from {{ ref('int_experiment_sums') }}
),

plans as (
    select
        experiment_id,
        metric_name,
        kind,
        outcome_days
    from {{ ref('int_experiment_plans') }}
    where is_known_metric
),

arms as (
    select
        cells.experiment_id,
        cells.variant,
        plans.metric_name,
        plans.kind,
        plans.outcome_days,
        sum(cells.n) as n,
        coalesce(sum(mature.n_mature), 0) as n_mature
    from cells
    inner join plans
        on cells.experiment_id = plans.experiment_id
    left join mature
        on
            cells.cell_id = mature.cell_id
            and plans.metric_name = mature.metric_name
    group by
        cells.experiment_id,
        cells.variant,
        plans.metric_name,
        plans.kind,
        plans.outcome_days
),

numbers as (
    select row_number() over (order by date_day) - 1 as number from {{ ref('dates') }}
)

-- Who did nothing on a day adds 0 to its sums.
select
    arms.experiment_id,
    arms.variant,
    arms.metric_name,
    numbers.number as days_since_exposure,
    cast(arms.n as bigint) as n,
    cast(arms.n_mature as bigint) as n_mature,
    coalesce(sums.total, 0) as total,
    case when arms.kind = 'ratio' then coalesce(sums.denominator_total, 0) end
        as denominator_total,
    sums.pre_total,
    coalesce(sums.squares, 0) as squares,
    case when arms.kind = 'ratio' then coalesce(sums.denominator_squares, 0) end
        as denominator_squares,
    sums.pre_squares,
    case when arms.kind = 'ratio' then coalesce(sums.denominator_products, 0) end
        as denominator_products,
    sums.pre_products
from arms
inner join numbers
    on greatest(arms.outcome_days, 1) > numbers.number
left join sums
    on
        arms.experiment_id = sums.experiment_id
        and arms.variant = sums.variant
        and arms.metric_name = sums.metric_name
        and numbers.number = sums.days_since_exposure
