with counts as (
    select
        node_id,
        measure,
        kind,
        hits as observed,
        is_known,
        {{ day_number('measured_date') }} as day_number,
        {{ day_number('measured_date') }} % 7 as weekday,
        measured_date
    from {{ ref('daily_measures') }}
    where kind in ('count', 'different')
),

holidays as (
    select holiday_date from {{ ref('int_measured_holidays') }}
),

-- A holiday is nobody's usual day.
series as (
    select
        counts.*,
        holidays.holiday_date is not null as is_holiday,
        case when holidays.holiday_date is null then counts.observed end as usual
    from counts
    left join holidays on counts.measured_date = holidays.holiday_date
),

-- All frames end the day before the one that is judged. The highest and the lowest day of
-- each are left out.
weekdays as (
    select
        *,
        count(usual) over all_days as earlier_days,
        count(case when usual > 0 then 1 end) over all_days as days_with_rows,
        count(usual) over same_weekday as weekday_count,
        {{ trimmed_mean('usual', 'same_weekday') }} as weekday_level,
        {{ variance_over('usual', 'same_weekday') }} as weekday_variance
    from series
    window
        all_days as {{ days_before() }},
        same_weekday as {{ days_before(also=', weekday') }}
),

-- The day's own weekday is known from the weeks before it.
weeks as (
    select
        *,
        {{ mean_over('weekday_level', 'last_week') }} as week_level,
        {{ sum_over('weekday_variance', 'last_week') }}
        / nullif({{ sum_over('weekday_level', 'last_week') }}, 0) as week_dispersion
    from weekdays
    window last_week as (
        partition by node_id, measure
        order by day_number
        range between 6 preceding and current row
    )
),

-- A weekday counts the more the more rows it has had, and the more alike: of few, or of
-- lumps, the factor is 1.
shrunk as (
    select
        *,
        {{ var('weekday_prior_rows') }} * greatest(1, coalesce(week_dispersion, 1))
            as prior_rows
    from weeks
),

factors as (
    select
        *,
        coalesce(
            (weekday_count * weekday_level + prior_rows)
            / (weekday_count * week_level + prior_rows),
            1
        ) as factor
    from shrunk
),

-- The baseline is without weekdays; on a holiday it may be like a Sunday (1: day 0 is a
-- Saturday).
flat as (
    select
        *,
        usual / factor as flat_count,
        max(case when weekday = 1 then factor end) over (
            partition by node_id, measure
            order by day_number
            range between 7 preceding and current row
        ) as sunday_factor
    from factors
)

select * from flat
