-- One row per conversion: its journey at the default look-back, and a fingerprint of everything that its credits follow from.
with conversions as (
    select
        conversion_id,
        customer_id,
        brand,
        revenue_usd,
        is_first_order,
        converted_date,
        converted_at,
        cast({{ dbt.date_trunc('month', 'converted_date') }} as date) as month
    from {{ ref('int_conversions') }}
),

journeys as (
    select
        conversion_id,
        count(*) filter (where is_default) as touch_count,
        min(touched_at) filter (where is_default) as first_touched_at,
        {{ fingerprint([
            'look_back_days', 'touchpoint_id', 'channel', 'campaign_id', 'touched_at'
        ]) }} as touches_version
    from {{ ref('int_conversion_touches') }}
    group by conversion_id
),

fits as (
    select
        brand,
        month,
        {{ fingerprint(['look_back_days', 'channel', 'removal_effect']) }}
            as fit_version
    from {{ ref('int_removal_effects') }}
    group by brand, month
),

settings as (
    select
        {{ fingerprint(['attribution_model']) }} as models_version,
        (
            select {{ fingerprint(['attribution_model', 'look_back_days']) }}
            from {{ ref('robustness_settings') }}
        ) as settings_version
    from {{ ref('attribution_models') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A fit is complete when the journeys without conversion that end in its month are known to be without.
dated as (
    select
        conversions.*,
        coalesce(journeys.touch_count, 0) as touch_count,
        journeys.first_touched_at,
        journeys.touches_version,
        fits.fit_version,
        settings.models_version,
        settings.settings_version,
        {{ dbt.dateadd('day', var('late_days'), 'conversions.converted_date') }}
        <= as_of.as_of_date as is_final,
        {{ dbt.dateadd(
            'day',
            var('late_days') + var('attribution_look_back_days'),
            dbt.last_day('conversions.month', 'month')
        ) }} <= as_of.as_of_date as is_fit_final
    from conversions
    cross join settings
    cross join as_of
    left join journeys
        on conversions.conversion_id = journeys.conversion_id
    left join fits
        on
            conversions.brand = fits.brand
            and conversions.month = fits.month
),

fingerprinted as (
    select
        conversion_id,
        customer_id,
        brand,
        touch_count,
        revenue_usd,
        {{ row_fingerprint([
            'customer_id', 'brand', 'revenue_usd', 'is_first_order', 'converted_at',
            'converted_date', 'touches_version', 'fit_version', 'models_version',
            'settings_version', 'is_final', 'is_fit_final',
            var('attribution_look_back_days'), var('attribution_half_life_days'),
            var('attribution_end_share'),
        ]) }} as fingerprint,
        is_first_order,
        is_final,
        is_fit_final,
        month,
        converted_date,
        first_touched_at,
        converted_at
    from dated
)

select * from fingerprinted
