with features as (
    select * from {{ ref('features') }}
),

registry as (
    select
        table_name || '.' || column_name as feature_id,
        entity_type,
        table_name,
        column_name,
        look_back,
        owner,
        models,
        logged_as,
        meaning,
        meaning_ko,
        coalesce(is_personal, true) as is_personal,
        table_name <> 'predictions' as is_computed_here
    from features
)

select * from registry
