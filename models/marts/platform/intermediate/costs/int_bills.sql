with bills as (
    select
        bill_id,
        billed_on,
        service,
        resource,
        amount,
        currency
    from {{ ref('stg_platform__bills') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

measures as (
    select
        lower(trim(service)) as service,
        lower(trim(resource)) as resource,
        measure
    from {{ ref('cost_services') }}
),

periods as (
    select
        service,
        resource,
        billed_on,
        period_days,
        next_charge_on
    from {{ ref('int_bill_periods') }}
),

-- A credit gives back what the charge before it took, and so belongs to its days.
dated as (
    select
        bills.*,
        bills.amount < 0 as is_credit,
        coalesce(periods.billed_on, bills.billed_on) as period_end,
        coalesce(periods.period_days, 1) as period_days
    from bills
    left join periods
        on
            bills.service = periods.service
            and bills.resource = periods.resource
            and bills.billed_on >= periods.billed_on
            and (
                bills.billed_on < periods.next_charge_on
                or periods.next_charge_on is null
            )
),

converted as (
    select
        dated.bill_id,
        dated.service,
        dated.resource,
        coalesce(own.measure, of_service.measure, other.measure, 'nothing')
            as measure,
        dated.currency,
        dated.amount,
        case
            when dated.currency = '{{ var("reporting_currency") }}'
                then cast(round(dated.amount, 6) as decimal(24, 6))
            else {{ converted('dated.amount', 'rates') }}
        end as cost,
        case
            when dated.currency = '{{ var("reporting_currency") }}' then 1.0
            else rates.rate
        end as rate,
        cast(dated.period_days as integer) as period_days,
        dated.is_credit,
        dated.billed_on,
        dated.period_end
    from dated
    left join rates
        on dated.currency = rates.currency and dated.billed_on = rates.rate_date
    left join measures as own
        on
            lower(trim(dated.service)) = own.service
            and lower(trim(dated.resource)) = own.resource
    left join measures as of_service
        on lower(trim(dated.service)) = of_service.service and of_service.resource = '*'
    left join measures as other
        on other.service = '*' and other.resource = '*'
)

select * from converted
