with assets as (
    select
        asset_id,
        kind,
        asset_name,
        table_name,
        metric_name,
        area,
        label,
        label_ko,
        synonyms,
        description,
        owner,
        deprecated_by
    from {{ ref('catalog_assets') }}
),

own as (
    select
        asset_id,
        'name' as field,
        asset_name as words
    from assets
    union all
    select
        asset_id,
        'label' as field,
        {{ each_of("[label, label_ko]") }} as words
    from assets
    union all
    select
        asset_id,
        'synonyms' as field,
        {{ each_of("string_split(synonyms, ', ')") }} as words
    from assets
    union all
    select
        asset_id,
        'synonyms' as field,
        case
            when kind in ('column', 'feature') then table_name
            else area
        end || '.' || asset_name as words
    from assets
    where kind in ('column', 'feature', 'model', 'raw', 'reference')
    union all
    select
        asset_id,
        'description' as field,
        description as words
    from assets
    union all
    select
        asset_id,
        'owner' as field,
        owner as words
    from assets
),

-- A table is also found by its columns, what answers a question by its words,
-- and what took the place of something deprecated by the name of that.
given as (
    select
        assets.asset_id,
        'columns' as field,
        concat_ws(' ', columns.asset_name, columns.description) as words
    from assets as columns
    inner join assets
        on
            columns.table_name = assets.asset_name
            and assets.kind in ('model', 'raw', 'reference')
    where columns.kind = 'column'
    union all
    select
        assets.asset_id,
        'questions' as field,
        {{ each_of("[questions.label, questions.label_ko]") }} as words
    from assets as questions
    inner join assets
        on
            questions.table_name = assets.asset_name
            and assets.kind = 'model'
            or questions.metric_name = assets.asset_name
            and assets.kind = 'metric'
    where questions.kind = 'question'
    union all
    select
        assets.asset_id,
        'synonyms' as field,
        old_assets.asset_name as words
    from assets as old_assets
    inner join assets on old_assets.deprecated_by = assets.asset_name
),

united as (
    select * from own
    union all
    select * from given
),

texts as (
    select distinct
        asset_id,
        field,
        words
    from united
    where words is not null
)

select * from texts
