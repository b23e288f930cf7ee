with conversions as (
    select
        conversion_id,
        brand,
        month
    from {{ ref('int_conversions') }}
),

settings as (
    select * from {{ ref('int_attribution_settings') }}
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

-- A column for each rule. Within a journey it matters only how weights compare, not what they add up to. Touches of the
-- same moment share what one of them would have.
touches as (
    select
        look_back_days,
        conversion_id,
        touchpoint_id,
        channel,
        campaign_id,
        touch_position,
        touched_at,
        cast(moment_position = 1 as integer) as first_touch,
        cast(moment_position = moment_count as integer) as last_touch,
        case
            when last_non_direct_moment is null
                then cast(moment_position = moment_count as integer)
            else cast(
                channel <> 'direct' and moment_position = last_non_direct_moment
                as integer
            )
        end as last_non_direct,
        1 as linear,
        case
            when moment_count <= 2 then 1.0
            when moment_position in (1, moment_count)
                then {{ var('attribution_end_share') }}
            else 1 - 2 * {{ var('attribution_end_share') }}
        end / count(*) over (
            partition by
                look_back_days,
                conversion_id,
                case when moment_count > 1 and moment_position = 1 then 1 else 0 end,
                case when moment_position = moment_count then 1 else 0 end
        ) as position_based,
        power(
            0.5,
            {{ dbt.datediff('touched_at', 'converted_at', 'second') }}
            / (86400.0 * {{ var('attribution_half_life_days') }})
        ) as time_decay,
        1.0 / channel_touch_count as shapley
    from {{ ref('int_conversion_touches') }}
),

-- A conversion without any touch has one row. A channel that the chain does not miss still gets a trace of credit.
weighted as (
    select
        settings.look_back_days,
        settings.is_default,
        settings.attribution_model,
        conversions.conversion_id,
        touches.touchpoint_id,
        coalesce(touches.channel, 'unattributed') as channel,
        touches.campaign_id,
        coalesce(touches.touch_position, 1) as touch_position,
        touches.touched_at,
        cast(case
            when touches.touchpoint_id is null then 1
            when settings.attribution_model = 'first_touch' then touches.first_touch
            when settings.attribution_model = 'last_touch' then touches.last_touch
            when settings.attribution_model = 'last_non_direct'
                then touches.last_non_direct
            when settings.attribution_model = 'linear' then touches.linear
            when settings.attribution_model = 'position_based'
                then touches.position_based
            when settings.attribution_model = 'time_decay' then touches.time_decay
            when settings.attribution_model = 'shapley' then touches.shapley
            when settings.attribution_model = 'markov'
                then greatest(removal_effects.removal_effect, 1e-12)
        end as double) as weight
    from conversions
    cross join settings
    left join touches
        on
            conversions.conversion_id = touches.conversion_id
            and settings.look_back_days = touches.look_back_days
    left join removal_effects
        on
            settings.look_back_days = removal_effects.look_back_days
            and conversions.brand = removal_effects.brand
            and conversions.month = removal_effects.month
            and touches.channel = removal_effects.channel
)

select * from weighted
