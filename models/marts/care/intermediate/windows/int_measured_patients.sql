with patient_days as (
    select
        customer_id,
        usable_reading_count > 0 as is_usable,
        measured_date
    from {{ ref('patient_days') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A subscription that is cancelled for later runs until then.
subscriptions as (
    select
        runs.customer_id,
        bool_or(
            runs.is_running or {{ reporting_date('runs.ends_at') }} > as_of.as_of_date
        ) as is_subscribed,
        max({{ reporting_date('runs.ends_at') }}) as ended_date
    from {{ ref('subscriptions') }} as runs
    cross join as_of
    group by runs.customer_id
),

measured as (
    select
        customer_id,
        coalesce(
            min(case when is_usable then measured_date end), min(measured_date)
        ) as first_date,
        max(measured_date) as last_date,
        max(case when is_usable then measured_date end) as last_usable_date
    from patient_days
    group by customer_id
),

usual_pauses as (
    select
        measured.customer_id,
        1.0 * least(
            {{ var('usual_pause_window_days') }},
            1 + {{ dbt.datediff(
                'measured.first_date', 'measured.last_usable_date', 'day'
            ) }}
        ) / count(*) as usual_pause_days
    from measured
    inner join patient_days
        on
            measured.customer_id = patient_days.customer_id
            and patient_days.measured_date
            > {{ dbt.dateadd(
                'day', '-' ~ var('usual_pause_window_days'), 'measured.last_usable_date'
            ) }}
    where patient_days.is_usable
    group by measured.customer_id, measured.first_date, measured.last_usable_date
),

patients as (
    select
        measured.*,
        subscriptions.is_subscribed,
        coalesce(
            subscriptions.is_subscribed,
            measured.last_date >= {{ dbt.dateadd(
                'day', '-' ~ var('patient_pause_days'), 'as_of.as_of_date'
            ) }}
        ) as is_current,
        usual_pauses.usual_pause_days,
        subscriptions.ended_date
    from measured
    cross join as_of
    left join subscriptions
        on measured.customer_id = subscriptions.customer_id
    left join usual_pauses
        on measured.customer_id = usual_pauses.customer_id
)

select * from patients
