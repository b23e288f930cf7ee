with as_of as (
    select as_of_date from {{ as_of() }}
),

experiments as (
    select
        experiment_id,
        brand,
        experiment_name,
        hypothesis,
        owner,
        experiment_type
    from {{ ref('stg_experiments__experiments') }}
),

dashboards as (
    select
        dashboard_id,
        title,
        description,
        owner,
        url,
        certified_until
    from {{ ref('stg_bi__dashboards') }}
),

features as (
    select
        table_name,
        column_name,
        meaning,
        meaning_ko,
        owner
    from {{ ref('features') }}
),

united as (
    select
        'experiment.' || experiment_id as asset_id,
        'experiment' as kind,
        experiment_name as asset_name,
        null as table_name,
        'experiments' as area,
        experiment_name as label,
        null as label_ko,
        concat_ws(', ', experiment_id, brand, experiment_type) as synonyms,
        hypothesis as description,
        owner,
        cast(null as varchar) as url,
        cast(null as boolean) as is_certified,
        cast(null as date) as certified_until
    from experiments
    union all
    select
        'dashboard.' || dashboards.dashboard_id as asset_id,
        'board' as kind,
        dashboards.title as asset_name,
        null as table_name,
        'bi' as area,
        dashboards.title as label,
        null as label_ko,
        dashboards.dashboard_id as synonyms,
        dashboards.description,
        dashboards.owner,
        dashboards.url,
        dashboards.certified_until >= as_of.as_of_date as is_certified,
        dashboards.certified_until
    from dashboards
    cross join as_of
    union all
    select
        'feature.' || table_name || '.' || column_name as asset_id,
        'feature' as kind,
        column_name as asset_name,
        table_name,
        'ml' as area,
        null as label,
        null as label_ko,
        null as synonyms,
        concat_ws(' ', meaning, meaning_ko) as description,
        owner,
        null as url,
        null as is_certified,
        null as certified_until
    from features
)

select * from united
