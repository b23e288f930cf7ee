{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(
        ref('int_journey_facts'), ['customer_id', 'brand'], ['max(fingerprint)']
    ) }}",
) }}
-- A customer's journeys are built again when a conversion or a touch of the customer changed.
with facts as (
    select * from {{ ref('int_journey_facts') }} as arrived
    where {{ is_changed(['customer_id', 'brand'], 'arrived') }}
),

conversions as (
    select
        conversions.conversion_id,
        conversions.customer_id,
        conversions.brand,
        conversions.converted_at,
        conversions.previous_converted_at,
        facts.fingerprint
    from {{ ref('int_conversions') }} as conversions
    inner join facts
        on
            conversions.customer_id = facts.customer_id
            and conversions.brand = facts.brand
),

touchpoints as (
    select
        touchpoint_id,
        customer_id,
        brand,
        channel,
        campaign_id,
        touched_at,
        named_at,
        ended_at
    from {{ ref('touchpoints') }} as arrived
    where
        customer_id is not null
        and {{ is_changed(['customer_id', 'brand'], 'arrived') }}
),

look_backs as (
    select distinct look_back_days
    from {{ ref('int_attribution_settings') }}
),

-- A visit that had ended before the previous conversion was part of that one. What named its source after the
-- conversion did not lead to it.
touched as (
    select
        look_backs.look_back_days,
        conversions.conversion_id,
        touchpoints.touchpoint_id,
        conversions.customer_id,
        conversions.brand,
        case
            when touchpoints.named_at <= conversions.converted_at
                then touchpoints.channel
            else 'direct'
        end as channel,
        case
            when touchpoints.named_at <= conversions.converted_at
                then touchpoints.campaign_id
        end as campaign_id,
        conversions.fingerprint,
        conversions.converted_at,
        touchpoints.touched_at
    from conversions
    inner join touchpoints
        on
            conversions.customer_id = touchpoints.customer_id
            and conversions.brand = touchpoints.brand
            and conversions.converted_at >= touchpoints.touched_at
            and (
                conversions.previous_converted_at is null
                or conversions.previous_converted_at <= touchpoints.ended_at
            )
    inner join look_backs
        on
            touchpoints.touched_at
            >= {{ dbt.dateadd(
                'day', '-look_backs.look_back_days', 'conversions.converted_at'
            ) }}
),

-- Touches of the same moment have no order: the positions count them by what they are, the moments do not part them.
placed as (
    select
        *,
        row_number() over (
            partition by look_back_days, conversion_id
            order by touched_at, channel, campaign_id, touchpoint_id
        ) as touch_position,
        dense_rank() over (
            partition by look_back_days, conversion_id order by touched_at
        ) as moment_position,
        count(*) over (partition by look_back_days, conversion_id) as touch_count,
        count(*) over (
            partition by look_back_days, conversion_id, channel
        ) as channel_touch_count
    from touched
),

-- A journey of direct visits alone ends with one, whatever the rule.
compared as (
    select
        *,
        max(moment_position) over (
            partition by look_back_days, conversion_id
        ) as moment_count,
        max(case when channel <> 'direct' then moment_position end) over (
            partition by look_back_days, conversion_id
        ) as last_non_direct_moment
    from placed
)

select * from compared
