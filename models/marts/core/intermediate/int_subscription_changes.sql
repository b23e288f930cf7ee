with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        change_type,
        currency,
        changed_at,
        coalesce(effective_at, changed_at) as in_effect_at,
        {{ reporting_date('changed_at') }} as changed_date,
        {{ reporting_date('coalesce(effective_at, changed_at)') }} as effective_date,
        case
            when change_type <> 'cancelled' then monthly_amount
            else 0
        end as monthly_amount
    from {{ ref('stg_app__subscription_changes') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('exchange_rate_days') }}
),

-- Who comes back before a cancellation takes effect has taken it back.
taken_back as (
    select distinct changes.change_id
    from changes
    inner join changes as returns
        on
            changes.subscription_id = returns.subscription_id
            and changes.changed_at < returns.changed_at
            and changes.in_effect_at > returns.in_effect_at
    where
        changes.change_type = 'cancelled'
        and returns.change_type = 'reactivated'
),

-- The rate of the day of its own change stays until the next change.
in_effect as (
    select
        changes.change_id,
        changes.subscription_id,
        changes.customer_id,
        {{ converted('changes.monthly_amount', 'rates') }} as mrr,
        {{ month_of('changes.effective_date') }} as month,
        changes.in_effect_at,
        changes.changed_at
    from changes
    inner join as_of
        on changes.effective_date <= as_of.as_of_date
    left join taken_back
        on changes.change_id = taken_back.change_id
    left join rates
        on
            changes.currency = rates.currency
            and changes.changed_date = rates.rate_date
    where taken_back.change_id is null
)

select * from in_effect
