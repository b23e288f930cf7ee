with diagnosis_days as (
    select * from {{ ref('int_diagnosis_days') }}
),

summed as (
    select
        brand,
        days_before,
        is_case,
        count(*) as diagnoses,
        cast(sum(patients) as bigint) as patients,
        {{ steady_sum('measured_share') }} as measured,
        {{ steady_sum('usual_share') }} as usual,
        {{ steady_sum('measured_share * measured_share') }} as measured_squares,
        {{ steady_sum('usual_share * usual_share') }} as usual_squares,
        {{ steady_sum('measured_share * usual_share') }} as products,
        count(weight_gain_kg) as n_weighed,
        {{ steady_sum('weight_gain_kg') }} as gain_kg,
        {{ steady_sum('weight_gain_kg * weight_gain_kg') }} as squared_gain
    from diagnosis_days
    group by brand, days_before, is_case
),

-- A half more keeps none and all from claiming to be certain.
ratios as (
    select
        *,
        measured / nullif(usual, 0) as ratio,
        sqrt(
            greatest(
                0,
                measured_squares
                - 2 * measured / nullif(usual, 0) * products
                + power(measured / nullif(usual, 0), 2) * usual_squares
            )
            + 0.25 * diagnoses / patients
        ) / nullif(usual, 0) as ratio_error
    from summed
),

-- How many would have measured is what they used to, as it went on with those who were
-- not diagnosed.
compared as (
    select
        cases.brand,
        cases.days_before,
        cases.diagnoses as n_mature,
        coalesce(controls.patients, 0) as n_controls,
        cast(round(cases.measured) as bigint) as measured_count,
        cases.usual / cases.diagnoses as usual_share,
        controls.measured / controls.diagnoses as control_measured_share,
        controls.usual / controls.diagnoses as control_usual_share,

        cases.diagnoses >= {{ var('min_diagnoses') }}
        and controls.diagnoses >= {{ var('min_diagnoses') }}
        and controls.ratio > 0 as is_enough,
        1 - cases.ratio / controls.ratio as silent_share,
        sqrt(
            power(cases.ratio_error, 2)
            + power(cases.ratio / controls.ratio * controls.ratio_error, 2)
        ) / controls.ratio as silent_error,
        cases.n_weighed,
        cases.gain_kg / nullif(cases.n_weighed, 0) as weight_gain_kg,
        sqrt(
            greatest(
                0,
                cases.squared_gain
                - cases.gain_kg * cases.gain_kg / nullif(cases.n_weighed, 0)
            )
            / nullif(cases.n_weighed - 1, 0)
            / nullif(cases.n_weighed, 0)
        ) as weight_gain_error
    from ratios as cases
    left join ratios as controls
        on
            cases.brand = controls.brand
            and cases.days_before = controls.days_before
            and not controls.is_case
    where cases.is_case
),

judged as (
    select
        *,
        case when is_enough then silent_share end as known_silent_share
    from compared
),

with_intervals as (
    select
        brand,
        days_before,
        case when is_enough then 'sufficient' else 'insufficient' end as evidence,
        n_mature,
        n_controls,
        measured_count,
        1.0 * measured_count / n_mature as measured_share,
        {{ wilson_low('measured_count', 'n_mature') }} as measured_share_low,
        {{ wilson_high('measured_count', 'n_mature') }} as measured_share_high,
        usual_share,
        control_measured_share,
        control_usual_share,
        known_silent_share as silent_share,
        {{ normal_low('known_silent_share', 'silent_error') }} as silent_share_low,
        {{ normal_high('known_silent_share', 'silent_error') }} as silent_share_high,
        n_weighed,
        weight_gain_kg,
        {{ normal_low('weight_gain_kg', 'weight_gain_error') }} as weight_gain_low_kg,
        {{ normal_high('weight_gain_kg', 'weight_gain_error') }} as weight_gain_high_kg,
        false as is_final
    from judged
)

select * from with_intervals
