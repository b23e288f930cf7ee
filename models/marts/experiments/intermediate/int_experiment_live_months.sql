-- One row per experiment, treatment and month in which its treatment was live: shipped, or shown to all but a group held out.
with experiments as (
    select
        experiment_id,
        brand,
        unit,
        experiment_type,
        {{ reporting_date('started_at') }} as started_date,
        {{ reporting_date('ended_at') }} as ended_date
    from {{ ref('stg_experiments__experiments') }}
),

treatments as (
    select
        experiment_id,
        variant,
        traffic_share,
        count(*) over (partition by experiment_id) as treatment_count
    from {{ ref('stg_experiments__variants') }}
    where not is_control
),

decisions as (
    select
        experiment_id,
        decision,
        shipped_variant,
        shipped_at,
        decided_at
    from {{ ref('stg_experiments__decisions') }}
),

-- A decision that does not name its variant means the only one.
shipped as (
    select
        treatments.experiment_id,
        treatments.variant,
        min(coalesce(decisions.shipped_at, decisions.decided_at)) as live_from
    from decisions
    inner join treatments
        on
            decisions.experiment_id = treatments.experiment_id
            and (
                decisions.shipped_variant = treatments.variant
                or (
                    decisions.shipped_variant is null
                    and treatments.treatment_count = 1
                )
            )
    where decisions.decision = 'ship'
    group by treatments.experiment_id, treatments.variant
),

-- Until it was taken back.
stopped as (
    select
        shipped.experiment_id,
        shipped.variant,
        min(decisions.decided_at) as stopped_at
    from shipped
    inner join decisions
        on
            shipped.experiment_id = decisions.experiment_id
            and shipped.live_from < decisions.decided_at
    where decisions.decision = 'stop'
    group by shipped.experiment_id, shipped.variant
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- Who is held out does not have it.
live as (
    select
        shipped.experiment_id,
        shipped.variant,
        experiments.brand,
        experiments.unit,
        1.0 as live_share,
        {{ reporting_date('shipped.live_from') }} as live_from,
        least(
            coalesce({{ reporting_date('stopped.stopped_at') }}, as_of.as_of_date),
            as_of.as_of_date
        ) as live_to
    from shipped
    inner join experiments
        on shipped.experiment_id = experiments.experiment_id
    left join stopped
        on
            shipped.experiment_id = stopped.experiment_id
            and shipped.variant = stopped.variant
    cross join as_of
    where experiments.experiment_type = 'ab'
    union all
    select
        experiments.experiment_id,
        treatments.variant,
        experiments.brand,
        experiments.unit,
        treatments.traffic_share as live_share,
        experiments.started_date as live_from,
        least(
            coalesce(
                {{ dbt.dateadd('day', -1, 'experiments.ended_date') }}, as_of.as_of_date
            ),
            as_of.as_of_date
        ) as live_to
    from experiments
    inner join treatments
        on experiments.experiment_id = treatments.experiment_id
    cross join as_of
    where experiments.experiment_type = 'holdout'
),

months as (
    select
        live.experiment_id,
        live.variant,
        live.brand,
        live.unit,
        live.live_share,
        count(*) as live_days,
        min(dates.date_day) as first_day,
        max(dates.date_day) as last_day,
        dates.month_start as month
    from live
    inner join {{ ref('dates') }} as dates
        on dates.date_day between live.live_from and live.live_to
    group by
        live.experiment_id,
        live.variant,
        live.brand,
        live.unit,
        live.live_share,
        dates.month_start
)

select * from months
