{%- set levels = ['very_low', 'low', 'in_range', 'high', 'very_high'] -%}
{%- set percents = [5, 25, 50, 75, 95] -%}

with windows as (
    select * from {{ ref('monitoring_windows') }}
),

in_windows as (
    select
        windows.window_number,
        readings.*
    from {{ ref('int_glucose_readings') }} as readings
    inner join windows
        on
            readings.customer_id = windows.customer_id
            and readings.measured_date >= windows.window_start
            and readings.measured_date <= windows.window_end
),

-- Every reading twice: for the whole day, and for its hour of the patient's day.
in_hours as (
    select
        *,
        'all' as hour_of_day
    from in_windows
    union all
    select
        *,
        lpad(cast(extract(hour from local_measured_at) as varchar), 2, '0')
            as hour_of_day
    from in_windows
),

means as (
    select
        customer_id,
        window_number,
        source,
        hour_of_day,
        {{ steady_sum('glucose_mg_dl', 12) }} / count(*) as mean_mg_dl
    from in_hours
    group by customer_id, window_number, source, hour_of_day
),

-- Squares around the mean: others lose digits where values hardly vary.
summed as (
    select
        means.*,
        count(*) as reading_count,
        count(distinct in_hours.measured_date) as day_count,
        sqrt(
            {{ steady_sum('power(in_hours.glucose_mg_dl - means.mean_mg_dl, 2)') }}
            / nullif(count(*) - 1, 0)
        ) as deviation_mg_dl,
        {%- for percent in percents %}
        {{ quantile('in_hours.glucose_mg_dl', percent / 100) }}
            as percentile_{{ percent }},
        {%- endfor %}
        {%- for level in levels %}
        avg(cast(in_hours.is_{{ level }} as integer)) as {{ level }}_share,
        cast(sum(in_hours.minutes * cast(in_hours.is_{{ level }} as integer)) as double)
        / cast(sum(
            case when in_hours.is_{{ level }} is not null then in_hours.minutes end
        ) as double) as {{ level }}_time,
        {%- endfor %}
        cast(sum(in_hours.minutes) as double) as sensor_minutes
    from in_hours
    inner join means
        on
            in_hours.customer_id = means.customer_id
            and in_hours.window_number = means.window_number
            and in_hours.source = means.source
            and in_hours.hour_of_day = means.hour_of_day
    group by
        means.customer_id,
        means.window_number,
        means.source,
        means.hour_of_day,
        means.mean_mg_dl
),

measures as (
    select
        summed.customer_id,
        windows.brand,
        summed.window_number,
        summed.source,
        summed.hour_of_day,
        summed.reading_count,
        summed.day_count,
        summed.mean_mg_dl,
        summed.deviation_mg_dl,
        summed.deviation_mg_dl / summed.mean_mg_dl as variation_share,
        {{ var('gmi_intercept') }} + {{ var('gmi_slope') }} * summed.mean_mg_dl
            as gmi_percent,
        {%- for percent in percents %}
        summed.percentile_{{ percent }} as percentile_{{ percent }}_mg_dl,
        {%- endfor %}
        {%- for level in levels %}
        summed.{{ level }}_share,
        case
            when windows.is_time_in_range_sufficient then summed.{{ level }}_time
        end as time_{{ level }},
        {%- endfor %}
        summed.sensor_minutes,
        windows.sensor_active_share,
        windows.is_final,
        windows.window_start,
        windows.window_end
    from summed
    inner join windows
        on
            summed.customer_id = windows.customer_id
            and summed.window_number = windows.window_number
)

select * from measures
