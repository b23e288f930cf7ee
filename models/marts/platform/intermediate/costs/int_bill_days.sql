with bills as (
    select
        bill_id,
        service,
        resource,
        measure,
        currency,
        amount,
        cost,
        period_days,
        period_end
    from {{ ref('int_bills') }}
),

digits as (
    select digits.digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as digits (digit)
),

numbers as (
    select 100 * hundreds.digit + 10 * tens.digit + ones.digit as number
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
),

-- Running shares: so the days add up to the bill exactly.
days as (
    select
        bills.*,
        1.0 * numbers.number / bills.period_days as share_from,
        1.0 * (numbers.number + 1) / bills.period_days as share_to,
        {{ dbt.dateadd(
            'day', 'numbers.number + 1 - bills.period_days', 'bills.period_end'
        ) }} as day
    from bills
    inner join numbers
        on bills.period_days > numbers.number
),

spread as (
    select
        bill_id,
        service,
        resource,
        measure,
        currency,
        {{ portion('amount', 'share_from', 'share_to', 8) }} as billed_amount,
        case
            when cost is not null then {{ portion('cost', 'share_from', 'share_to') }}
        end as cost,
        cast(day as date) as cost_date
    from days
)

select * from spread
