with charges as (
    select
        service,
        resource,
        currency,
        billed_on,
        max(period_days) as period_days,
        sum(amount) as amount,
        sum(cost) as cost,
        max(rate) as rate
    from {{ ref('int_bills') }}
    where not is_credit
    group by service, resource, currency, billed_on
),

numbered as (
    select
        *,
        cast(amount as double) / period_days as daily_amount,
        row_number() over (
            partition by service, resource, currency
            order by billed_on
        ) as position
    from charges
)

select * from numbered
