with outcomes as (
    select
        prediction_id,
        model_name,
        model_version,
        score,
        is_flagged,
        is_positive,
        is_mature,
        has_labels,
        weight,
        maturity_days,
        scored_date,
        known_date
    from {{ ref('int_model_outcomes') }}
),

as_of as (
    select cast({{ dbt.dateadd('day', 1, 'as_of_date') }} as date) as today
    from {{ as_of() }}
),

in_periods as (
    select
        *,
        'week' as grain,
        cast({{ dbt.date_trunc('week', 'scored_date') }} as date) as period_start
    from outcomes
    union all
    select
        *,
        'month' as grain,
        {{ month_of('scored_date') }} as period_start
    from outcomes
),

dated as (
    select
        in_periods.prediction_id,
        in_periods.model_name,
        in_periods.model_version,
        in_periods.score,
        in_periods.is_flagged,
        in_periods.is_positive,
        in_periods.is_mature,
        in_periods.has_labels,
        in_periods.weight,
        in_periods.maturity_days,
        in_periods.scored_date,
        in_periods.known_date,
        in_periods.grain,
        in_periods.period_start,
        case in_periods.grain
            when 'week' then {{ dbt.dateadd('day', 7, 'in_periods.period_start') }}
            else {{ dbt.dateadd('month', 1, 'in_periods.period_start') }}
        end as next_period,
        as_of.today
    from in_periods
    cross join as_of
),

-- What early labels say of a mature period is what they said soon after it.
looked_at as (
    select
        *,
        {{ dbt.dateadd('day', 'maturity_days', 'next_period') }} <= today as is_final,
        cast(case
            when {{ dbt.dateadd('day', 'maturity_days', 'next_period') }} <= today
                then {{ dbt.dateadd('day', var('early_check_days'), 'next_period') }}
            else today
        end as date) as early_date
    from dated
),

aged as (
    select
        *,
        coalesce(is_positive and known_date < early_date, false) as is_early_positive,
        {{ dbt.datediff('scored_date', 'early_date', 'day') }} as early_age_days
    from looked_at
),

labelled as (
    select
        *,
        case when is_mature and is_positive is not null then weight end
            as mature_label,
        early_age_days >= {{ var('early_least_age_days') }} as is_old_enough,
        case
            when early_age_days >= {{ var('early_least_age_days') }} then weight
        end as early_label
    from aged
),

-- Labels of what was flagged count for all that was, and so do those of the rest.
weighed as (
    select
        *,
        mature_label * count(case when is_mature then 1 end) over stratum
        / cast(sum(cast(mature_label as decimal(38, 12))) over stratum as double)
            as mature_weight,
        early_label * count(case when is_old_enough then 1 end) over stratum
        / cast(sum(cast(early_label as decimal(38, 12))) over stratum as double)
            as early_weight
    from labelled
    window stratum as (
        partition by model_name, model_version, grain, period_start, is_flagged
    )
)

select * from weighed
