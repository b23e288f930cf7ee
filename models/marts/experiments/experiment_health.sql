with splits as (
    select
        experiment_id,
        case when is_whole then 'split as planned' else 'split within segments' end
            as check_name,
        case
            when place_type = 'all' and exposed_date is null then ''
            when exposed_date is null then concat(place_type, ' ', place)
            else concat(place_type, ' ', place, ' on ', exposed_date)
        end as place,
        chi_square as measured,
        p_value_adjusted as tested,
        cast(cast(worst_units as bigint) as varchar) as found,
        cast(round(worst_expected_units, 1) as varchar) as other,
        true as may_invalidate,
        p_value,
        worst_variant as name
    from {{ ref('int_experiment_splits') }}
    where is_whole or p_value is not null
),

-- Arms of which hardly anybody did anything before say nothing of the pipeline.
comparisons as (
    select
        experiment_id,
        variant,
        metric_name,
        pre_difference,
        2 * t_cdf(
            -abs(pre_difference) / sqrt({{ cautious_variance(
                'control_pre_variance', 'control_effective_n',
                'treatment_pre_variance', 'treatment_effective_n', 'pre_difference'
            ) }}),
            {{ welch_degrees(
                'control_pre_variance / control_effective_n', 'control_effective_n',
                'treatment_pre_variance / treatment_effective_n',
                'treatment_effective_n'
            ) }}
        ) as p_value
    from {{ ref('int_experiment_comparisons') }}
    where
        place_type = 'all'
        and kind <> 'ratio'
        and least_n_mature >= greatest(2, {{ var('least_units') }})
        and least_converted_before >= {{ var('least_converters') }}
        and least(control_pre_variance, treatment_pre_variance) > 0
),

pre_periods as (
    select
        experiment_id,
        'no difference before the start' as check_name,
        concat(metric_name, ' of ', variant) as place,
        pre_difference as measured,
        p_value as tested,
        '{{ var('experiment_past_days') }}' as found,
        null as other,
        true as may_invalidate,
        p_value,
        null as name
    from comparisons
),

counted as (
    select
        *,
        cast(null as double) as p_value,
        cast(null as varchar) as name
    from {{ ref('int_experiment_design_checks') }}
    union all
    select
        *,
        null as p_value,
        null as name
    from {{ ref('int_experiment_unit_checks') }}
),

measurements as (
    select * from counted
    union all
    select * from splits
    union all
    select * from pre_periods
),

checked as (
    select
        measurements.*,
        checks.sentence,
        coalesce(checks.sentence_if_not, checks.sentence) as sentence_if_not,
        coalesce(measurements.tested >= checks.at_least, true)
        and coalesce(measurements.tested <= checks.at_most, true) as is_ok,
        checks.invalidates and measurements.may_invalidate as invalidates
    from measurements
    inner join {{ ref('experiment_checks') }} as checks
        on measurements.check_name = checks.check_name
),

health as (
    select
        experiment_id,
        check_name,
        place,
        measured,
        p_value,
        is_ok,
        invalidates,
        {{ with_numbers(
            'case when is_ok then sentence else sentence_if_not end',
            {'name': 'name', 'found': 'found', 'other': 'other'}
        ) }} as detail
    from checked
)

select * from health
