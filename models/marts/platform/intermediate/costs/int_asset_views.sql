with viewers as (
    select
        board_id,
        viewer_id,
        views,
        views_ever,
        last_viewed_date
    from {{ ref('int_board_viewers') }}
),

boards as (
    select
        board_id,
        board_kind
    from {{ ref('int_boards') }}
),

reads as (
    select
        board_id,
        case when asset_kind = 'table' then 'model' else asset_kind end as asset_kind,
        asset_name as asset_id
    from {{ ref('int_board_reads') }}
),

board_views as (
    select
        board_id,
        sum(views) as views,
        sum(views_ever) as views_ever,
        max(last_viewed_date) as last_viewed_date
    from viewers
    group by board_id
),

of_boards as (
    select
        'board' as asset_kind,
        board_id as asset_id,
        1 as boards,
        1 as watched_boards,
        max(case when views > 0 then 1 else 0 end) as opened_boards,
        sum(views) as views,
        sum(views_ever) as views_ever,
        count(distinct case when views > 0 then viewer_id end) as viewers,
        max(last_viewed_date) as last_viewed_date
    from viewers
    group by board_id
),

viewers_of_assets as (
    select
        reads.asset_kind,
        reads.asset_id,
        count(distinct viewers.viewer_id) as viewers
    from reads
    inner join viewers
        on reads.board_id = viewers.board_id and viewers.views > 0
    group by reads.asset_kind, reads.asset_id
),

of_others as (
    select
        reads.asset_kind,
        reads.asset_id,
        count(*) as boards,
        count(case when boards.board_kind = 'bi' or board_views.views > 0 then 1 end)
            as watched_boards,
        count(case when board_views.views > 0 then 1 end) as opened_boards,
        coalesce(sum(board_views.views), 0) as views,
        coalesce(sum(board_views.views_ever), 0) as views_ever,
        max(board_views.last_viewed_date) as last_viewed_date
    from reads
    inner join boards
        on reads.board_id = boards.board_id
    left join board_views
        on reads.board_id = board_views.board_id
    group by reads.asset_kind, reads.asset_id
),

joined as (
    select * from of_boards
    union all
    select
        of_others.asset_kind,
        of_others.asset_id,
        of_others.boards,
        of_others.watched_boards,
        of_others.opened_boards,
        of_others.views,
        of_others.views_ever,
        coalesce(viewers_of_assets.viewers, 0) as viewers,
        of_others.last_viewed_date
    from of_others
    left join viewers_of_assets
        on
            of_others.asset_kind = viewers_of_assets.asset_kind
            and of_others.asset_id = viewers_of_assets.asset_id
),

typed as (
    select
        asset_kind,
        asset_id,
        cast(boards as bigint) as boards,
        cast(watched_boards as bigint) as watched_boards,
        cast(opened_boards as bigint) as opened_boards,
        cast(views as bigint) as views,
        cast(views_ever as bigint) as views_ever,
        cast(viewers as bigint) as viewers,
        last_viewed_date
    from joined
)

select * from typed
