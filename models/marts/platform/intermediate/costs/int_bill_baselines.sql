with charges as (
    select
        service,
        resource,
        currency,
        period_days,
        amount,
        cost,
        rate,
        daily_amount,
        position,
        billed_on
    from {{ ref('int_charges') }}
),

-- The bill that is judged is never among those that say what is usual.
pairs as (
    select
        charges.service,
        charges.resource,
        charges.currency,
        charges.billed_on,
        earlier.daily_amount,
        case
            when earlier.daily_amount > 0 then ln(earlier.daily_amount)
        end as log_amount
    from charges
    inner join charges as earlier
        on
            charges.service = earlier.service
            and charges.resource = earlier.resource
            and charges.currency = earlier.currency
            and charges.position > earlier.position
            and charges.position - {{ var('bill_usual_bills') }} <= earlier.position
),

centred as (
    select
        *,
        {{ quantile('log_amount', 0.5) }} over (
            partition by service, resource, currency, billed_on
        ) as centre
    from pairs
),

spaced as (
    select
        *,
        abs(log_amount - centre) as distance
    from centred
),

measured as (
    select
        *,
        greatest(
            {{ var('bill_least_spread') }},
            1.4826 * {{ quantile('distance', 0.5) }} over (
                partition by service, resource, currency, billed_on
            )
        ) as spread
    from spaced
),

held_down as (
    select
        *,
        case
            when distance is not null
                then least(distance, {{ var('bill_exception_spreads') }} * spread)
        end as counted_distance
    from measured
),

-- The median distance alone is too small too often where bills are few; in the mean one, a spike counts no more than
-- so many spreads.
usual as (
    select
        service,
        resource,
        currency,
        billed_on,
        count(*) as earlier_count,
        count(log_amount) as charged_count,
        {{ quantile('daily_amount', 0.5) }} as usual_daily_amount,
        max(centre) as centre,
        greatest(
            max(spread),
            1.2533 * {{ steady_sum('counted_distance', 15) }}
            / nullif(count(counted_distance), 0)
        ) as spread
    from held_down
    group by service, resource, currency, billed_on
),

joined as (
    select
        charges.*,
        coalesce(usual.earlier_count, 0) as earlier_count,
        coalesce(usual.charged_count, 0) as charged_count,
        usual.usual_daily_amount,
        usual.centre,
        usual.spread
    from charges
    left join usual
        on
            charges.service = usual.service
            and charges.resource = usual.resource
            and charges.currency = usual.currency
            and charges.billed_on = usual.billed_on
)

select * from joined
