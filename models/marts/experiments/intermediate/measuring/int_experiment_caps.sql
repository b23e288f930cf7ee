with days as (
    select
        population_kind,
        population_id,
        metric_name,
        unit_id,
        days_since_exposure,
        numerator
    from {{ ref('int_experiment_outcome_days') }}
    where kind = 'winsorised_mean'
),

metrics as (
    select
        metric_name,
        cap_share
    from {{ ref('experiment_metrics') }}
),

outcomes as (
    select
        population_kind,
        population_id,
        metric_name,
        unit_id,
        coalesce(sum(numerator) filter (where days_since_exposure >= 0), 0)
            as numerator
    from days
    group by population_kind, population_id, metric_name, unit_id
),

-- One cap for all variants: one for each would hide the difference it is there to show.
ranked as (
    select
        outcomes.population_kind,
        outcomes.population_id,
        outcomes.metric_name,
        outcomes.numerator,
        row_number() over ranked_units - 1 as place,
        metrics.cap_share * (count(*) over all_units - 1) as cap_place
    from outcomes
    inner join metrics
        on outcomes.metric_name = metrics.metric_name
    window
        all_units as (
            partition by
                outcomes.population_kind, outcomes.population_id, outcomes.metric_name
        ),
        ranked_units as (
            partition by
                outcomes.population_kind, outcomes.population_id, outcomes.metric_name
            order by outcomes.numerator
        )
),

-- Between two units it is interpolated.
caps as (
    select
        population_kind,
        population_id,
        metric_name,
        max(case when place = floor(cap_place) then numerator end)
        * (1 - (max(cap_place) - floor(max(cap_place))))
        + max(case when place = ceil(cap_place) then numerator end)
        * (max(cap_place) - floor(max(cap_place))) as cap
    from ranked
    group by population_kind, population_id, metric_name
)

select * from caps
