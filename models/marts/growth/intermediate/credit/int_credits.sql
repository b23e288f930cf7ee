{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(
        ref('int_journeys'), ['conversion_id'], ['max(fingerprint)']
    ) }}",
) }}

-- Only conversions that changed, or whose month was fitted anew, are credited again.
with journeys as (
    select *
    from {{ ref('int_journeys') }} as arrived
    where {{ is_changed(['conversion_id'], 'arrived') }}
),

weights as (
    select *
    from {{ ref('int_touch_weights') }} as arrived
    where {{ is_changed(['conversion_id'], 'arrived') }}
),

running as (
    select
        *,
        sum(weight) over (
            partition by look_back_days, attribution_model, conversion_id
            order by touch_position
            rows between unbounded preceding and current row
        ) as running_weight
    from weights
),

summed as (
    select
        *,
        coalesce(lag(running_weight) over (
            partition by look_back_days, attribution_model, conversion_id
            order by touch_position
        ), 0) as weight_before,
        max(running_weight) over (
            partition by look_back_days, attribution_model, conversion_id
        ) as total_weight
    from running
),

-- Divided by the last running sum, not by a sum of its own: the last touch ends at 1.
credited as (
    select
        summed.look_back_days,
        summed.attribution_model,
        summed.conversion_id,
        summed.touchpoint_id,
        journeys.customer_id,
        summed.campaign_id,
        journeys.brand,
        summed.channel,
        journeys.fingerprint,
        summed.weight / summed.total_weight as credit,
        {{ portion(
            'journeys.revenue',
            'summed.weight_before / summed.total_weight',
            'summed.running_weight / summed.total_weight'
        ) }} as credited_revenue,
        summed.is_default,
        journeys.is_first_order,
        case
            when summed.attribution_model = 'markov' then journeys.is_fit_final
            else journeys.is_final
        end as is_final,
        journeys.converted_date,
        journeys.converted_at,
        summed.touched_at
    from summed
    inner join journeys
        on summed.conversion_id = journeys.conversion_id
    where summed.weight / summed.total_weight > 0
)

select * from credited
