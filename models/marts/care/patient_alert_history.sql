with alert_days as (
    select * from {{ ref('int_alert_days') }}
),

-- Days in a row have the same distance to their number.
numbered as (
    select
        alert_days.*,
        cast({{ dbt.dateadd(
            'day',
            """-row_number() over (
                partition by alert_days.customer_id, alert_days.rule, alert_days.sign
                order by alert_days.alert_date
            )""",
            'alert_days.alert_date'
        ) }} as date) as run_date
    from alert_days
    inner join {{ ref('int_measured_patients') }} as patients
        on
            alert_days.customer_id = patients.customer_id
            and alert_days.alert_date
            <= coalesce(patients.left_date, alert_days.alert_date)
),

seen as (
    select
        customer_id,
        rule,
        max_by(measurement, alert_date) as measurement,
        max_by(severity, alert_date) as severity,
        max_by(value, alert_date) as value,
        max_by(bound, alert_date) as bound,
        max_by(since_date, alert_date) as since_date,
        min(alert_date) as started_date,
        max(alert_date) as last_date
    from numbered
    group by customer_id, rule, sign, run_date
),

unseen as (
    select * from {{ ref('int_silences') }}
    union all
    select * from {{ ref('int_never_measured') }}
),

episodes as (
    select * from seen
    union all
    select
        customer_id,
        rule,
        'any' as measurement,
        severity,
        cast({{ dbt.datediff('since_date', 'to_date', 'day') }} as double) as value,
        cast(bound as double) as bound,
        since_date,
        from_date as started_date,
        to_date as last_date
    from unseen
),

history as (
    select
        episodes.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        episodes.rule,
        episodes.measurement,
        cast(episodes.severity as integer) as severity,
        1 + {{ dbt.datediff('episodes.started_date', 'episodes.last_date', 'day') }}
            as alert_days,
        episodes.value,
        episodes.bound,
        episodes.last_date = as_of.as_of_date as is_open,
        episodes.since_date,
        episodes.started_date,
        episodes.last_date
    from episodes
    cross join {{ as_of() }} as as_of
    left join {{ ref('customers') }} as customers
        on episodes.customer_id = customers.customer_id
)

select * from history
