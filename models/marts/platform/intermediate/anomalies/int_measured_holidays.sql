-- A day off for few customers does not show.
with customers as (
    select country_code from {{ ref('customers') }}
    where country_code is not null
),

countries as (
    select
        country_code,
        count(*) / sum(count(*)) over () as customer_share
    from customers
    group by country_code
),

holidays as (
    select distinct
        country_code,
        holiday_date
    from {{ ref('holidays') }}
),

days as (
    select holidays.holiday_date
    from holidays
    inner join countries on holidays.country_code = countries.country_code
    group by holidays.holiday_date
    having sum(countries.customer_share) >= {{ var('holiday_least_share') }}
)

select * from days
