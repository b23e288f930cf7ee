with readings as (
    select
        customer_id,
        measured_date,
        measured_at
    from {{ ref('readings') }}
    where is_usable and measurement = 'glucose' and context = 'continuous'
),

rules as (
    select * from {{ ref('int_care_rules') }}
    where rule = 'sensor_gap'
),

moments as (
    select
        customer_id,
        measured_at,
        min(measured_date) as measured_date,
        count(*) as reading_count,
        60 * {{ hours_between(
            'measured_at',
            'lead(measured_at) over (partition by customer_id order by measured_at)'
        ) }} as minutes_to_next
    from readings
    group by customer_id, measured_at
),

intervals as (
    select
        customer_id,
        measured_date,
        {{ quantile('minutes_to_next', 0.5) }} as usual_minutes
    from moments
    group by customer_id, measured_date
),

-- A reading speaks for the time to the next one, the last of all for the usual time.
timed as (
    select
        moments.customer_id,
        cast(least(
            coalesce(
                moments.minutes_to_next, intervals.usual_minutes, rules.low
            ),
            rules.low
        ) / moments.reading_count as decimal(18, 8)) as minutes,
        cast(least(
            coalesce(intervals.usual_minutes, rules.low),
            rules.low
        ) / moments.reading_count as decimal(18, 8)) as active_minutes,
        moments.measured_at
    from moments
    inner join intervals
        on
            moments.customer_id = intervals.customer_id
            and moments.measured_date = intervals.measured_date
    inner join rules
        on
            moments.measured_date >= rules.valid_from
            and moments.measured_date < rules.valid_to
)

select * from timed
