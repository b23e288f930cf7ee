with asked as (
    select
        question_id,
        team,
        question,
        answered_with,
        asked_at,
        answered_at
    from {{ ref('stg_bi__questions') }}
),

run as (
    select {{ first_moment_after('settings.as_of_date') }} as until_at
    from {{ as_of() }} as settings
),

boards as (
    select
        board_id,
        board_name,
        created_at
    from {{ ref('int_boards') }}
),

names as (
    select
        lower(trim(board_id)) as name,
        board_id,
        created_at,
        1 as place
    from boards
    union all
    select
        lower(trim(board_name)) as name,
        board_id,
        created_at,
        2 as place
    from boards
),

-- Two boards of one name: the older one had the answer first.
boards_by_name as (
    select
        name,
        board_id,
        created_at
    from (
        select
            *,
            row_number() over (
                partition by name
                order by place, created_at nulls last, board_id
            ) as choice
        from names
    ) as ranked
    where choice = 1
),

judged as (
    select
        asked.*,
        run.until_at,
        case
            when asked.answered_at < asked.asked_at then 'unknown'
            when asked.answered_at < run.until_at then 'answered'
            else 'open'
        end as status
    from asked
    cross join run
),

waited as (
    select
        judged.question_id,
        judged.team,
        judged.question,
        judged.status,
        judged.answered_with,
        boards_by_name.board_id,
        case
            when judged.status = 'answered'
                then {{ hours_between('judged.asked_at', 'judged.answered_at') }}
            when judged.status = 'open'
                then {{ hours_between('judged.asked_at', 'judged.until_at') }}
        end as wait_hours,
        case
            when judged.status <> 'open' and boards_by_name.board_id is not null
                then boards_by_name.created_at <= judged.asked_at
            when judged.status <> 'open' then false
        end as was_on_a_board,
        {{ reporting_date('judged.asked_at') }} as asked_date,
        case
            when judged.status = 'answered'
                then {{ reporting_date('judged.answered_at') }}
        end as answered_date,
        judged.asked_at,
        judged.answered_at
    from judged
    left join boards_by_name
        on
            judged.status <> 'open'
            and lower(trim(judged.answered_with)) = boards_by_name.name
)

select * from waited
