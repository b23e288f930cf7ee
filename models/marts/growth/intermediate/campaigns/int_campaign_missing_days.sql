with days as (
    select
        campaign_id,
        sessions,
        is_reported,
        performance_date
    from {{ ref('campaign_days') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- The newest days may still come. After its last month with anything a campaign is over.
lives as (
    select
        days.campaign_id,
        min(days.performance_date) filter (where days.is_reported or days.sessions > 0)
            as first_day,
        least(
            {{ dbt.last_day('max(days.performance_date)', 'month') }},
            {{ dbt.dateadd('day', '-' ~ var('late_days'), 'max(as_of.as_of_date)') }}
        ) as last_day
    from days
    cross join as_of
    group by days.campaign_id
),

life_days as (
    select
        lives.campaign_id,
        dates.date_day as performance_date,
        {{ month_of('dates.date_day') }} as month,
        coalesce(days.sessions, 0) as sessions,
        coalesce(days.is_reported, false) as is_reported,
        days.sessions > 0 and not days.is_reported as is_visited
    from lives
    inner join {{ ref('dates') }} as dates
        on dates.date_day between lives.first_day and lives.last_day
    left join days
        on
            lives.campaign_id = days.campaign_id
            and dates.date_day = days.performance_date
),

-- The platform's day may begin a day earlier or later than ours, and some visit on the day after.
placed as (
    select
        *,
        lag(is_reported, 1, false) over in_order
        or lead(is_reported, 1, false) over in_order as is_beside_report,
        count(case when is_reported then 1 end) over in_order as reports_so_far
    from life_days
    window in_order as (partition by campaign_id order by performance_date)
),

counted as (
    select
        *,
        count(*) over (partition by campaign_id) as life_length,
        count(case when is_reported then 1 end) over (partition by campaign_id)
            as reports,
        sum(case when is_reported then sessions end) over (partition by campaign_id)
            as reported_sessions,
        count(case when is_reported then 1 end) over of_month as month_reports,
        coalesce(sum(case when is_reported then sessions end) over of_month, 0)
            as month_sessions,
        count(case when is_visited and is_beside_report then 1 end) over of_month
            as beside_days,
        sum(case when is_visited and is_beside_report then sessions end) over of_month
            as beside_sessions,
        count(case when not is_reported then 1 end) over of_gap as gap_length,
        coalesce(sum(case when not is_reported then sessions end) over of_gap, 0)
            as gap_sessions
    from placed
    window
        of_month as (partition by campaign_id, month),
        of_gap as (partition by campaign_id, reports_so_far)
),

-- How often a campaign is reported apart from the gap, and whether it surely had more visits than stragglers.
compared as (
    select
        *,
        1.0 * reports / nullif(life_length - gap_length, 0) as reported_share,
        case
            when beside_days > 0
                then
                    chi_square_quantile(0.05, 2.0 * beside_sessions) / 2 / beside_days
                    > {{ var('straggling_visit_share') }}
                    * (month_sessions + 1.0) / (month_reports + 1)
        end as runs_beside_reports
    from counted
),

missing_days as (
    select
        campaign_id,
        performance_date,
        month
    from compared
    where
        is_visited and (not is_beside_report or runs_beside_reports)
        -- Nobody came, but hardly anybody does, and it is never silent for so long.
        or not is_reported
        and reports_so_far > 0
        and reports > 1
        and gap_sessions = 0
        and reports * power(1 - reported_share, gap_length)
        < {{ var('chance_of_a_gap') }}
        and reported_sessions / reports * reported_share * gap_length
        < {{ var('min_visits_of_a_gap') }}
)

select * from missing_days
