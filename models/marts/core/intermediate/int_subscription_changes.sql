with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        product_id,
        change_type,
        cancel_kind,
        monthly_amount,
        currency,
        changed_at,
        coalesce(effective_at, changed_at) as effective_at,
        change_type in ('started', 'reactivated', 'resumed') as is_opening,
        change_type in ('cancelled', 'paused') as is_ending
    from {{ ref('stg_app__subscription_changes') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

known as (
    select
        changes.*,
        min(case when changes.is_opening then changes.changed_at end) over (
            partition by changes.subscription_id
        ) as first_opened_at
    from changes
    inner join as_of
        on {{ reporting_date('changes.changed_at') }} <= as_of.as_of_date
),

-- Of one moment: what opens comes after what ends, for what is closed twice is closed and what is opened in the
-- same second goes on. Only a first start cannot come after its own end. Last the plan, which needs an open run.
ranked as (
    select
        *,
        case
            when change_type = 'started' and changed_at = first_opened_at then 0
            when is_ending then 1
            when is_opening then 2
            when change_type = 'price_changed' then 3
            else 4
        end as tie_rank
    from known
),

numbered as (
    select
        *,
        -- Padded, ids that count up are in the order of their numbers.
        row_number() over (
            partition by subscription_id
            order by changed_at, tie_rank, lpad(change_id, 64, '0'), change_id
        ) as change_number
    from ranked
),

opened as (
    select
        *,
        min(case when is_opening then effective_at end) over until_before
            as first_start_at,
        max(case when is_opening then effective_at end) over until_before
            as last_start_at
    from numbered
    window until_before as (
        partition by subscription_id order by change_number
        rows between unbounded preceding and 1 preceding
    )
),

-- Nothing takes effect before the subscription begins, and no run ends before it began.
placed as (
    select
        *,
        case
            when is_opening then effective_at
            when not is_ending then greatest(effective_at, first_start_at)
            when last_start_at <= changed_at then greatest(effective_at, last_start_at)
            else effective_at
        end as in_effect_at
    from opened
),

overtaken as (
    select distinct earlier.change_id
    from placed as earlier
    inner join placed as later
        on
            earlier.subscription_id = later.subscription_id
            and earlier.change_number < later.change_number
            and earlier.in_effect_at >= later.in_effect_at
            and earlier.in_effect_at >= later.changed_at
    where
        later.change_type in ('started', 'reactivated')
        or (
            later.change_type = 'resumed'
            and earlier.change_type in ('paused', 'resumed')
        )
        or (
            earlier.in_effect_at > later.changed_at
            and case
                when earlier.is_opening then later.change_type = 'cancelled'
                else later.change_type in ('upgraded', 'downgraded')
            end
        )
),

standing as (
    select placed.*
    from placed
    left join overtaken
        on placed.change_id = overtaken.change_id
    where overtaken.change_id is null
)

select * from standing
