with listed as (
    select
        {{ each_of("from_json('" ~ project_assets() ~ "', '[\"json\"]')") }} as entry
),

named as (
    select
        entry ->> 'id' as node_id,
        entry ->> 'kind' as kind,
        entry ->> 'name' as asset_name,
        entry ->> 'area' as area,
        entry ->> 'label' as label,
        entry ->> 'label_ko' as label_ko,
        entry ->> 'synonyms' as synonyms,
        entry ->> 'description' as description,
        entry ->> 'owner' as owner,
        entry ->> 'url' as url,
        entry ->> 'deprecated_by' as deprecated_by,
        entry -> 'columns' as columns,
        entry -> 'questions' as questions,
        cast(entry ->> 'is_public' as boolean) as is_public,
        cast(entry ->> 'is_certified' as boolean) as is_certified,
        cast(entry ->> 'is_deprecated' as boolean) as is_deprecated
    from listed
),

parts as (
    select
        named.*,
        'column' as part_kind,
        {{ each_of("from_json(columns, '[\"json\"]')") }} as part
    from named
    union all
    select
        named.*,
        'question' as part_kind,
        {{ each_of("from_json(questions, '[\"json\"]')") }} as part
    from named
),

of_tables as (
    select
        part_kind || '.' || asset_name || '.'
        || coalesce(part ->> 'name', part ->> 'number') as asset_id,
        node_id,
        part_kind as kind,
        coalesce(part ->> 'name', part ->> 'question') as asset_name,
        asset_name as table_name,
        part ->> 'metric' as metric_name,
        area,
        part ->> 'question' as label,
        part ->> 'question_ko' as label_ko,
        null as synonyms,
        coalesce(part ->> 'description', part ->> 'columns') as description,
        owner,
        null as url,
        null as deprecated_by,
        is_public,
        null as is_certified,
        is_deprecated
    from parts
),

joined as (
    select
        node_id as asset_id,
        node_id,
        kind,
        asset_name,
        case when kind in ('raw', 'reference', 'model') then asset_name end
            as table_name,
        case when kind = 'metric' then asset_name end as metric_name,
        area,
        label,
        label_ko,
        synonyms,
        description,
        owner,
        url,
        deprecated_by,
        is_public,
        is_certified,
        is_deprecated
    from named
    union all
    select * from of_tables
)

select * from joined
