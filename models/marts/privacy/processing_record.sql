with rules as (
    select
        *,
        handling = 'direct' as is_direct,
        concat('raw_', source_system, '__', table_name) as raw_name
    from {{ ref('int_retention_rules') }}
),

statuses as (
    select
        source_system,
        table_name,
        pii,
        row_count,
        status
    from {{ ref('retention_status') }}
),

readers as (
    select * from {{ ref('int_personal_readers') }}
),

record as (
    select
        rules.source_system,
        rules.table_name,
        rules.pii,
        rules.column_names,
        rules.handling as sensitivity,
        rules.purpose,
        rules.purpose_ko,
        rules.reason as kept_because,
        rules.counted_from,
        rules.days_kept,
        coalesce(readers.teams, close_readers.teams) as read_by,
        coalesce(readers.table_count, close_readers.table_count, 0) as table_count,
        coalesce(readers.board_count, 0) as board_count,
        statuses.row_count,
        statuses.status
    from rules
    inner join statuses
        on
            rules.source_system = statuses.source_system
            and rules.table_name = statuses.table_name
            and rules.pii = statuses.pii
    left join readers
        on
            rules.raw_name = readers.raw_name
            and rules.is_direct = readers.is_direct
    left join readers as close_readers
        on
            rules.raw_name = close_readers.raw_name
            and close_readers.is_direct
)

select * from record
