with run as (
    select greatest(known_until, {{ first_moment_after('as_of_date') }}) as judged_at
    from {{ as_of() }}
),

raw_tables as (
    select
        raw_table,
        is_delivered
    from {{ raw_coverage() }}
),

limits as (
    select
        *,
        {{ at_time_zone('first_arrived_at', "'" ~ var('reporting_timezone') ~ "'") }}
            as arrived_clock,
        row_number() over (partition by raw_table order by arrival_number desc)
            as newest_number
    from {{ ref('int_feed_limits') }}
),

turned as (
    select
        raw_table,
        2 * pi() * (
            extract(hour from arrived_clock) / 24.0
            + extract(minute from arrived_clock) / 1440.0
        ) as angle
    from limits
    where newest_number <= {{ var('feed_gaps') }}
),

-- The mean on the face of a clock: a minute before and a minute after midnight are near each other.
hours as (
    select
        raw_table,
        cast(round(24 + 24 * atan2(
            {{ steady_sum('sin(angle)', 12) }}, {{ steady_sum('cos(angle)', 12) }}
        ) / (2 * pi())) as bigint) % 24 as usual_hour
    from turned
    group by raw_table
),

last_arrivals as (
    select
        raw_tables.raw_table,
        raw_tables.is_delivered,
        coalesce(limits.arrival_number, 0) as arrival_count,
        limits.row_count as last_row_count,
        hours.usual_hour,
        limits.usual_gap_hours,
        limits.late_after_hours,
        {{ hours_between('limits.first_arrived_at', 'run.judged_at') }} as hours_since,
        limits.first_arrived_at,
        limits.last_arrived_at,
        run.judged_at
    from raw_tables
    cross join run
    left join limits
        on raw_tables.raw_table = limits.raw_table and limits.newest_number = 1
    left join hours on raw_tables.raw_table = hours.raw_table
),

judged as (
    select
        *,
        {{ feed_verdict('hours_since', 'late_after_hours') }} as verdict,
        case
            when not is_delivered then 'not_delivered'
            when arrival_count = 0 then 'no_load_times'
            when arrival_count = 1 then 'one_load'
            when arrival_count < {{ var('feed_least_arrivals') }} then 'too_few_loads'
            when late_after_hours is null then 'only_changes'
            else 'judged'
        end as cause
    from last_arrivals
)

select * from judged
