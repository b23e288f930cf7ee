with as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

versions as (
    select
        model_name,
        model_version,
        greatest(first_predicted_at, coalesce(deployed_at, first_predicted_at))
            as first_at
    from {{ ref('model_registry') }}
    where
        first_predicted_at is not null
        and recommends_items
),

bounds as (
    select
        versions.model_name,
        versions.model_version,
        versions.first_at,
        {{ dbt.dateadd('day', var('model_quality_days'), 'versions.first_at') }}
            as first_until_at,
        {{ dbt.dateadd(
            'day', '-' ~ var('recommendation_click_days'), 'as_of.until_at'
        ) }} as mature_until_at
    from versions
    cross join as_of
),

windows as (
    select
        model_name,
        model_version,
        'then' as window_name,
        first_at as from_at,
        first_until_at as to_at
    from bounds
    union all
    select
        model_name,
        model_version,
        'now' as window_name,
        greatest(
            first_until_at,
            {{ dbt.dateadd('day', '-' ~ var('model_quality_days'), 'mature_until_at') }}
        ) as from_at,
        mature_until_at as to_at
    from bounds
)

select * from windows
where from_at < to_at
