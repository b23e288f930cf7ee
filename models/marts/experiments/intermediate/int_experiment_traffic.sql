-- One row per brand, kind of unit and unit that came in the planning window: whom an experiment begun then would have exposed.
-- The window is var planning_days long and ended as long ago, so that outcomes are in.
with as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ ref('as_of') }}
),

bounds as (
    select
        {{ dbt.dateadd(
            'day', '-2 * ' ~ var('planning_days') ~ ' - ' ~ var('late_days'), 'until_at'
        ) }} as from_at,
        {{ dbt.dateadd(
            'day', '-' ~ var('planning_days') ~ ' - ' ~ var('late_days'), 'until_at'
        ) }} as to_at
    from as_of
),

sessions as (
    select
        sessions.brand,
        sessions.anonymous_id,
        sessions.customer_id,
        sessions.started_at,
        bounds.from_at
    from {{ ref('sessions') }} as sessions
    cross join bounds
    where
        sessions.started_at >= bounds.from_at
        and sessions.started_at < bounds.to_at
),

seen as (
    select
        brand,
        'visitor' as unit,
        anonymous_id as unit_id,
        max(customer_id) as customer_id,
        anonymous_id,
        min(started_at) as seen_at,
        min(from_at) as from_at
    from sessions
    group by brand, anonymous_id
    union all
    select
        brand,
        'customer' as unit,
        customer_id as unit_id,
        customer_id,
        null as anonymous_id,
        min(started_at) as seen_at,
        min(from_at) as from_at
    from sessions
    where customer_id is not null
    group by brand, customer_id
),

-- Exposed just after the first visit began: that visit is no outcome, what is bought in it is one.
traffic as (
    select
        concat('traffic of ', brand, ', ', unit) as experiment_id,
        brand,
        unit,
        unit_id,
        customer_id,
        anonymous_id,
        cast(
            floor({{ dbt.datediff('from_at', 'seen_at', 'second') }} / 86400.0) + 1
            as bigint
        ) as day_number,
        {{ dbt.dateadd('second', 1, 'seen_at') }} as exposed_at
    from seen
)

select * from traffic
