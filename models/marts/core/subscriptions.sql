with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        product_id,
        cancel_kind,
        change_type <> 'cancelled' as is_running,
        changed_at,
        coalesce(effective_at, changed_at) as in_effect_at
    from {{ ref('stg_app__subscription_changes') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

brands as (
    select * from {{ ref('int_subscription_brands') }}
),

known_changes as (
    select
        changes.*,
        lag(changes.is_running, 1, false) over (
            partition by changes.subscription_id
            order by changes.changed_at, changes.in_effect_at, changes.change_id
        ) as was_running
    from changes
    inner join as_of on {{ reporting_date('changes.changed_at') }} <= as_of.as_of_date
),

-- Starts and ends by turns: what was cancelled without a start before it has no run.
turns as (
    select
        *,
        lead(changed_at) over turns as next_changed_at,
        lead(in_effect_at) over turns as next_in_effect_at,
        lead(cancel_kind) over turns as next_cancel_kind
    from known_changes
    where is_running <> was_running
    window turns as (
        partition by subscription_id order by changed_at, in_effect_at, change_id
    )
),

runs as (
    select
        turns.subscription_id,
        cast(row_number() over (
            partition by turns.subscription_id
            order by turns.changed_at, turns.in_effect_at, turns.change_id
        ) as integer) as run_number,
        turns.customer_id,
        turns.product_id,
        brands.brand,
        turns.next_cancel_kind as cancel_kind,
        turns.next_changed_at is null as is_running,
        {{ reporting_date('turns.changed_at') }} as started_date,
        {{ reporting_date('turns.next_changed_at') }} as cancelled_date,
        turns.changed_at as started_at,
        turns.next_changed_at as cancelled_at,
        turns.next_in_effect_at as ends_at
    from turns
    inner join brands
        on turns.change_id = brands.change_id
    where turns.is_running
)

select * from runs
