-- Why: recurring revenue by movement must be the month-end state of the subscriptions, worked out here without running sums.
-- Threshold: by customer and month, none, to the cent; decimals, since a double rounds half a cent either way.
-- A failure means: a change is lost, counted in another month, or a movement starts from the wrong opening.
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
        customer_id,
        change_type,
        monthly_amount,
        currency,
        changed_at,
        coalesce(effective_at, changed_at) as in_effect_at,
        {{ reporting_date('changed_at') }} as day
    from {{ ref('stg_app__subscription_changes') }}
),

rates as (
    {{ rates_looked_up('changes') }}
),

standing as (
    select changes.*
    from changes
    where not exists (
        select 1
        from changes as returns
        where
            changes.change_type = 'cancelled'
            and returns.change_type = 'reactivated'
            and returns.subscription_id = changes.subscription_id
            and returns.changed_at > changes.changed_at
            and returns.in_effect_at < changes.in_effect_at
    )
),

states as (
    select
        months.month,
        standing.subscription_id,
        max_by(
            standing.change_id,
            (standing.in_effect_at, standing.changed_at, standing.change_id)
        ) as change_id
    from months
    inner join standing
        on {{ reporting_date('standing.in_effect_at') }} <= months.last_day
    group by months.month, standing.subscription_id
),

expected as (
    select
        states.month,
        changes.customer_id,
        sum(
            case
                when changes.change_type = 'cancelled' then 0
                else round(
                    cast(changes.monthly_amount as decimal(20, 6))
                    * cast(rates.usd_rate as decimal(24, 20)),
                    2
                )
            end
        ) as closing_mrr
    from states
    inner join changes
        on states.change_id = changes.change_id
    inner join rates
        on
            changes.currency = rates.currency
            and changes.day = rates.day
    group by states.month, changes.customer_id
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
            and expected.customer_id = built.customer_id
)

select *
from compared
where (abs(expected_mrr - built_mrr) < 0.005) is not true
