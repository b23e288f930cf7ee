-- Why: a cost that is lost or counted twice is found in no bill, and nobody believes the others.
-- Threshold: none in the bill's own currency; in the reporting currency the rounding of a rate, a millionth. Every
-- bill, and every day of it, both ways.
-- A failure means: data_costs drops or doubles a part of a bill or a day of it, or makes 0 of a bill without a rate.
with staged as (
    select
        bill_id,
        currency,
        amount,
        billed_on as day
    from {{ ref('stg_platform__bills') }}
),

rates as (
    {{ rates_looked_up('staged') }}
),

expected as (
    select
        staged.bill_id,
        staged.amount,
        cast(staged.amount as double)
        * case
            when staged.currency = '{{ var("reporting_currency") }}' then 1
            else rates.rate
        end as cost,
        staged.day
    from staged
    left join rates
        on staged.currency = rates.currency and staged.day = rates.day
),

days as (
    select
        bill_id,
        cost_date,
        sum(billed_amount) as billed_amount,
        sum(cost) as cost,
        count(*) as part_count,
        count(cost) as priced_count
    from {{ ref('data_costs') }}
    group by bill_id, cost_date
),

found as (
    select
        bill_id,
        sum(billed_amount) as billed_amount,
        cast(sum(cost) as double) as cost,
        sum(part_count) as part_count,
        sum(priced_count) as priced_count,
        count(*) as day_count,
        min(cost_date) as first_date,
        max(cost_date) as last_date
    from days
    group by bill_id
),

-- A day has an equal part, to the cent.
uneven as (
    select days.bill_id
    from days
    inner join found
        on days.bill_id = found.bill_id
    where
        (
            abs(days.billed_amount - found.billed_amount / found.day_count) < 0.01
        ) is not true
        or abs(days.cost - found.cost / found.day_count) >= 0.01
)

select coalesce(expected.bill_id, found.bill_id) as bill_id
from expected
full join found
    on expected.bill_id = found.bill_id
where
    expected.amount is distinct from found.billed_amount
    or (expected.cost is null) is distinct from (found.priced_count = 0)
    or found.priced_count not in (0, found.part_count)
    or abs(expected.cost - found.cost) > 1e-6 + 1e-12 * abs(expected.cost)
    or (found.last_date <= expected.day) is not true
    or found.day_count - 1 <> {{ dbt.datediff(
        'found.first_date', 'found.last_date', 'day'
    ) }}
union all
select bill_id from uneven
