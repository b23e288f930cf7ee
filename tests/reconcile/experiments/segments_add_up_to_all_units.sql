-- Why: a result by segment is of the same units as the result of all.
-- Threshold: none for units; sums of values within what rounding of doubles leaves.
-- A failure means: units are missing from a segment, or stand in two.
with units as (
    select
        exposures.experiment_id,
        exposures.variant,
        count(*) as n
    from {{ ref('exposures') }} as exposures
    where exposures.is_analysed
    group by exposures.experiment_id, exposures.variant
),

segments as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        sum(n) as n,
        sum(n_mature) as n_mature,
        -- quantiles of segments are no parts of the quantile of all
        sum(case when kind <> 'quantile' then n_mature * mean end) as total
    from {{ ref('experiment_metric_stats') }}
    group by experiment_id, variant, metric_name, segment_type
),

segment_types as (
    select distinct segment_type from segments
),

metrics as (
    select distinct
        experiment_id,
        metric_name
    from segments
),

compared as (
    select
        units.experiment_id,
        units.variant,
        metrics.metric_name,
        segment_types.segment_type,
        segments.n,
        units.n as unit_count,
        segments.n_mature,
        wholes.n_mature as whole_n_mature,
        segments.total,
        wholes.total as whole_total
    from units
    inner join metrics
        on units.experiment_id = metrics.experiment_id
    cross join segment_types
    left join segments
        on
            units.experiment_id = segments.experiment_id
            and units.variant = segments.variant
            and metrics.metric_name = segments.metric_name
            and segment_types.segment_type = segments.segment_type
    left join segments as wholes
        on
            units.experiment_id = wholes.experiment_id
            and units.variant = wholes.variant
            and metrics.metric_name = wholes.metric_name
            and wholes.segment_type = 'all'
)

select *
from compared
where
    n is distinct from unit_count
    or n_mature is distinct from whole_n_mature
    or abs(coalesce(total, 0) - coalesce(whole_total, 0))
    > 1e-9 * greatest(1, abs(coalesce(whole_total, 0)))
