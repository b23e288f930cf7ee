{{ config(group='core') }}
-- Why: recurring revenue must be what the runs of core.subscriptions bring as the month ends, worked out here without running sums.
-- Threshold: by customer and month, none, to the last digit; decimals, since a double rounds half a cent either way.
-- A failure means: a run and recurring revenue tell two stories, or a movement starts from the wrong opening or rate.
with as_of as (
    select as_of_date from {{ as_of() }}
),

months as (
    select
        dates.month_start as month,
        least(max(dates.date_day), max(as_of.as_of_date)) as last_day
    from {{ ref('dates') }} as dates
    cross join as_of
    where dates.month_start <= as_of.as_of_date
    group by dates.month_start
),

changes as (
    select
        change_id,
        subscription_id,
        change_number,
        monthly_amount,
        currency,
        in_effect_at,
        {{ reporting_date('in_effect_at') }} as day
    from {{ ref('int_subscription_changes') }}
    where not is_ending
),

last_changes as (
    select
        months.month,
        months.last_day as day,
        runs.customer_id,
        max_by(
            changes.monthly_amount, (changes.in_effect_at, changes.change_number)
        ) as monthly_amount,
        max_by(changes.currency, (changes.in_effect_at, changes.change_number))
            as currency
    from {{ ref('subscriptions') }} as runs
    inner join months
        on
            runs.started_date <= months.last_day
            and (runs.ended_date > months.last_day or runs.ended_date is null)
    inner join changes
        on
            runs.subscription_id = changes.subscription_id
            and months.last_day >= changes.day
            and runs.started_at <= changes.in_effect_at
    group by months.month, months.last_day, runs.customer_id, runs.subscription_id
),

rates as (
    select
        currency,
        day,
        rate,
        cast(rate as decimal(22, 16)) as usd_rate
    from ({{ rates_looked_up('last_changes') }}) as looked_up
),

expected as (
    select
        last_changes.month,
        last_changes.customer_id,
        sum({{ converted('last_changes.monthly_amount', 'rates') }}) as closing_mrr
    from last_changes
    inner join rates
        on
            last_changes.currency = rates.currency
            and last_changes.day = rates.day
    group by last_changes.month, last_changes.customer_id
),

built as (
    select
        month,
        customer_id,
        sum(closing_mrr) as closing_mrr
    from {{ ref('mrr_movements') }}
    group by month, customer_id
),

compared as (
    select
        coalesce(expected.month, built.month) as month,
        coalesce(expected.customer_id, built.customer_id) as customer_id,
        coalesce(expected.closing_mrr, 0) as expected_mrr,
        coalesce(built.closing_mrr, 0) as built_mrr
    from expected
    full join built
        on
            expected.month = built.month
            and expected.customer_id is not distinct from built.customer_id
)

select *
from compared
where expected_mrr is distinct from built_mrr
