with states as (
    select
        change_id,
        change_type,
        customer_id,
        brand,
        currency,
        monthly_amount,
        is_end,
        is_running,
        in_effect_date,
        in_effect_at,
        lag(customer_id) over states as previous_customer_id,
        lag(brand) over states as previous_brand,
        lag(currency) over states as previous_currency,
        lag(monthly_amount) over states as previous_amount
    from {{ ref('int_subscription_states') }}
    window states as (partition by subscription_id order by state_number)
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
        concat(change_id, ' from') as fact_id,
        previous_customer_id as customer_id,
        previous_brand as brand,
        previous_currency as currency,
        -previous_amount as amount,
        in_effect_date,
        in_effect_at
    from states
    where previous_amount > 0
    union all
    select
        concat(change_id, ' to') as fact_id,
        customer_id,
        brand,
        currency,
        monthly_amount as amount,
        in_effect_date,
        in_effect_at
    from states
    where monthly_amount > 0
),

-- Both at the rate of the day of the change: what the rates did before it is no effect.
facts as (
    select
        'subscriptions.mrr_change' as fact,
        steps.fact_id,
        steps.customer_id,
        steps.brand,
        {{ converted('steps.amount', 'rates') }} as amount,
        steps.in_effect_at as occurred_at
    from steps
    inner join rates
        on
            steps.currency = rates.currency
            and steps.in_effect_date = rates.rate_date
    union all
    select
        'subscriptions.cancelled_id' as fact,
        change_id as fact_id,
        previous_customer_id as customer_id,
        previous_brand as brand,
        1 as amount,
        in_effect_at as occurred_at
    from states
    where is_end and not is_running and change_type = 'cancelled'
)

select * from facts
