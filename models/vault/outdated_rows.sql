with compared as (
    {{ rejected_beside_staged() }}
),

-- A version that is neither newer nor older may be the newest as well.
not_older as (
    select *
    from compared
    where
        has_no_version
        or rejected_loaded_at > staged_loaded_at
        or (rejected_loaded_at is not null and staged_loaded_at is null)
        or (
            rejected_loaded_at is not distinct from staged_loaded_at
            and (
                rejected_version >= staged_version
                or staged_version is null
            )
        )
),

outdated as (
    select
        source_system,
        table_name,
        row_key,
        count(*) as rejected_count,
        string_agg(distinct reject_reason, '; ' order by reject_reason) as reasons,
        min(staged_arrived_at) as staged_arrived_at,
        max(rejected_arrived_at) as rejected_arrived_at
    from not_older
    group by source_system, table_name, row_key
)

select * from outdated
