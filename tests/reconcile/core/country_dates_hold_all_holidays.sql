-- Why: working days are counted from country_dates; a holiday lost makes a normal day of it.
-- Threshold: none, both ways, for the days that dates has.
-- A failure means: country_dates drops or invents a holiday, or has working days on one.
with holidays as (
    select
        holidays.holiday_date,
        holidays.country_code
    from {{ ref('holidays') }} as holidays
    inner join {{ ref('dates') }} as dates
        on holidays.holiday_date = dates.date_day
),

built as (
    select
        date_day,
        country_code
    from {{ ref('country_dates') }}
    where is_holiday and not is_working_day
),

lost as (
    select * from holidays
    except
    select * from built
),

invented as (
    select * from built
    except
    select * from holidays
)

select
    holiday_date,
    country_code
from lost
union all
select
    date_day as holiday_date,
    country_code
from invented
