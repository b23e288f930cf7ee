-- Why: amounts are converted once, here; a wrong rate or a lost amount would stand in every report.
-- Threshold: by currency and day, half a cent a row, which is what rounding to the cent may do.
-- A failure means: payments takes another rate or day than its own, or alters amounts.
with staged as (
    select
        currency,
        {{ reporting_date('attempted_at') }} as day,
        count(*) as row_count,
        cast(sum(amount) as double) as amount
    from {{ ref('stg_payments__payments') }}
    group by 1, 2
),

rates as (
    {{ rates_looked_up('staged') }}
),

expected as (
    select
        staged.currency,
        staged.day,
        staged.row_count,
        staged.amount * rates.usd_rate as amount_usd
    from staged
    inner join rates
        on
            staged.currency = rates.currency
            and staged.day = rates.day
),

built as (
    select
        currency,
        attempted_date as day,
        count(*) as row_count,
        sum(amount_usd) as amount_usd
    from {{ ref('payments') }}
    group by 1, 2
),

compared as (
    select
        coalesce(expected.currency, built.currency) as currency,
        coalesce(expected.day, built.day) as day,
        expected.row_count as expected_row_count,
        built.row_count as built_row_count,
        expected.amount_usd as expected_amount_usd,
        built.amount_usd as built_amount_usd
    from expected
    full join built
        on
            expected.currency = built.currency
            and expected.day = built.day
)

select *
from compared
where
    expected_row_count is distinct from built_row_count
    or (
        abs(expected_amount_usd - built_amount_usd)
        <= 0.005 * expected_row_count + 1e-6
    ) is not true
