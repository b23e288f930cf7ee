with experiments as (
    select
        experiment_id,
        brand,
        unit,
        experiment_type,
        started_at,
        ended_at,
        {{ reporting_date('started_at') }} as started_date,
        {{ reporting_date('ended_at') }} as ended_date
    from {{ ref('stg_experiments__experiments') }}
    -- what a campaign's holdout measures is growth's
    where campaign_id is null
),

exposures as (
    select
        experiment_id,
        count(*) as units
    from {{ ref('exposures') }}
    where is_analysed
    group by experiment_id
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
        min(coalesce(decisions.shipped_at, decisions.decided_at)) as live_from,
        min(decisions.decided_at) as decided_at
    from decisions
    inner join treatments
        on
            decisions.experiment_id = treatments.experiment_id
            and lower(treatments.variant) = lower(coalesce(
                decisions.shipped_variant,
                case when treatments.treatment_count = 1 then treatments.variant end
            ))
    where decisions.decision = 'ship'
    group by treatments.experiment_id, treatments.variant
),

-- A shipped treatment is live until it was taken back. A group held out does not have it.
spans as (
    select
        shipped.experiment_id,
        shipped.variant,
        experiments.brand,
        experiments.unit,
        1.0 as live_share,
        {{ reporting_date('shipped.live_from') }} as live_from,
        {{ reporting_date('min(decisions.decided_at)') }} as live_to
    from shipped
    inner join experiments
        on shipped.experiment_id = experiments.experiment_id
    left join decisions
        on
            shipped.experiment_id = decisions.experiment_id
            and shipped.decided_at < decisions.decided_at
            and decisions.decision = 'stop'
    where experiments.experiment_type = 'ab'
    group by
        shipped.experiment_id,
        shipped.variant,
        experiments.brand,
        experiments.unit,
        shipped.live_from
    union all
    select
        experiments.experiment_id,
        treatments.variant,
        experiments.brand,
        experiments.unit,
        treatments.traffic_share as live_share,
        experiments.started_date as live_from,
        cast({{ dbt.dateadd('day', -1, 'experiments.ended_date') }} as date) as live_to
    from experiments
    inner join treatments
        on experiments.experiment_id = treatments.experiment_id
    where experiments.experiment_type = 'holdout'
),

with_daily_units as (
    select
        spans.*,
        coalesce(exposures.units, 0)
        / greatest(
            {{ hours_between('experiments.started_at', 'experiments.ended_at') }} / 24,
            1
        ) as units_per_day
    from spans
    inner join experiments
        on spans.experiment_id = experiments.experiment_id
    left join exposures
        on spans.experiment_id = exposures.experiment_id
)

select * from with_daily_units
