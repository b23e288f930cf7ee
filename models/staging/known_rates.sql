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
)

select * from own_rates
union all
select * from fixed_rates
