{{ config(group='core') }}
-- Why: a run that does not end keeps somebody who left; one that ends twice loses somebody who stayed.
-- Threshold: none. A subscription runs now exactly when the last change in effect that opens or ends a run opens one; each of its runs but the
-- last has ended before the next began; and who is a subscriber in core.customers has a run in core.subscriptions.
with as_of as (
    select as_of_date from {{ as_of() }}
),

changes as (
    select
        changes.subscription_id,
        max_by(
            changes.is_opening, (changes.in_effect_at, changes.change_number)
        ) as is_running
    from {{ ref('int_subscription_changes') }} as changes
    cross join as_of
    where
        (changes.is_opening or changes.is_ending)
        and {{ reporting_date('changes.in_effect_at') }} <= as_of.as_of_date
    group by changes.subscription_id
    having bool_or(changes.is_opening)
),

ordered as (
    select
        subscription_id,
        customer_id,
        is_running,
        ends_at,
        lead(started_at) over (
            partition by subscription_id order by run_number
        ) as next_started_at
    from {{ ref('subscriptions') }}
),

runs as (
    select
        subscription_id,
        bool_or(is_running) as is_running,
        count(
            case
                when
                    next_started_at is not null
                    and coalesce(ends_at > next_started_at, true)
                    then 1
            end
        ) as overlap_count
    from ordered
    group by subscription_id
),

subscribers as (
    select customers.customer_id
    from {{ ref('customers') }} as customers
    left join ordered
        on
            customers.customer_id = ordered.customer_id
            and ordered.is_running
    where customers.is_subscriber and ordered.customer_id is null
)

select
    coalesce(changes.subscription_id, runs.subscription_id) as subscription_id,
    cast(null as varchar) as customer_id,
    changes.is_running as should_run,
    runs.is_running,
    runs.overlap_count
from changes
full join runs
    on changes.subscription_id = runs.subscription_id
where
    changes.is_running is distinct from runs.is_running
    or runs.overlap_count is distinct from 0
union all
select
    cast(null as varchar) as subscription_id,
    customer_id,
    false as should_run,
    true as is_running,
    0 as overlap_count
from subscribers
