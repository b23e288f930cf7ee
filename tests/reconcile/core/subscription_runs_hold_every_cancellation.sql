-- Why: a run that does not end keeps somebody who left; one that ends twice loses somebody who stayed.
-- Threshold: none. A subscription runs now exactly when its last change up to as_of is no cancellation, and each of its runs but the last has ended
-- before the next began.
with as_of as (
    select as_of_date from {{ as_of() }}
),

changes as (
    select
        changes.subscription_id,
        changes.change_type <> 'cancelled' as is_running,
        row_number() over (
            partition by changes.subscription_id
            order by
                changes.changed_at desc,
                coalesce(changes.effective_at, changes.changed_at) desc,
                changes.change_id desc
        ) as change_rank,
        count(case when changes.change_type <> 'cancelled' then 1 end) over (
            partition by changes.subscription_id
        ) as start_count
    from {{ ref('stg_app__subscription_changes') }} as changes
    cross join as_of
    where {{ reporting_date('changes.changed_at') }} <= as_of.as_of_date
),

ordered as (
    select
        subscription_id,
        is_running,
        cancelled_at,
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
                    and coalesce(cancelled_at > next_started_at, true)
                    then 1
            end
        ) as overlap_count
    from ordered
    group by subscription_id
)

select
    coalesce(changes.subscription_id, runs.subscription_id) as subscription_id,
    changes.is_running as should_run,
    runs.is_running,
    runs.overlap_count
from changes
full join runs
    on changes.subscription_id = runs.subscription_id
where
    (changes.change_rank = 1 or changes.change_rank is null)
    and (changes.start_count > 0 or runs.subscription_id is not null)
    and (
        changes.is_running is distinct from runs.is_running
        or runs.overlap_count is distinct from 0
    )
