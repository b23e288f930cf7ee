{%- set numbers = {
    'service': 'weighed.service',
    'resource': 'weighed.resource',
    'times': 'cast(cast(weighed.times_usual as decimal(18, 1)) as varchar)',
    'cost': 'cast(cast(weighed.cost as decimal(24, 2)) as varchar)',
    'extra': 'cast(cast(weighed.extra_cost as decimal(24, 2)) as varchar)',
    'day': 'cast(weighed.billed_on as varchar)',
    'bills': 'cast(weighed.earlier_bills as varchar)',
} -%}

with bills as (
    select
        service,
        resource,
        currency,
        verdict,
        earlier_bills,
        amount,
        cost,
        period_days,
        daily_amount,
        expected_daily_amount,
        highest_usual_daily_amount,
        times_usual,
        extra_cost,
        billed_on,
        cast({{ dbt.date_trunc('week', 'billed_on') }} as date) as week_start
    from {{ ref('int_bill_verdicts') }}
),

sentences as (
    select
        reason_code,
        sentence,
        sentence_ko
    from {{ ref('cost_sentences') }}
    where subject = 'bill'
),

-- Amounts of a week are added in one order, so that they are the same on any replay.
weeks as (
    select
        week_start,
        {{ steady_sum('extra_cost', 6) }} as week_extra_cost,
        sum(cost) as week_cost
    from bills
    group by week_start
),

weighed as (
    select
        bills.*,
        weeks.week_cost,
        weeks.week_extra_cost,
        bills.extra_cost / nullif(weeks.week_extra_cost, 0) as share_of_change,
        row_number() over (
            partition by bills.week_start
            order by
                abs(bills.extra_cost) desc nulls last,
                bills.service asc,
                bills.resource asc,
                bills.currency asc,
                bills.billed_on asc
        ) as change_rank
    from bills
    inner join weeks
        on bills.week_start = weeks.week_start
),

told as (
    select
        weighed.service,
        weighed.resource,
        weighed.currency,
        weighed.verdict,
        {{ with_numbers('sentences.sentence', numbers) }} as sentence,
        {{ with_numbers('sentences.sentence_ko', numbers) }} as sentence_ko,
        weighed.earlier_bills,
        weighed.change_rank,
        cast(weighed.period_days as bigint) as period_days,
        cast(weighed.amount as decimal(24, 8)) as amount,
        cast(weighed.cost as decimal(24, 6)) as cost,
        weighed.daily_amount,
        weighed.expected_daily_amount,
        weighed.highest_usual_daily_amount,
        weighed.times_usual,
        cast(weighed.extra_cost as decimal(24, 6)) as extra_cost,
        cast(weighed.week_cost as decimal(24, 6)) as week_cost,
        cast(weighed.week_extra_cost as decimal(24, 6)) as week_extra_cost,
        weighed.share_of_change,
        weighed.billed_on,
        weighed.week_start
    from weighed
    left join sentences
        on weighed.verdict = sentences.reason_code
)

select * from told
