-- One row per patient and day of features: what was known strictly before the day, of a patient who had measured in the 60 days
-- before it.
with readings as (
    select * from {{ ref('int_known_readings') }}
),

feature_days as (
    select * from {{ ref('int_feature_days') }}
),

usual_levels as (
    select * from {{ ref('int_usual_levels') }}
),

customer_versions as (
    select
        customer_id,
        birth_date,
        updated_at,
        greatest(updated_at, coalesce(arrived_at, updated_at)) as known_at
    from {{ ref('stg_app__customer_versions') }}
),

known as (
    select
        readings.customer_id,
        feature_days.feature_date,
        feature_days.feature_at,
        readings.measurement,
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
            and feature_days.feature_date
            <= {{ dbt.dateadd('day', 60, 'readings.measured_date') }}
),

recent as (
    select
        customer_id,
        feature_date,
        feature_at,
        count(case when days_before <= 7 then 1 end) as readings_7_days,
        count(case when days_before <= 30 then 1 end) as readings_30_days,
        count(distinct case when days_before <= 7 then measured_date end)
            as days_with_readings_7_days,
        count(distinct case when days_before <= 30 then measured_date end)
            as days_with_readings_30_days,
        min(days_before) as days_since_last_reading,
        {%- for measurement, unit in vital_signs().items() %}
        {{ recent_mean(measurement, 7) }} as {{ measurement }}_7_days_{{ unit }},
        {{ recent_mean(measurement, 30) }} as {{ measurement }}_30_days_{{ unit }},
        {{ recent_deviation(measurement, 30) }}
            as {{ measurement }}_30_days_deviation_{{ unit }},
        {%- endfor %}
        max(known_at) as known_at
    from known
    group by customer_id, feature_date, feature_at
),

usual as (
    select
        customer_id,
        {%- for measurement, unit in vital_signs().items() %}
        max(
            case
                when measurement = '{{ measurement }}' and reading_count > 0
                    then cast(total as double) / reading_count
            end
        ) as {{ measurement }}_usual_{{ unit }},
        {%- endfor %}
        feature_date
    from usual_levels
    group by customer_id, feature_date
),

births as (
    select
        recent.customer_id,
        recent.feature_date,
        max_by(
            customer_versions.birth_date,
            (customer_versions.known_at, customer_versions.updated_at)
        ) as birth_date
    from recent
    inner join customer_versions
        on
            recent.customer_id = customer_versions.customer_id
            and recent.feature_at > customer_versions.known_at
    group by recent.customer_id, recent.feature_date
)

select
    recent.customer_id,
    {{ age_band(full_years('births.birth_date', 'recent.feature_date')) }} as age_band,
    {{ possible_age(full_years('births.birth_date', 'recent.feature_date')) }}
        as age_years,
    recent.readings_7_days,
    recent.readings_30_days,
    recent.days_with_readings_7_days,
    recent.days_with_readings_30_days,
    1 - recent.days_with_readings_30_days / 30.0 as missing_share_30_days,
    recent.days_since_last_reading,
    {%- for measurement, unit in vital_signs().items() %}
    recent.{{ measurement }}_7_days_{{ unit }},
    recent.{{ measurement }}_30_days_{{ unit }},
    recent.{{ measurement }}_30_days_deviation_{{ unit }},
    recent.{{ measurement }}_7_days_{{ unit }}
    - recent.{{ measurement }}_30_days_{{ unit }}
        as {{ measurement }}_trend_{{ unit }},
    usual.{{ measurement }}_usual_{{ unit }},
    {%- endfor %}
    recent.feature_date,
    recent.feature_at,
    recent.known_at
from recent
left join usual
    on
        recent.customer_id = usual.customer_id
        and recent.feature_date = usual.feature_date
left join births
    on
        recent.customer_id = births.customer_id
        and recent.feature_date = births.feature_date
