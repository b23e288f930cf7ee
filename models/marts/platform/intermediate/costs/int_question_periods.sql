with questions as (
    select
        question_id,
        team,
        status,
        wait_hours,
        was_on_a_board,
        asked_date
    from {{ ref('questions') }}
),

teams as (
    select
        question_id,
        team,
        false as is_total,
        status,
        wait_hours,
        was_on_a_board,
        asked_date
    from questions
    union all
    select
        question_id,
        'all' as team,
        true as is_total,
        status,
        wait_hours,
        was_on_a_board,
        asked_date
    from questions
),

dated as (
    select
        teams.*,
        grains.grain,
        case grains.grain
            when 'week'
                then cast({{ dbt.date_trunc('week', 'teams.asked_date') }} as date)
            when 'quarter'
                then cast({{ dbt.date_trunc('quarter', 'teams.asked_date') }} as date)
            else min(teams.asked_date) over ()
        end as period_start
    from teams
    cross join (values ('week'), ('quarter'), ('all')) as grains (grain)
)

select * from dated
