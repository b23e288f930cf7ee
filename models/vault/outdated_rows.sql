with compared as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    {%- set version = contract_of(system ~ '__' ~ table).config.meta.version if execute %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        staged.row_key,
        rejected.reject_reason,
        staged._loaded_at as staged_loaded_at,
        rejected._loaded_at as rejected_loaded_at,
        staged.{{ version or '_loaded_at' }} as staged_version,
        rejected.{{ version or '_loaded_at' }} as rejected_version,
        rejected.reject_reason like '%{{ version or "_loaded_at" }}: not a%' as has_no_version,
        staged.arrived_at as staged_arrived_at,
        rejected.arrived_at as rejected_arrived_at
    from {{ ref('validated_' ~ system ~ '__' ~ table) }} as rejected
    inner join {{ ref('validated_' ~ system ~ '__' ~ table) }} as staged
        on rejected.row_key = staged.row_key
    where
        rejected.row_status = 'rejected'
        and staged.row_status = 'staged'
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
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
