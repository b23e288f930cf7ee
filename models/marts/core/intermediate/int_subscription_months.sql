with states as (
    select
        subscription_id,
        customer_id,
        brand,
        currency,
        monthly_amount,
        {{ month_of('in_effect_date') }} as month,
        in_effect_date,
        state_number
    from {{ ref('int_subscription_states') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

months as (
    select distinct month_start as month
    from {{ ref('dates') }}
),

ranked as (
    select
        states.*,
        as_of.as_of_date,
        row_number() over (
            partition by states.subscription_id, states.month
            order by states.state_number desc
        ) as state_rank
    from states
    inner join as_of
        on states.in_effect_date <= as_of.as_of_date
),

spans as (
    select
        *,
        lead(month) over (
            partition by subscription_id order by month
        ) as next_month
    from ranked
    where state_rank = 1
),

month_ends as (
    select
        spans.subscription_id,
        spans.customer_id,
        spans.brand,
        spans.currency,
        spans.monthly_amount,
        months.month,
        cast(
            least({{ dbt.last_day('months.month', 'month') }}, spans.as_of_date) as date
        ) as last_day
    from spans
    inner join months
        on
            spans.month <= months.month
            and spans.as_of_date >= months.month
            and (spans.next_month > months.month or spans.next_month is null)
    where spans.monthly_amount > 0
)

select * from month_ends
