with conversions as (
    select
        conversion_id,
        customer_id,
        brand,
        revenue,
        is_first_order,
        is_final,
        is_fit_final,
        month,
        converted_date,
        converted_at
    from {{ ref('int_conversions') }}
),

journeys as (
    select
        conversion_id,
        count(*) filter (
            where look_back_days = {{ var('attribution_look_back_days') }}
        ) as touch_count,
        min(touched_at) filter (
            where look_back_days = {{ var('attribution_look_back_days') }}
        ) as first_touched_at,
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
        {{ fingerprint(['attribution_model', 'look_back_days']) }} as settings_version
    from {{ ref('int_attribution_settings') }}
),

joined as (
    select
        conversions.*,
        coalesce(journeys.touch_count, 0) as touch_count,
        journeys.first_touched_at,
        journeys.touches_version,
        fits.fit_version,
        settings.settings_version
    from conversions
    cross join settings
    left join journeys
        on conversions.conversion_id = journeys.conversion_id
    left join fits
        on
            conversions.brand = fits.brand
            and conversions.month = fits.month
),

-- While the fingerprint is the same, so are the credits: they are not computed again.
fingerprinted as (
    select
        *,
        {{ row_fingerprint([
            'customer_id', 'brand', 'revenue', 'is_first_order', 'converted_at',
            'converted_date', 'touches_version', 'fit_version', 'settings_version',
            'is_final', 'is_fit_final', var('attribution_look_back_days'),
            var('attribution_half_life_days'), var('attribution_end_share'),
        ]) }} as fingerprint
    from joined
)

select * from fingerprinted
