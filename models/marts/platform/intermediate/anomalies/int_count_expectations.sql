with flat as (
    select * from {{ ref('int_flat_counts') }}
),

-- All frames end the day before the one that is judged.
levels as (
    select
        *,
        {{ trimmed_mean('flat_count', 'four_weeks') }} as level,
        {{ trimmed_mean('flat_count', 'two_weeks') }}
        - {{ trimmed_mean('flat_count', 'weeks_before') }} as drift,
        {{ variance_over('flat_count', 'four_weeks') }} / 6 as drift_variance
    from flat
    window
        four_weeks as {{ days_before(28) }},
        two_weeks as {{ days_before(14) }},
        weeks_before as {{ days_before(28, 15) }}
),

-- The trend of four weeks goes on as far as it is more than their own noise.
trended as (
    select
        *,
        case when level is not null then greatest(0, level + coalesce(
            power(drift, 3) / nullif(power(drift, 2) + 4 * drift_variance, 0), 0
        )) end as trended_level
    from levels
),

errors as (
    select
        *,
        power(usual - trended_level * factor, 2) / greatest(
            trended_level * factor, {{ var('least_expected_rows') }}
        ) as squared_error
    from trended
),

{{ capped_errors('errors') }},

-- What the same method missed by on the days before, more when it had few of them: never
-- less than counting itself.
dispersed as (
    select
        *,
        greatest(1, typical_dispersion, {{ mean_over('capped_error', 'earlier') }}) * (
            1 + {{ var('few_days_penalty') }} / (1.0 + count(capped_error) over earlier)
        ) as dispersion,
        case when is_holiday then coalesce(sunday_factor, factor) else factor end
            as other_factor
    from capped
    window earlier as {{ days_before() }}
),

described as (
    select
        node_id,
        measure,
        kind,
        observed,
        case when level is not null then greatest(
            {{ var('least_expected_rows') }},
            least(factor, other_factor) * trended_level
        ) end as expected_low,
        case when level is not null then greatest(
            {{ var('least_expected_rows') }},
            greatest(factor, other_factor) * trended_level
        ) end as expected_high,
        dispersion,
        days_with_rows,
        earlier_days,
        is_holiday,
        is_known,
        measured_date
    from dispersed
)

select * from described
