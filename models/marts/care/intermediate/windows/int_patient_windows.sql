{%- set days = var('monitoring_window_days') -%}

with as_of as (
    select as_of_date from {{ as_of() }}
),

patients as (
    select
        customer_id,
        first_date,
        last_date,
        may_measure_again
    from {{ ref('int_measured_patients') }}
),

-- A reading speaks for the days up to the next one, unless the pause is too long; the
-- last one for those until today.
measured_spans as (
    select
        days.customer_id,
        days.measured_date as from_date,
        case
            when
                lead(days.measured_date) over by_day
                <= {{ dbt.dateadd(
                    'day', var('patient_pause_days'), 'days.measured_date'
                ) }}
                then lead(days.measured_date) over by_day
            when
                days.measured_date = patients.last_date and patients.may_measure_again
                then as_of.as_of_date
            else days.measured_date
        end as to_date
    from {{ ref('patient_days') }} as days
    inner join patients
        on days.customer_id = patients.customer_id
    cross join as_of
    window by_day as (
        partition by days.customer_id order by days.measured_date
    )
),

spans as (
    select * from measured_spans
    union all
    select
        runs.customer_id,
        runs.started_date as from_date,
        least(
            coalesce(
                {{ reporting_date(dbt.dateadd('second', -1, 'runs.ends_at')) }},
                as_of.as_of_date
            ),
            as_of.as_of_date
        ) as to_date
    from {{ ref('subscriptions') }} as runs
    cross join as_of
),

-- Every day on which a patient is with us, once.
begun as (
    select
        spans.customer_id,
        patients.first_date,
        greatest(
            spans.from_date,
            patients.first_date,
            coalesce(cast({{ dbt.dateadd('day', 1, """max(spans.to_date) over (
                partition by spans.customer_id order by spans.from_date, spans.to_date
                rows between unbounded preceding and 1 preceding
            )""") }} as date), patients.first_date)
        ) as from_date,
        spans.to_date
    from spans
    inner join patients
        on spans.customer_id = patients.customer_id
),

numbered as (
    select
        begun.*,
        cast(numbers.number as integer) as window_number,
        cast({{ dbt.dateadd(
            'day', days ~ ' * (numbers.number - 1)', 'begun.first_date'
        ) }} as date) as window_start
    from begun
    inner join {{ numbers_of(ref('dates')) }} as numbers
        on
            begun.to_date >= begun.from_date
            and {{ days }} * (numbers.number - 1)
            <= {{ dbt.datediff('begun.first_date', 'begun.to_date', 'day') }}
            and {{ days }} * numbers.number
            > {{ dbt.datediff('begun.first_date', 'begun.from_date', 'day') }}
),

windows as (
    select
        customer_id,
        window_number,
        cast(sum(
            1 + {{ dbt.datediff(
                'greatest(from_date, window_start)',
                'least(to_date, ' ~ dbt.dateadd('day', days ~ ' - 1', 'window_start') ~ ')',
                'day'
            ) }}
        ) as bigint) as days_so_far,
        window_start,
        cast({{ dbt.dateadd('day', days ~ ' - 1', 'window_start') }} as date)
            as window_end
    from numbered
    group by customer_id, window_number, window_start
)

select * from windows
