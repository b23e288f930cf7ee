with rules as (
    select
        source_system,
        table_name,
        counted_from,
        min(days_kept) as days_kept
    from {{ ref('int_retention_rules') }}
    where days_kept is not null
    group by source_system, table_name, counted_from
),

kept as (
    select * from {{ ref('int_kept_rows') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- Kept through the last day, overdue on the next.
dated as (
    select
        rules.source_system,
        rules.table_name,
        rules.counted_from,
        kept.row_count as overdue_count,
        cast({{ dbt.dateadd('day', 'rules.days_kept + 1', 'kept.from_date') }} as date)
            as overdue_date
    from rules
    inner join kept
        on
            rules.source_system = kept.source_system
            and rules.table_name = kept.table_name
            and rules.counted_from = kept.counted_from
),

overdue as (
    select
        dated.source_system,
        dated.table_name,
        dated.counted_from,
        dated.overdue_count,
        dated.overdue_date
    from dated
    inner join as_of
        on dated.overdue_date <= as_of.as_of_date
)

select * from overdue
