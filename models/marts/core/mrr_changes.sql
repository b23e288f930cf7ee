with states as (
    select
        change_id,
        subscription_id,
        change_type,
        customer_id,
        brand,
        currency,
        monthly_amount,
        is_end,
        is_end and not is_running and change_type = 'cancelled' as is_cancellation,
        in_effect_date,
        in_effect_at,
        lag(customer_id) over states as previous_customer_id,
        lag(brand) over states as previous_brand,
        lag(currency) over states as previous_currency,
        lag(monthly_amount) over states as previous_amount
    from {{ ref('int_subscription_states') }}
    window states as (partition by subscription_id order by state_number)
),

as_of as (
    select as_of_date from {{ as_of() }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

-- Whoever has it before a change loses the old amount, whoever has it after gains the new.
steps as (
    select
        change_id,
        subscription_id,
        change_type,
        previous_customer_id as customer_id,
        previous_brand as brand,
        previous_currency as currency,
        -previous_amount as amount,
        is_cancellation,
        in_effect_date,
        in_effect_at
    from states
    where previous_amount > 0 or is_end
    union all
    select
        change_id,
        subscription_id,
        change_type,
        customer_id,
        brand,
        currency,
        monthly_amount as amount,
        false as is_cancellation,
        in_effect_date,
        in_effect_at
    from states
    where monthly_amount > 0
),

-- Both at the rate of the day of the change: what the rates did before it is no part of it.
mrr_changes as (
    select
        steps.change_id,
        steps.subscription_id,
        steps.customer_id,
        steps.brand,
        steps.change_type,
        cast(sum({{ converted('steps.amount', 'rates') }}) as decimal(24, 6))
            as mrr_change,
        bool_or(steps.is_cancellation) as is_cancellation,
        steps.in_effect_date,
        steps.in_effect_at
    from steps
    inner join as_of
        on steps.in_effect_date <= as_of.as_of_date
    inner join rates
        on
            steps.currency = rates.currency
            and steps.in_effect_date = rates.rate_date
    group by
        steps.change_id,
        steps.subscription_id,
        steps.customer_id,
        steps.brand,
        steps.change_type,
        steps.in_effect_date,
        steps.in_effect_at
)

select * from mrr_changes
