{%- set enough = 'charged_count >= ' ~ var('bill_least_bills') -%}

with bills as (
    select
        *,
        dense_rank() over (order by billed_on) - 1 as bill_days_before
    from {{ ref('int_bill_baselines') }}
),

-- How far from the usual bill, in spreads; of fewer bills the spread is less sure.
measured as (
    select
        *,
        case
            when {{ enough }} and daily_amount > 0
                then (ln(daily_amount) - centre) / spread
            when {{ enough }} then -1e9
        end as distance,
        {{ var('bill_jump_spreads') }} * (1 + 2.0 / nullif(charged_count, 0)) as bound
    from bills
),

sided as (
    select
        *,
        case
            when distance > bound then 1
            when distance < -bound then -1
            when distance is not null then 0
        end as side
    from measured
),

followed as (
    select
        *,
        lag(side) over (
            partition by service, resource, currency
            order by billed_on
        ) as side_before
    from sided
),

judged as (
    select
        *,
        case
            when side = 1 and side_before = 1 then 'stays_high'
            when side = 1 then 'jumped'
            when side = -1 and side_before = -1 then 'stays_low'
            when side = -1 then 'fell'
            when side = 0 then 'usual'
            when
                earlier_count = 0
                and bill_days_before >= {{ var('bill_least_bills') }}
                then 'new'
            when earlier_count < {{ var('bill_least_bills') }} then 'too_few'
            when charged_count = 0 and daily_amount > 0 then 'jumped'
            when charged_count = 0 then 'usual'
            else 'unknown'
        end as verdict,
        case
            when earlier_count > 0 then usual_daily_amount
            when bill_days_before >= {{ var('bill_least_bills') }} then 0
        end as expected_daily_amount
    from followed
),

valued as (
    select
        service,
        resource,
        currency,
        verdict,
        cast(earlier_count as bigint) as earlier_bills,
        amount,
        cost,
        period_days,
        daily_amount,
        expected_daily_amount,
        daily_amount / nullif(expected_daily_amount, 0) as times_usual,
        expected_daily_amount * exp(bound * spread) as highest_usual_daily_amount,
        (daily_amount - expected_daily_amount) * period_days * rate as extra_cost,
        billed_on
    from judged
)

select * from valued
