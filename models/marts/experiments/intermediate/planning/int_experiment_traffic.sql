with as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
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
        sessions.started_at
    from {{ ref('sessions') }} as sessions
    cross join bounds
    where
        sessions.started_at >= bounds.from_at
        and sessions.started_at < bounds.to_at
        and {{ has_consent(
            'experiments', ref('consents'), 'sessions.customer_id',
            'sessions.anonymous_id'
        ) }}
),

customers as (
    select
        customer_id,
        created_at
    from {{ ref('customers') }}
),

-- A visit before somebody signed up is known as theirs only because they did: it is no visit of a customer.
seen as (
    select
        brand,
        'visitor' as unit,
        anonymous_id as unit_id,
        max(customer_id) as customer_id,
        anonymous_id,
        min(started_at) as seen_at
    from sessions
    where anonymous_id is not null
    group by brand, anonymous_id
    union all
    select
        sessions.brand,
        'customer' as unit,
        sessions.customer_id as unit_id,
        sessions.customer_id,
        null as anonymous_id,
        min(sessions.started_at) as seen_at
    from sessions
    inner join customers
        on sessions.customer_id = customers.customer_id
    where sessions.started_at >= customers.created_at
    group by sessions.brand, sessions.customer_id
),

-- Days are counted from the first visit, where tracking is younger than the window.
dated as (
    select
        *,
        min(seen_at) over (partition by brand, unit) as first_seen_at
    from seen
),

-- Exposed just after the first visit began: that visit is no outcome, what is bought in it is one.
traffic as (
    select
        concat(brand, ', ', unit) as population_id,
        brand,
        unit,
        unit_id,
        customer_id,
        anonymous_id,
        cast(
            floor(
                {{ dbt.datediff('first_seen_at', 'seen_at', 'second') }} / 86400.0
            ) + 1 as bigint
        ) as day_number,
        {{ dbt.dateadd('second', 1, 'seen_at') }} as exposed_at
    from dated
)

select * from traffic
