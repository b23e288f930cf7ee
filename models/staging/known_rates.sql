{{ config(materialized='table') }}
with own_rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('stg_finance__exchange_rates') }}
),

fixed_rates as (
    select
        upper(trim(currency)) as currency,
        rate_date,
        usd_rate
    from {{ ref('fixed_rates') }}
    where not exists (select 1 from own_rates)
),

known_rates as (
    select * from own_rates
    union all
    select * from fixed_rates
),

reporting_rates as (
    select count(*) as rate_count
    from known_rates
    where currency = '{{ var("reporting_currency") }}'
),

-- Without a rate of the reporting currency no amount can be converted.
checked as (
    select known_rates.*
    from known_rates
    cross join reporting_rates
    where
        '{{ var("reporting_currency") }}' = 'USD'
        or case
            when reporting_rates.rate_count > 0 then true
            else {{ fail_with(quoted(
                'The var reporting_currency is ' ~ var('reporting_currency')
                ~ ', which has no exchange rate. Add rates of '
                ~ var('reporting_currency') ~ ' to finance__exchange_rates or to '
                'reference__fixed_rates.csv, or choose a currency that has some.'
            )) }}
        end
)

select * from checked
