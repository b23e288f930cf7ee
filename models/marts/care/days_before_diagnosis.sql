-- A diagnosis with nobody alike is compared with nobody.
with matched as (
    select
        *,
        bool_or(not is_case) over diagnosis as is_matched,
        case when is_matched then measured_share end as compared_share,
        case when is_matched then usual_share end as compared_usual
    from {{ ref('int_diagnosis_days') }}
    window diagnosis as (partition by diagnosis_id, days_before)
),

summed as (
    select
        brand,
        days_before,
        is_case,
        count(*) as diagnoses,
        count(compared_share) as n_matched,
        cast(sum(patients) as bigint) as patients,
        cast(sum(measured_share) as bigint) as measured_count,
        {{ steady_sum('usual_share') }} / count(*) as usual_share,
        {{ steady_sum('compared_share') }} as measured,
        {{ steady_sum('compared_usual') }} as usual,
        {{ steady_sum('compared_share * compared_share') }} as measured_squares,
        {{ steady_sum('compared_usual * compared_usual') }} as usual_squares,
        {{ steady_sum('compared_share * compared_usual') }} as products,
        count(weight_gain_kg) as n_weighed,
        {{ steady_sum('weight_gain_kg') }} as gain_kg,
        {{ steady_sum('weight_gain_kg * weight_gain_kg') }} as squared_gain
    from matched
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
        cases.n_matched,
        coalesce(controls.patients, 0) as n_controls,
        cases.measured_count,
        cases.usual_share,
        controls.measured / controls.n_matched as control_measured_share,
        controls.usual_share as control_usual_share,
        case
            when cases.n_matched >= {{ var('min_diagnoses') }} and controls.ratio > 0
                then 1 - cases.ratio / controls.ratio
        end as silent_share,
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

with_intervals as (
    select
        brand,
        days_before,
        case when silent_share is null then 'insufficient' else 'sufficient' end
            as evidence,
        n_mature,
        n_matched,
        n_controls,
        measured_count,
        1.0 * measured_count / n_mature as measured_share,
        {{ wilson_low('measured_count', 'n_mature') }} as measured_share_low,
        {{ wilson_high('measured_count', 'n_mature') }} as measured_share_high,
        usual_share,
        control_measured_share,
        control_usual_share,
        silent_share,
        {{ normal_low('silent_share', 'silent_error') }} as silent_share_low,
        {{ normal_high('silent_share', 'silent_error') }} as silent_share_high,
        n_weighed,
        weight_gain_kg,
        {{ normal_low('weight_gain_kg', 'weight_gain_error') }} as weight_gain_low_kg,
        {{ normal_high('weight_gain_kg', 'weight_gain_error') }} as weight_gain_high_kg,
        false as is_final
    from compared
)

select * from with_intervals
