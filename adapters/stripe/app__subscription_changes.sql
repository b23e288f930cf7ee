with changes as (
    {changes}
),

subscriptions as (
    {subscriptions}
),

-- A subscription's items change together: what it brings is the sum of them all.
moved as (
    select
        subscription,
        event_timestamp as changed_at,
        max(customer) as customer,
        max(price) as price,
        max(currency) as currency,
        sum(as_number(mrr_change)) as mrr_change,
        bool_or(event_type like '%START') as is_start,
        bool_or(event_type like '%END') as is_end
    from changes
    group by subscription, event_timestamp
),

running as (
    select
        *,
        sum(mrr_change) over (
            partition by subscription order by changed_at rows unbounded preceding
        ) as amount,
        row_number() over (partition by subscription order by changed_at) as place
    from moved
),

told as (
    select
        subscription,
        changed_at,
        customer,
        price,
        currency,
        greatest(amount, 0) as amount,
        case
            when place = 1 then 'started'
            when amount <= 0 and is_end then 'cancelled'
            when amount - mrr_change <= 0 and is_start then 'reactivated'
            when mrr_change < 0 then 'downgraded'
            else 'upgraded'
        end as change_type
    from running
),

-- Without change events: from the end of the trial to the end, a twelfth of a year's price a month. Coupons that never
-- end are taken off where the export says what they take.
priced as (
    select
        *,
        as_number(plan_amount) * coalesce(as_number(quantity), 1) * (
            1 - case when coupon_duration = 'forever' then coalesce(as_number(percent_off), 0) else 0 end / 100
        ) - case when coupon_duration = 'forever' then coalesce(as_number(amount_off), 0) else 0 end as amount,
        case coalesce(plan_interval, 'month')
            when 'year' then 12
            when 'week' then 12.0 / 52
            when 'day' then 12.0 / 365
            else 1
        end * coalesce(as_number(plan_interval_count), 1) as months,
        greatest(start_date, trial_end) as paid_from,
        case
            when status in ('canceled', 'incomplete_expired') then coalesce(ended_at, canceled_at)
        end as paid_to
    from subscriptions
    where status not in ('trialing', 'incomplete', 'incomplete_expired')
        and id not in (select subscription from changes where subscription is not null)
),

alone as (
    select
        id as subscription,
        paid_from as changed_at,
        customer,
        plan as price,
        currency,
        amount / months as amount,
        'started' as change_type
    from priced
    where paid_to is null or paid_to > paid_from
    union all
    select
        id as subscription,
        paid_to as changed_at,
        customer,
        plan as price,
        currency,
        0 as amount,
        'cancelled' as change_type
    from priced
    where paid_to > paid_from
),

together as (
    select * from told
    union all
    select * from alone
)

select
    concat_ws(' ', together.subscription, together.changed_at, together.change_type) as change_id,
    together.subscription as subscription_id,
    together.customer as customer_id,
    coalesce(together.price, 'no price') as product_id,
    together.change_type,
    case
        when together.change_type <> 'cancelled' then null
        when subscriptions.cancel_reason = 'payment_failed' then 'payment_failed'
        when subscriptions.cancel_reason is not null then 'voluntary'
    end as cancel_kind,
    as_time(together.changed_at) as changed_at,
    round(from_minor_units(together.amount, together.currency), 8) as monthly_amount,
    upper(together.currency) as currency
from together
left join subscriptions on together.subscription = subscriptions.id
