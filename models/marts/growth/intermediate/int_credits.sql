{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(
        ref('int_journeys'), ['conversion_id'], ['max(fingerprint)']
    ) }}",
) }}
-- One row per look-back, attribution model, conversion and touch that has credit (one without touch when the
-- conversion has none). Only conversions that changed, or whose month was fitted anew, are credited again.
with journeys as (
    select *
    from {{ ref('int_journeys') }} as arrived
    where {{ is_changed(['conversion_id'], 'arrived') }}
),

touches as (
    select
        *,
        max(case when channel <> 'direct' then touch_position end) over (
            partition by look_back_days, conversion_id
        ) as last_non_direct_position
    from {{ ref('int_conversion_touches') }} as arrived
    where {{ is_changed(['conversion_id'], 'arrived') }}
),

removal_effects as (
    select
        look_back_days,
        brand,
        month,
        channel,
        removal_effect
    from {{ ref('int_removal_effects') }}
),

-- All models at the default look-back, those of the robustness settings at the others.
settings as (
    select
        attribution_model,
        {{ var('attribution_look_back_days') }} as look_back_days,
        true as is_default
    from {{ ref('attribution_models') }}
    union all
    select
        attribution_model,
        look_back_days,
        false as is_default
    from {{ ref('robustness_settings') }}
    where look_back_days <> {{ var('attribution_look_back_days') }}
),

-- A model is a rule for the weight of a touch within its journey. The touches of a conversion without any are one row.
weighed as (
    select
        settings.look_back_days,
        settings.is_default,
        settings.attribution_model,
        journeys.conversion_id,
        touches.touchpoint_id,
        coalesce(touches.channel, 'unattributed') as channel,
        touches.campaign_id,
        coalesce(touches.touch_position, 1) as touch_position,
        touches.touched_at,
        cast(
            case
                when touches.touchpoint_id is null then 1
                when settings.attribution_model = 'first_touch'
                    then case when touches.touch_position = 1 then 1 else 0 end
                when settings.attribution_model = 'last_touch'
                    then
                        case
                            when touches.touch_position = touches.touch_count
                                then 1
                            else 0
                        end
                when settings.attribution_model = 'last_non_direct'
                    then
                        case
                            when
                                touches.touch_position = coalesce(
                                    touches.last_non_direct_position,
                                    touches.touch_count
                                )
                                then 1
                            else 0
                        end
                when settings.attribution_model = 'linear' then 1
                when
                    settings.attribution_model = 'position_based'
                    and touches.touch_count <= 2
                    then 1
                when
                    settings.attribution_model = 'position_based'
                    and touches.touch_position in (1, touches.touch_count)
                    then {{ var('attribution_end_share') }}
                when settings.attribution_model = 'position_based'
                    then
                        (1 - 2 * {{ var('attribution_end_share') }})
                        / (touches.touch_count - 2)
                when settings.attribution_model = 'time_decay'
                    then
                        power(
                            0.5,
                            {{ dbt.datediff(
                                'touches.touched_at', 'touches.converted_at', 'second'
                            ) }}
                            / (86400.0 * {{ var('attribution_half_life_days') }})
                        )
                when settings.attribution_model = 'shapley'
                    then 1.0 / touches.channel_touch_count
                when settings.attribution_model = 'markov'
                    then greatest(removal_effects.removal_effect, 1e-12)
            end as double
        ) as weight
    from journeys
    cross join settings
    left join touches
        on
            journeys.conversion_id = touches.conversion_id
            and settings.look_back_days = touches.look_back_days
    left join removal_effects
        on
            settings.look_back_days = removal_effects.look_back_days
            and journeys.brand = removal_effects.brand
            and journeys.month = removal_effects.month
            and touches.channel = removal_effects.channel
),

running as (
    select
        *,
        sum(weight) over (
            partition by look_back_days, attribution_model, conversion_id
            order by touch_position
            rows between unbounded preceding and current row
        ) as running_weight
    from weighed
),

-- Divided by the last running sum, not by a sum of its own: the last touch ends at 1.
shares as (
    select
        *,
        coalesce(lag(running_weight) over (
            partition by look_back_days, attribution_model, conversion_id
            order by touch_position
        ), 0) / max(running_weight) over (
            partition by look_back_days, attribution_model, conversion_id
        ) as share_from,
        running_weight / max(running_weight) over (
            partition by look_back_days, attribution_model, conversion_id
        ) as share_to,
        weight / max(running_weight) over (
            partition by look_back_days, attribution_model, conversion_id
        ) as credit
    from running
),

credited as (
    select
        shares.look_back_days,
        shares.attribution_model,
        shares.conversion_id,
        shares.touchpoint_id,
        journeys.customer_id,
        shares.campaign_id,
        journeys.brand,
        shares.channel,
        journeys.fingerprint,
        shares.credit,
        {{ split_to_the_cent('journeys.revenue_usd') }} as credited_revenue_usd,
        shares.is_default,
        journeys.is_first_order,
        case
            when shares.attribution_model = 'markov' then journeys.is_fit_final
            else journeys.is_final
        end as is_final,
        journeys.converted_date,
        journeys.converted_at,
        shares.touched_at
    from shares
    inner join journeys
        on shares.conversion_id = journeys.conversion_id
    where shares.credit > 0
)

select * from credited
