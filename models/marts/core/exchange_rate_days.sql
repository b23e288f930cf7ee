with days as (
    select date_day as rate_date from {{ ref('dates') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('known_rates') }}
    where currency <> 'USD'
),

rate_periods as (
    select
        currency,
        usd_rate,
        rate_date as valid_from,
        lead(rate_date) over (partition by currency order by rate_date) as valid_to,
        row_number() over (partition by currency order by rate_date) = 1 as is_first
    from rates
),

-- Before the first rate there is none to take but the first.
filled as (
    select
        rate_periods.currency,
        days.rate_date,
        rate_periods.usd_rate
    from days
    inner join rate_periods
        on
            (days.rate_date >= rate_periods.valid_from or rate_periods.is_first)
            and (
                days.rate_date < rate_periods.valid_to
                or rate_periods.valid_to is null
            )
),

with_dollar as (
    select * from filled
    union all
    select
        'USD' as currency,
        rate_date,
        cast(1 as decimal(24, 20)) as usd_rate
    from days
),

reporting_rates as (
    select
        rate_date,
        usd_rate
    from with_dollar
    where currency = '{{ var("reporting_currency") }}'
),

with_rate as (
    select
        with_dollar.currency,
        with_dollar.rate_date,
        with_dollar.usd_rate,
        cast(with_dollar.usd_rate as double)
        / cast(reporting_rates.usd_rate as double) as rate
    from with_dollar
    inner join reporting_rates
        on with_dollar.rate_date = reporting_rates.rate_date
)

select * from with_rate
