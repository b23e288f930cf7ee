with dates as (
    select
        date_day,
        year,
        is_weekend
    from {{ ref('dates') }}
),

holidays as (
    select
        country_code,
        holiday_date,
        holiday_name,
        holiday_name_ko
    from {{ ref('holidays') }}
),

covered_years as (
    select distinct
        country_code,
        cast(extract(year from holiday_date) as integer) as year
    from holidays
),

country_dates as (
    select
        dates.date_day,
        covered_years.country_code,
        holidays.holiday_name,
        holidays.holiday_name_ko,
        holidays.holiday_date is not null as is_holiday,
        holidays.holiday_date is null and not dates.is_weekend as is_working_day
    from dates
    inner join covered_years
        on dates.year = covered_years.year
    left join holidays
        on
            covered_years.country_code = holidays.country_code
            and dates.date_day = holidays.holiday_date
)

select * from country_dates
