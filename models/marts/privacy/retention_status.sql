with rules as (
    select * from {{ ref('int_retention_rules') }}
),

kept as (
    select * from {{ ref('int_kept_rows') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

counted as (
    select
        rules.source_system,
        rules.table_name,
        rules.pii,
        rules.column_names,
        rules.counted_from,
        rules.days_kept,
        cast(coalesce(sum(kept.row_count), 0) as bigint) as row_count,
        cast(coalesce(sum(
            case
                when
                    {{ dbt.dateadd('day', 'rules.days_kept', 'kept.from_date') }}
                    < as_of.as_of_date
                    then kept.row_count
            end
        ), 0) as bigint) as overdue_count,
        min(kept.from_date) as oldest_date,
        min(as_of.as_of_date) as as_of_date
    from rules
    cross join as_of
    left join kept
        on
            rules.source_system = kept.source_system
            and rules.table_name = kept.table_name
            and rules.counted_from = kept.counted_from
    group by
        rules.source_system,
        rules.table_name,
        rules.pii,
        rules.column_names,
        rules.counted_from,
        rules.days_kept
),

judged as (
    select
        source_system,
        table_name,
        pii,
        column_names,
        counted_from,
        case
            when days_kept is null then 'no_rule'
            when overdue_count > 0 then 'overdue'
            when row_count = 0 then 'no_rows'
            else 'in_time'
        end as status,
        days_kept,
        row_count,
        overdue_count,
        oldest_date,
        cast({{ dbt.dateadd('day', 'days_kept', 'oldest_date') }} as date)
            as kept_until_date,
        as_of_date
    from counted
)

select * from judged
