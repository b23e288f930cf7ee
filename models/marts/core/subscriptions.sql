with states as (
    select * from {{ ref('int_subscription_states') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

turns as (
    select
        *,
        lead(opening_count) over turns as end_opening_count,
        lead(change_type) over turns as end_change_type,
        lead(is_begin) over turns as is_handed_on,
        lead(in_effect_at) over turns as ends_at,
        lead(in_effect_date) over turns as end_date
    from states
    where is_begin or is_end
    window turns as (partition by subscription_id order by state_number)
),

-- The decision that ends a run; of one that was paused, the one by which it is not taken up again.
cancellations as (
    select
        subscription_id,
        opening_count,
        min_by(cancel_kind, state_number) as cancel_kind,
        min_by(changed_at, state_number) as cancelled_at
    from states
    where change_type = 'cancelled'
    group by subscription_id, opening_count
),

runs as (
    select
        turns.subscription_id,
        cast(row_number() over (
            partition by turns.subscription_id order by turns.state_number
        ) as integer) as run_number,
        turns.customer_id,
        turns.product_id,
        turns.brand,
        case
            when turns.is_handed_on then 'handed_on'
            else turns.end_change_type
        end as end_kind,
        cancellations.cancel_kind,
        coalesce(turns.end_date > as_of.as_of_date, true) as is_running,
        turns.in_effect_date as started_date,
        {{ reporting_date('cancellations.cancelled_at') }} as cancelled_date,
        case when turns.end_date <= as_of.as_of_date then turns.end_date end
            as ended_date,
        turns.in_effect_at as started_at,
        cancellations.cancelled_at,
        turns.ends_at
    from turns
    inner join as_of
        on turns.in_effect_date <= as_of.as_of_date
    left join cancellations
        on
            turns.subscription_id = cancellations.subscription_id
            and turns.end_opening_count = cancellations.opening_count
            and not turns.is_handed_on
    where turns.is_begin
)

select * from runs
