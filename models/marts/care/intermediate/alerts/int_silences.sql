{%- set pause_window = var('usual_pause_window_days') -%}

with as_of as (
    select as_of_date from {{ as_of() }}
),

rules as (
    select * from {{ ref('int_care_rules') }}
),

runs as (
    select
        customer_id,
        started_date,
        {{ reporting_date(dbt.dateadd('second', -1, 'ends_at')) }} as last_date
    from {{ ref('subscriptions') }}
),

-- Of who has no reading that counts, every reading says that he is there.
pauses as (
    select
        days.customer_id,
        days.measured_date as since_date,
        coalesce(cast({{ dbt.dateadd(
            'day', -1, 'lead(days.measured_date) over by_day'
        ) }} as date), as_of.as_of_date) as until_date,
        1.0 * least(
            {{ pause_window }},
            1 + {{ dbt.datediff('patients.first_date', 'days.measured_date', 'day') }}
        ) / count(*) over recent_days as usual_pause_days
    from {{ ref('patient_days') }} as days
    inner join {{ ref('int_measured_patients') }} as patients
        on
            days.customer_id = patients.customer_id
            and (days.usable_reading_count > 0 or patients.last_usable_date is null)
    cross join as_of
    window
        by_day as (partition by days.customer_id order by days.measured_date),
        recent_days as (
            partition by days.customer_id order by days.measured_date
            range between interval {{ pause_window | int - 1 }} days preceding
            and current row
        )
),

-- Until when a subscription ran in the pause; a day of grace, since two clocks say it.
subscribed as (
    select
        pauses.customer_id,
        pauses.since_date,
        max(coalesce(runs.last_date, pauses.until_date)) as last_date
    from pauses
    inner join runs
        on
            pauses.customer_id = runs.customer_id
            and pauses.until_date >= runs.started_date
            and pauses.since_date
            <= coalesce(
                {{ dbt.dateadd('day', 1, 'runs.last_date') }}, pauses.since_date
            )
    group by pauses.customer_id, pauses.since_date
),

-- Silence is what is long for a week and for the patient.
bounded as (
    select
        pauses.*,
        rules.alert as rule,
        rules.alert_severity as severity,
        rules.alert_days,
        subscribed.last_date as subscribed_date,
        cast(ceil(greatest(
            rules.low, coalesce(pauses.usual_pause_days * longer.low, rules.low)
        )) as integer) as bound
    from pauses
    inner join rules
        on
            rules.rule = 'silence'
            and pauses.until_date >= rules.valid_from
            and pauses.until_date < rules.valid_to
    left join rules as longer
        on
            longer.rule = 'silence_factor'
            and pauses.until_date >= longer.valid_from
            and pauses.until_date < longer.valid_to
    left join subscribed
        on
            pauses.customer_id = subscribed.customer_id
            and pauses.since_date = subscribed.since_date
),

silences as (
    select
        customer_id,
        rule,
        severity,
        bound,
        since_date,
        cast({{ dbt.dateadd('day', 'bound', 'since_date') }} as date) as from_date,
        least(until_date, coalesce(
            subscribed_date,
            cast({{ dbt.dateadd(
                'day', 'bound + alert_days - 1', 'since_date'
            ) }} as date),
            until_date
        )) as to_date
    from bounded
)

select * from silences
where from_date <= to_date
