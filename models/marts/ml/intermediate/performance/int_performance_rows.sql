with counts as (
    select
        model_name,
        model_version,
        grain,
        period_start,
        is_early_measurable,
        prediction_count >= {{ var('drift_least_predictions') }} as has_many
    from {{ ref('int_performance_counts') }}
),

outcomes as (
    select
        outcome_periods.*,
        counts.is_early_measurable,
        counts.has_many
    from {{ ref('int_outcome_periods') }} as outcome_periods
    inner join counts
        on
            outcome_periods.model_name = counts.model_name
            and outcome_periods.model_version = counts.model_version
            and outcome_periods.grain = counts.grain
            and outcome_periods.period_start = counts.period_start
    where outcome_periods.has_labels
),

delays as (
    select * from {{ ref('int_label_delays') }}
    where known_positives >= {{ var('least_frauds_for_area') }}
),

meanings as (
    select * from {{ ref('int_score_meanings') }}
),

with_delays as (
    select
        outcomes.*,
        delays.known_share
    from outcomes
    asof left join delays
        on
            outcomes.model_name = delays.model_name
            and outcomes.model_version = delays.model_version
            and outcomes.early_date = delays.early_date
            and outcomes.early_age_days > delays.age_days
    where outcomes.is_early_measurable and outcomes.early_weight is not null
),

-- A bin's chance holds up to its bound.
with_meanings as (
    select
        outcomes.*,
        meanings.chance
    from outcomes
    asof inner join meanings
        on
            outcomes.model_name = meanings.model_name
            and outcomes.model_version = meanings.model_version
            and outcomes.score <= meanings.score_to
    where outcomes.has_many and outcomes.early_date >= meanings.known_from
),

performance_rows as (
    select
        prediction_id,
        model_name,
        model_version,
        grain,
        period_start,
        'early_labels' as basis,
        score,
        is_early_positive as is_positive,
        case
            when is_early_positive then early_weight / known_share
            else early_weight
        end as weight,
        case
            when is_early_positive then early_weight / known_share - early_weight
            else 0
        end as hidden_weight
    from with_delays
    union all
    select
        with_meanings.prediction_id,
        with_meanings.model_name,
        with_meanings.model_version,
        with_meanings.grain,
        with_meanings.period_start,
        'confidence' as basis,
        with_meanings.score,
        sides.is_positive,
        case
            when sides.is_positive then with_meanings.chance
            else 1 - with_meanings.chance
        end as weight,
        0 as hidden_weight
    from with_meanings
    cross join (values (true), (false)) as sides (is_positive)
)

select * from performance_rows
