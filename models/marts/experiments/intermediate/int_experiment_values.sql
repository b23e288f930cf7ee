-- One row per experiment, metric and unit: the value that is averaged, by the metric's kind. Decimals, so that their sums
-- are the same in whatever order they are added.
with outcomes as (
    select
        experiment_id,
        metric_name,
        unit_id,
        kind,
        numerator,
        denominator,
        pre_numerator
    from {{ ref('int_experiment_outcomes') }}
),

caps as (
    select
        experiment_id,
        metric_name,
        cap
    from {{ ref('int_experiment_caps') }}
),

unit_values as (
    select
        outcomes.experiment_id,
        outcomes.metric_name,
        outcomes.unit_id,
        {{ counted_by_kind('outcomes.numerator') }} as unit_value,
        {{ counted_at_most('outcomes.denominator') }} as denominator,
        {{ counted_by_kind('outcomes.pre_numerator') }} as pre_value
    from outcomes
    left join caps
        on
            outcomes.experiment_id = caps.experiment_id
            and outcomes.metric_name = caps.metric_name
)

select * from unit_values
