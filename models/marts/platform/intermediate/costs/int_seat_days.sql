with views as (
    select
        board_id,
        views,
        view_date
    from {{ ref('dashboard_use') }}
),

digits as (
    select digits.digit
    from (values (0), (1), (2), (3), (4), (5), (6)) as digits (digit)
),

-- Seats are paid on days without a view as well: those of the four weeks before count.
seat_days as (
    select
        views.board_id,
        views.views,
        views.view_date,
        cast(
            {{ dbt.dateadd('day', '7 * weeks.digit + days.digit', 'views.view_date') }}
            as date
        ) as usage_date
    from views
    cross join digits as days
    inner join digits as weeks
        on weeks.digit < 4
)

select * from seat_days
