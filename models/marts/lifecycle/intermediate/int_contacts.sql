-- One row per contact with support of a known customer, up to as_of, and whether the customer had cancelled before it.
with tickets as (
    select
        ticket_id,
        customer_id,
        topic,
        opened_at
    from {{ ref('stg_support__tickets') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

subscriptions as (
    select
        customer_id,
        brand,
        started_at,
        cancelled_at
    from {{ ref('subscriptions') }}
),

decided as (
    select
        tickets.ticket_id,
        tickets.customer_id,
        customers.brand,
        tickets.topic,
        tickets.opened_at,
        count(
            case when subscriptions.cancelled_at <= tickets.opened_at then 1 end
        ) > 0 as had_cancelled,
        count(
            case
                when
                    subscriptions.started_at <= tickets.opened_at
                    and coalesce(
                        subscriptions.cancelled_at > tickets.opened_at, true
                    )
                    then 1
            end
        ) > 0 as is_subscribed
    from tickets
    inner join as_of
        on {{ reporting_date('tickets.opened_at') }} <= as_of.as_of_date
    inner join customers
        on tickets.customer_id = customers.customer_id
    left join subscriptions
        on
            tickets.customer_id = subscriptions.customer_id
            and customers.brand = subscriptions.brand
    group by
        tickets.ticket_id,
        tickets.customer_id,
        customers.brand,
        tickets.topic,
        tickets.opened_at
)

select
    ticket_id,
    customer_id,
    brand,
    topic,
    had_cancelled and not is_subscribed as is_after_decision,
    {{ month_of(reporting_date('opened_at')) }} as month
from decided
