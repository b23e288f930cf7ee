with conversions as (
    select
        customer_id,
        brand,
        {{ fingerprint(['conversion_id', 'converted_at', 'previous_converted_at']) }}
            as conversions_version
    from {{ ref('int_conversions') }}
    where customer_id is not null
    group by customer_id, brand
),

touchpoints as (
    select
        customer_id,
        brand,
        {{ fingerprint([
            'touchpoint_id', 'channel', 'campaign_id', 'touched_at', 'named_at', 'ended_at'
        ]) }} as touchpoints_version
    from {{ ref('touchpoints') }}
    where customer_id is not null
    group by customer_id, brand
),

settings as (
    select {{ fingerprint(['look_back_days']) }} as settings_version
    from (
        select distinct look_back_days from {{ ref('int_attribution_settings') }}
    ) as look_backs
),

facts as (
    select
        conversions.customer_id,
        conversions.brand,
        {{ row_fingerprint([
            'conversions_version', 'touchpoints_version', 'settings_version'
        ]) }} as fingerprint
    from conversions
    cross join settings
    inner join touchpoints
        on
            conversions.customer_id = touchpoints.customer_id
            and conversions.brand = touchpoints.brand
)

select * from facts
