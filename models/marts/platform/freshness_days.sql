with limits as (
    select
        raw_table,
        arrival_number,
        late_after_hours,
        arrival_date,
        next_arrival_date,
        first_arrived_at
    from {{ ref('int_feed_limits') }}
),

dates as (
    select date_day from {{ ref('dates') }}
),

run as (
    select as_of_date from {{ as_of() }}
),

-- At the end of each day the last arrival is the newest up to it.
days as (
    select
        limits.raw_table,
        limits.arrival_number,
        limits.late_after_hours,
        {{ hours_between(
            'limits.first_arrived_at', first_moment_after('dates.date_day')
        ) }} as hours_since,
        limits.arrival_date = dates.date_day as has_arrived,
        dates.date_day
    from limits
    cross join run
    inner join dates
        on
            limits.arrival_date <= dates.date_day
            and run.as_of_date >= dates.date_day
            and (
                limits.next_arrival_date > dates.date_day
                or limits.next_arrival_date is null
            )
),

judged as (
    select
        raw_table,
        {{ feed_verdict('hours_since', 'late_after_hours') }} as verdict,
        arrival_number as arrival_count,
        hours_since,
        late_after_hours,
        has_arrived,
        date_day
    from days
)

select * from judged
