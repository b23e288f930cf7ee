{%- set days_before = dbt.datediff('last_charge_on', 'billed_on', 'day') -%}

with bills as (
    select distinct
        service,
        resource,
        billed_on
    from {{ ref('stg_platform__bills') }}
    where amount >= 0
),

charge_days as (
    select
        service,
        resource,
        billed_on,
        lag(billed_on) over (
            partition by service, resource
            order by billed_on
        ) as last_charge_on
    from bills
),

spaced as (
    select
        service,
        resource,
        billed_on,
        {{ days_before }} as days_before
    from charge_days
),

-- Before its first bill nobody knows how long a resource ran: as long as until its second.
periods as (
    select
        service,
        resource,
        billed_on,
        greatest(1, least(
            {{ var('bill_longest_days') }},
            coalesce(days_before, lead(days_before) over in_order, 1)
        )) as period_days,
        lead(billed_on) over in_order as next_charge_on
    from spaced
    window in_order as (
        partition by service, resource
        order by billed_on
    )
)

select * from periods
