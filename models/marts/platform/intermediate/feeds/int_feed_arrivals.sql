with landed_days as (
    select
        substr(replace(table_name, '__', '.'), 5) as raw_table,
        load_day,
        row_count,
        first_load_at,
        last_load_at
    from {{ landed_days() }}
    where load_day is not null
),

run as (
    select known_until from {{ as_of() }}
),

arrivals as (
    select
        landed_days.raw_table,
        cast(sum(landed_days.row_count) as bigint) as row_count,
        landed_days.load_day as arrival_date,
        min(landed_days.first_load_at) as first_arrived_at,
        max(least(landed_days.last_load_at, run.known_until)) as last_arrived_at
    from landed_days
    cross join run
    where landed_days.first_load_at <= run.known_until
    group by landed_days.raw_table, landed_days.load_day
),

with_next as (
    select
        raw_table,
        row_count,
        cast({{ dbt.datediff(
            dbt.date_trunc('week', 'arrival_date'), 'arrival_date', 'day'
        ) }} as bigint) as weekday,
        row_number() over (partition by raw_table order by arrival_date)
            as arrival_number,
        {{ hours_between(
            'first_arrived_at',
            'lead(first_arrived_at) over (partition by raw_table order by arrival_date)',
        ) }} as next_gap_hours,
        arrival_date,
        lead(arrival_date) over (partition by raw_table order by arrival_date)
            as next_arrival_date,
        first_arrived_at,
        last_arrived_at
    from arrivals
)

select * from with_next
