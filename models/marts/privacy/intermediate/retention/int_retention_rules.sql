with personal_columns as (
    select
        split_part(raw_table, '.', 1) as source_system,
        split_part(raw_table, '.', 2) as table_name,
        column_name,
        pii_class as pii,
        handling
    from {{ ref('personal_columns') }}
    where handling <> 'none'
),

rules as (
    select
        pii,
        source_system,
        days_kept,
        counted_from,
        purpose,
        purpose_ko,
        reason
    from {{ ref('retention_rules') }}
),

classes as (
    select
        source_system,
        table_name,
        pii,
        min(handling) as handling,
        string_agg(column_name, ', ' order by column_name) as column_names
    from personal_columns
    group by source_system, table_name, pii
),

-- The rule of the system, else that of all. Only customers have a last activity.
ruled as (
    select
        classes.source_system,
        classes.table_name,
        classes.pii,
        classes.handling,
        classes.column_names,
        coalesce(own.days_kept, general.days_kept) as days_kept,
        case
            when
                coalesce(own.counted_from, general.counted_from) = 'last_activity'
                and classes.source_system = 'app'
                and classes.table_name = 'customers'
                then 'last_activity'
            else 'arrival'
        end as counted_from,
        coalesce(own.purpose, general.purpose) as purpose,
        coalesce(own.purpose_ko, general.purpose_ko) as purpose_ko,
        coalesce(own.reason, general.reason) as reason
    from classes
    left join rules as own
        on
            classes.pii = own.pii
            and classes.source_system = own.source_system
    left join rules as general
        on
            classes.pii = general.pii
            and general.source_system = 'all'
)

select * from ruled
