-- What is not known yet adds nothing to either side of a ratio. A first day or month is not whole: history begins at
-- its end.
with days as (
    select
        metric_name,
        brand,
        projection,
        value,
        case when is_known then numerator else 0 end as numerator,
        case when is_known then volume else 0 end as volume,
        case when is_known and date_day >= first_day then numerator end as amount,
        case when is_known then date_day end as known_day,
        first_day as begin_day,
        date_day
    from {{ ref('int_goal_days') }}
),

-- The usual amount of a weekday, as it was known on the day.
weekdays as (
    select
        *,
        median(amount) over weeks as weekday_amount,
        count(amount) over weeks as weeks
    from days
    window weeks as (
        partition by metric_name, brand, {{ dbt.datediff(
            "cast('1900-01-01' as date)", 'date_day', 'day'
        ) }} % 7
        order by date_day
        rows between {{ var('goal_weekday_weeks') }} preceding and current row
    )
),

compared as (
    select
        *,
        avg(weekday_amount) over week as mean_amount,
        min(weekday_amount) over week > 0 as has_weekdays
    from weekdays
    window week as (
        partition by metric_name, brand
        order by date_day
        rows between 6 preceding and current row
    )
),

-- The volume of a day of a sum is its weekday's share.
weighted as (
    select
        *,
        cast(
            case
                when projection <> 'sum' then volume
                when weeks >= {{ var('goal_least_weeks') }} and has_weekdays
                    then weekday_amount / mean_amount
                else 1
            end as decimal(28, 9)
        ) as weight
    from compared
),

totals as (
    select
        metric_name,
        brand,
        value,
        weight,
        sum(numerator) over so_far as numerator_total,
        sum(weight) over so_far as volume_total,
        sum(amount) over last_year as year_amount,
        count(amount) over last_year as year_days,
        count(case when amount <> 0 then 1 end) over last_year as year_active_days,
        min(amount) over last_year < 0 as can_fall,
        begin_day,
        max(known_day) over so_far as known_day,
        date_day
    from weighted
    window
        so_far as (partition by metric_name, brand order by date_day),
        last_year as (
            partition by metric_name, brand order by date_day
            range between interval 363 days preceding and current row
        )
)

select * from totals
