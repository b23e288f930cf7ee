with boards as (
    select
        board_id,
        board_name,
        team,
        {{ as_name('board_name') }} as name_key
    from {{ ref('int_boards') }}
),

reads as (
    select
        board_id,
        asset_kind,
        asset_name
    from {{ ref('int_board_reads') }}
    where is_direct
),

sizes as (
    select
        board_id,
        count(case when asset_kind = 'table' then 1 end) as tables,
        count(case when asset_kind = 'metric' then 1 end) as metrics
    from reads
    group by board_id
),

shared as (
    select
        reads.board_id,
        other.board_id as other_board_id,
        count(case when reads.asset_kind = 'table' then 1 end) as shared_tables,
        count(case when reads.asset_kind = 'metric' then 1 end) as shared_metrics
    from reads
    inner join reads as other
        on
            reads.asset_kind = other.asset_kind
            and reads.asset_name = other.asset_name
            and reads.board_id < other.board_id
    group by reads.board_id, other.board_id
),

namesakes as (
    select
        boards.board_id,
        other.board_id as other_board_id
    from boards
    inner join boards as other
        on boards.name_key = other.name_key and boards.board_id < other.board_id
),

pairs as (
    select
        board_id,
        other_board_id
    from shared
    union
    select
        board_id,
        other_board_id
    from namesakes
),

compared as (
    select
        pairs.board_id,
        pairs.other_board_id,
        boards.board_name,
        other.board_name as other_board_name,
        boards.team,
        other.team as other_team,
        coalesce(boards.name_key = other.name_key, false) as has_same_name,
        case
            when sizes.tables = 0 and other_sizes.tables = 0 then 1.0
            else coalesce(
                cast(shared.shared_tables as double)
                / nullif(sizes.tables + other_sizes.tables - shared.shared_tables, 0),
                0
            )
        end as source_overlap,
        case
            when sizes.metrics > 0 and other_sizes.metrics > 0
                then cast(coalesce(shared.shared_metrics, 0) as double) / (
                    sizes.metrics + other_sizes.metrics
                    - coalesce(shared.shared_metrics, 0)
                )
        end as metric_overlap
    from pairs
    inner join boards
        on pairs.board_id = boards.board_id
    inner join boards as other
        on pairs.other_board_id = other.board_id
    left join shared
        on
            pairs.board_id = shared.board_id
            and pairs.other_board_id = shared.other_board_id
    left join sizes
        on pairs.board_id = sizes.board_id
    left join sizes as other_sizes
        on pairs.other_board_id = other_sizes.board_id
)

select * from compared
