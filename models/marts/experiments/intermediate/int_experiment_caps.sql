-- One row per experiment and metric that is winsorised: what a unit counts for at most. One cap for all variants, or it would
-- hide the difference it is there to show; between two units it is interpolated.
with outcomes as (
    select
        experiment_id,
        metric_name,
        numerator
    from {{ ref('int_experiment_outcomes') }}
    where kind = 'winsorised_mean'
),

metrics as (
    select
        metric_name,
        cap_share
    from {{ ref('experiment_metrics') }}
),

ranked as (
    select
        outcomes.experiment_id,
        outcomes.metric_name,
        outcomes.numerator,
        row_number() over arms - 1 as place,
        metrics.cap_share
        * (
            count(*) over (partition by outcomes.experiment_id, outcomes.metric_name)
            - 1
        )
            as cap_place
    from outcomes
    inner join metrics
        on outcomes.metric_name = metrics.metric_name
    window arms as (
        partition by outcomes.experiment_id, outcomes.metric_name
        order by outcomes.numerator
    )
),

caps as (
    select
        experiment_id,
        metric_name,
        max(case when place = floor(cap_place) then numerator end)
        * (1 - (max(cap_place) - floor(max(cap_place))))
        + max(case when place = ceil(cap_place) then numerator end)
        * (max(cap_place) - floor(max(cap_place))) as cap
    from ranked
    group by experiment_id, metric_name
)

select * from caps
