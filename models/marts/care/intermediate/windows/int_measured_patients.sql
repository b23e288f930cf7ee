with patient_days as (
    select
        customer_id,
        weight_kg,
        glucose_mg_dl,
        systolic_mmhg,
        heart_rate_bpm,
        usable_reading_count > 0 as is_usable,
        measured_date
    from {{ ref('patient_days') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A subscription that is cancelled for later runs until then; its last day is the one
-- before the first moment without it.
subscriptions as (
    select
        runs.customer_id,
        runs.is_running
        or {{ reporting_date(dbt.dateadd('second', -1, 'runs.ends_at')) }}
        >= as_of.as_of_date as is_subscribed,
        {{ reporting_date(dbt.dateadd('second', -1, 'runs.ends_at')) }} as ended_date
    from {{ ref('subscriptions') }} as runs
    cross join as_of
),

subscribers as (
    select
        customer_id,
        bool_or(is_subscribed) as is_subscribed,
        max(ended_date) as ended_date
    from subscriptions
    group by customer_id
),

measured as (
    select
        customer_id,
        coalesce(
            min(case when is_usable then measured_date end), min(measured_date)
        ) as first_date,
        max(measured_date) as last_date,
        max(case when is_usable then measured_date end) as last_usable_date,
        min(case when weight_kg is not null then measured_date end) as weight_from_date,
        min(case when glucose_mg_dl is not null then measured_date end)
            as glucose_from_date,
        min(case when systolic_mmhg is not null then measured_date end)
            as systolic_from_date,
        min(case when heart_rate_bpm is not null then measured_date end)
            as heart_rate_from_date
    from patient_days
    group by customer_id
),

patients as (
    select
        measured.*,
        subscribers.is_subscribed,
        -- Who measures on after the end has not left. A day of grace: the reading is of
        -- the patient's clock, the end of another.
        case
            when
                not subscribers.is_subscribed
                and {{ dbt.dateadd('day', 1, 'subscribers.ended_date') }}
                >= measured.last_date
                then subscribers.ended_date
        end as left_date
    from measured
    left join subscribers
        on measured.customer_id = subscribers.customer_id
),

-- Without a subscription, who measures again within the pause never was away.
stays as (
    select
        patients.*,
        not coalesce(patients.is_subscribed, false)
        and patients.left_date is null
        and patients.last_date >= {{ dbt.dateadd(
            'day', '-' ~ var('patient_pause_days'), 'as_of.as_of_date'
        ) }} as may_measure_again
    from patients
    cross join as_of
)

select * from stays
