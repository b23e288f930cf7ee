with readings as (
    select * from {{ ref('int_known_readings') }}
),

feature_days as (
    select * from {{ ref('int_feature_days') }}
),

known as (
    select
        readings.customer_id,
        readings.measurement,
        feature_days.feature_date,
        feature_days.feature_at,
        cast(readings.value as decimal(18, 4)) as value,
        readings.measured_date,
        readings.known_at,
        {{ dbt.datediff(
            'readings.measured_date', 'feature_days.feature_date', 'day'
        ) }} as days_before
    from readings
    inner join feature_days
        on
            readings.known_at < feature_days.feature_at
            and feature_days.feature_at
            <= coalesce(readings.known_until, feature_days.feature_at)
            and readings.measured_date < feature_days.feature_date
            and feature_days.feature_date <= {{ dbt.dateadd(
                'day', var('risk_feature_days'), 'readings.measured_date'
            ) }}
),

recent as (
    select
        *,
        case when days_before <= 7 then measured_date end as date_7_days,
        case when days_before <= 30 then measured_date end as date_30_days,
        case when days_before <= 7 then value end as value_7_days,
        case when days_before <= 30 then value end as value_30_days,
        case when days_before <= 30 then cast(value as decimal(12, 4)) end
            as short_value_30_days
    from known
),

-- Sums of decimals are exact, so that the order of rows leaves no trace.
summed as (
    select
        customer_id,
        coalesce(measurement, 'any') as measurement,
        feature_date,
        feature_at,
        count(value_7_days) as readings_7_days,
        count(value_30_days) as readings_30_days,
        count(distinct date_7_days) as days_with_readings_7_days,
        count(distinct date_30_days) as days_with_readings_30_days,
        cast(sum(value_7_days) as double) as total_7_days,
        cast(sum(value_30_days) as double) as total_30_days,
        cast(sum(short_value_30_days * short_value_30_days) as double)
            as squares_30_days,
        min(days_before) as days_since_last_reading,
        max(known_at) as known_at
    from recent
    group by customer_id, feature_date, feature_at, rollup(measurement)
),

levels as (
    select
        *,
        total_7_days / nullif(readings_7_days, 0) as mean_7_days,
        total_30_days / nullif(readings_30_days, 0) as mean_30_days,
        case
            when readings_30_days > 1
                then sqrt(greatest(
                    0,
                    (squares_30_days - power(total_30_days, 2) / readings_30_days)
                    / (readings_30_days - 1)
                ))
        end as deviation_30_days
    from summed
)

select * from levels
