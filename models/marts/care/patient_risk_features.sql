{#- Measurements, each with its standard unit as columns write it. -#}
{%- set vital_signs = {
    'weight': 'kg', 'systolic': 'mmhg', 'diastolic': 'mmhg', 'glucose': 'mg_dl',
    'heart_rate': 'bpm',
} -%}

with recent_levels as (
    select * from {{ ref('int_recent_levels') }}
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

age_bands as (
    select
        age_band,
        from_age,
        to_age
    from {{ ref('age_bands') }}
),

recent as (
    select * from recent_levels
    where measurement = 'any'
),

births as (
    select
        recent.customer_id,
        recent.feature_date,
        max_by(
            customer_versions.birth_date,
            (
                customer_versions.known_at,
                customer_versions.updated_at,
                customer_versions.birth_date
            )
        ) as birth_date
    from recent
    inner join customer_versions
        on
            recent.customer_id = customer_versions.customer_id
            and recent.feature_at > customer_versions.known_at
    group by recent.customer_id, recent.feature_date
),

ages as (
    select
        births.customer_id,
        births.feature_date,
        age_bands.age_band,
        {{ full_years('births.birth_date', 'births.feature_date') }} as age_years
    from births
    inner join age_bands
        on
            {{ full_years('births.birth_date', 'births.feature_date') }}
            between age_bands.from_age and age_bands.to_age
),

features as (
    select
        recent.customer_id,
        coalesce(ages.age_band, 'unknown') as age_band,
        ages.age_years,
        recent.readings_7_days,
        recent.readings_30_days,
        recent.days_with_readings_7_days,
        recent.days_with_readings_30_days,
        1 - recent.days_with_readings_30_days / 30.0 as missing_share_30_days,
        recent.days_since_last_reading,
        {%- for sign, unit in vital_signs.items() %}
        {{ sign }}.mean_7_days as {{ sign }}_7_days_{{ unit }},
        {{ sign }}.mean_30_days as {{ sign }}_30_days_{{ unit }},
        {{ sign }}.deviation_30_days as {{ sign }}_30_days_deviation_{{ unit }},
        {{ sign }}.mean_7_days - {{ sign }}.mean_30_days as {{ sign }}_trend_{{ unit }},
        usual_{{ sign }}.mean as {{ sign }}_usual_{{ unit }},
        {%- endfor %}
        recent.feature_date,
        recent.feature_at,
        recent.known_at
    from recent
    left join ages
        on
            recent.customer_id = ages.customer_id
            and recent.feature_date = ages.feature_date
    {%- for sign in vital_signs %}
    left join recent_levels as {{ sign }}
        on
            recent.customer_id = {{ sign }}.customer_id
            and recent.feature_date = {{ sign }}.feature_date
            and {{ sign }}.measurement = '{{ sign }}'
    left join usual_levels as usual_{{ sign }}
        on
            recent.customer_id = usual_{{ sign }}.customer_id
            and recent.feature_date = usual_{{ sign }}.feature_date
            and usual_{{ sign }}.measurement = '{{ sign }}'
    {%- endfor %}
)

select * from features
