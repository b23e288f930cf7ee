with arms as (
    select
        *,
        {{ estimate('arms') }} as estimate,
        {{ estimate_spread('arms') }} as spread
    from {{ ref('int_experiment_arms') }} as arms
),

paired as (
    select
        treated.experiment_id,
        treated.variant,
        treated.control_variant,
        treated.metric_name,
        treated.kind,
        treated.place_type,
        treated.place,
        controls.n as control_n,
        treated.n as treatment_n,
        cast(controls.n_mature + treated.n_mature as double) as n_mature,
        controls.effective_n as control_effective_n,
        treated.effective_n as treatment_effective_n,
        controls.estimate as control_value,
        treated.estimate as treatment_value,
        controls.spread as control_spread,
        treated.spread as treatment_spread,
        treated.estimate - controls.estimate as difference,
        treated.pre_mean - controls.pre_mean as pre_difference,
        controls.variance_below as control_below,
        controls.variance_above as control_above,
        treated.variance_below as treatment_below,
        treated.variance_above as treatment_above,
        controls.pre_variance as control_pre_variance,
        treated.pre_variance as treatment_pre_variance,
        least(controls.n_mature, treated.n_mature) as least_n_mature,
        least(controls.n_converted_before, treated.n_converted_before)
            as least_converted_before,
        case
            when
                least(controls.n_mature, treated.n_mature)
                < greatest(2, {{ var('least_units') }})
                then 'fewer than {{ var('least_units') }} units in an arm'
            when controls.estimate is null or treated.estimate is null
                then 'a denominator of zero'
            when
                greatest(controls.spread, treated.spread) <= 0
                and treated.kind = 'winsorised_mean'
                then 'a cap of zero, or no variance'
            when
                least(controls.n_converted, treated.n_converted)
                < {{ var('least_converters') }}
                then 'fewer than {{ var('least_converters') }} of an arm did it'
            when
                treated.kind = 'proportion'
                and least(
                    controls.n_mature - controls.n_converted,
                    treated.n_mature - treated.n_converted
                ) < {{ var('least_converters') }}
                then 'all but fewer than {{ var('least_converters') }} of an arm did it'
            when treated.kind = 'quantile' and controls.spread + treated.spread is null
                then 'too few units, or too many alike, for the quantile'
            when (least(controls.spread, treated.spread) > 0) is not true
                then 'no variance in an arm'
        end as problem
    from arms as treated
    inner join arms as controls
        on
            treated.experiment_id = controls.experiment_id
            and treated.variant = controls.variant
            and treated.metric_name = controls.metric_name
            and treated.place_type = controls.place_type
            and treated.place = controls.place
    where controls.is_control and not treated.is_control
),

measured as (
    select
        *,
        control_spread / nullif(control_effective_n, 0) as control_value_variance,
        treatment_spread / nullif(treatment_effective_n, 0) as treatment_value_variance,
        {{ cautious_variance(
            'control_spread', 'control_effective_n',
            'treatment_spread', 'treatment_effective_n', 'difference'
        ) }} as cautious_variance
    from paired
),

-- A small arm that saw few large values, or none, looks surer than it is: beside a much larger
-- one its variance counts at least as that of all units.
cautious as (
    select
        *,
        sqrt(greatest(control_value_variance + treatment_value_variance, 0))
            as standard_error,
        sqrt(
            cautious_variance
            / nullif(control_value_variance + treatment_value_variance, 0)
        ) as caution
    from measured
),

-- Of a quantile each end has its own error, by the bounds of both arms on its side (Newcombe's way).
comparisons as (
    select
        *,
        coalesce(sqrt(nullif(
            treatment_below / treatment_effective_n
            + control_above / control_effective_n, 0
        )), standard_error) as low_error,
        coalesce(sqrt(nullif(
            treatment_above / treatment_effective_n
            + control_below / control_effective_n, 0
        )), standard_error) as high_error
    from cautious
)

select * from comparisons
