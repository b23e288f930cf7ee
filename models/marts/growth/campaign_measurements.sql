with campaigns as (
    select
        campaign_id,
        channel
    from {{ ref('stg_ads__campaigns') }}
),

as_of as (
    select covered_date from {{ covered_by([
        'app.orders', 'app.order_items', 'app.order_status_events', 'events.events',
        'payments.payments', 'finance.exchange_rates',
    ]) }}
),

-- Variances of what was added and of the touched, and their covariance: the touched are some of those who converted.
holdouts as (
    select
        *,
        1.0 * treated_units / nullif(control_units, 0) as ratio,
        1 - 1.0 * treated_conversions / nullif(treated_units, 0) as treated_left,
        1 - 1.0 * control_conversions / nullif(control_units, 0) as control_left
    from {{ ref('int_campaign_holdouts') }}
),

spread as (
    select
        *,
        treated_conversions - ratio * control_conversions as added,
        treated_conversions * treated_left
        + ratio * ratio * control_conversions * control_left as added_variance,
        touched_conversions * treated_left as covariance,
        touched_conversions * (1 - 1.0 * touched_conversions / treated_units)
            as touched_variance
    from holdouts
),

-- Fieller: the factors that both arms allow.
terms as (
    select
        *,
        power(touched_conversions, 2) - power({{ z_95() }}, 2) * touched_variance
            as quadratic,
        added * touched_conversions - power({{ z_95() }}, 2) * covariance as linear,
        power(added, 2) - power({{ z_95() }}, 2) * added_variance as constant
    from spread
),

measured as (
    select
        experiment_id as measurement_id,
        'holdout' as measured_by,
        campaign_id,
        brand,
        problem,
        touched_conversions,
        added as incremental_conversions,
        added - {{ z_95() }} * sqrt(added_variance) as incremental_conversions_low,
        added + {{ z_95() }} * sqrt(added_variance) as incremental_conversions_high,
        (linear - sqrt(greatest(0, linear * linear - quadratic * constant)))
        / nullif(quadratic, 0) as factor_low,
        (linear + sqrt(greatest(0, linear * linear - quadratic * constant)))
        / nullif(quadratic, 0) as factor_high,
        {{ reporting_date('started_at') }} as started_date,
        cast({{ dbt.dateadd('day', -1, reporting_date('ended_at')) }} as date)
            as ended_date
    from terms
    union all
    select
        tests.geo_test_id as measurement_id,
        'geo' as measured_by,
        tests.campaign_id,
        tests.brand,
        case
            when ({{ is_final('tests.ended_on', 'as_of.covered_date') }}) is not true
                then 'not over'
            when (tests.first_date <= tests.before_from) is not true
                then 'no data of the time before'
            when coalesce(tests.fewest, 0) < {{ var('min_measured_conversions') }}
                then 'too few conversions'
            when tests.lift_low is null then 'too few places'
        end as problem,
        tests.touched_conversions,
        tests.after_count * (1 - exp(-tests.lift)) as incremental_conversions,
        tests.after_count * (1 - exp(-tests.lift_low)) as incremental_conversions_low,
        tests.after_count * (1 - exp(-tests.lift_high))
            as incremental_conversions_high,
        tests.after_count * (1 - exp(-tests.lift_low))
        / nullif(tests.touched_conversions, 0) as factor_low,
        tests.after_count * (1 - exp(-tests.lift_high))
        / nullif(tests.touched_conversions, 0) as factor_high,
        tests.started_on as started_date,
        tests.ended_on as ended_date
    from {{ ref('int_geo_tests') }} as tests
    cross join as_of
),

measurements as (
    select
        measured.measurement_id,
        measured.campaign_id,
        measured.brand,
        campaigns.channel,
        measured.measured_by,
        measured.problem,
        cast(measured.touched_conversions as bigint) as touched_conversions,
        measured.incremental_conversions,
        measured.incremental_conversions_low,
        measured.incremental_conversions_high,
        measured.incremental_conversions
        / nullif(measured.touched_conversions, 0) as calibration_factor,
        measured.factor_low as calibration_factor_low,
        measured.factor_high as calibration_factor_high,
        measured.problem is null as is_counted,
        measured.started_date,
        measured.ended_date
    from measured
    inner join campaigns using (campaign_id)
)

select * from measurements
