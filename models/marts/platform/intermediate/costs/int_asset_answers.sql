with answers as (
    select
        lower(trim(answered_with)) as answered_with,
        board_id,
        answered_date
    from {{ ref('questions') }}
    where status = 'answered'
),

run as (
    select settings.as_of_date from {{ as_of() }} as settings
),

recent as (
    select
        answers.answered_with,
        answers.board_id
    from answers
    cross join run
    where
        answers.answered_date > {{ dbt.dateadd(
            'day', '-' ~ var('cost_value_days'), 'run.as_of_date'
        ) }}
),

named as (
    select
        'board' as asset_kind,
        board_id as asset_id
    from recent
    where board_id is not null
    union all
    select
        kinds.asset_kind,
        recent.answered_with as asset_id
    from recent
    cross join (values ('model'), ('metric')) as kinds (asset_kind)
    where recent.answered_with is not null and recent.board_id is null
),

counted as (
    select
        asset_kind,
        asset_id,
        count(*) as answers
    from named
    group by asset_kind, asset_id
)

select * from counted
