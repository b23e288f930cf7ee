-- Why: a view that is lost makes a board look unused.
-- Threshold: none, board by board, both ways, also of boards that nobody delivered.
-- A failure means: dashboard_use drops or doubles views.
with staged as (
    select
        dashboard_id as board_id,
        count(*) as views
    from {{ ref('stg_bi__dashboard_views') }}
    group by dashboard_id
),

found as (
    select
        board_id,
        sum(views) as views,
        sum(certified_views) as certified_views
    from {{ ref('dashboard_use') }}
    group by board_id
)

select coalesce(staged.board_id, found.board_id) as board_id
from staged
full join found
    on staged.board_id = found.board_id
where
    staged.views is distinct from found.views
    or (found.certified_views <= found.views) is not true
