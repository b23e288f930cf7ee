with items as (
    select
        model_name,
        model_version,
        coalesce(customer_id, list_id) as unit_id,
        customer_id,
        list_rank as rank_number,
        is_clicked,
        {{ month_of(reporting_date('predicted_at')) }} as month,
        predicted_at
    from {{ ref('int_recommendation_items') }}
    where
        is_shown
        and is_mature
),

exposed as (
    select * from {{ ref('int_model_experiment_units') }}
),

windows as (
    select * from {{ ref('int_model_windows') }}
),

-- By month; in the first and the last days of a version; by arm of the version's
-- experiment, whichever version served the request.
sliced as (
    select
        'month' as slice_kind,
        model_name,
        model_version,
        cast(month as varchar) as slice,
        unit_id,
        rank_number,
        is_clicked
    from items
    union all
    select
        'window' as slice_kind,
        items.model_name,
        items.model_version,
        windows.window_name as slice,
        items.unit_id,
        items.rank_number,
        items.is_clicked
    from items
    inner join windows
        on
            items.model_name = windows.model_name
            and items.model_version = windows.model_version
            and items.predicted_at >= windows.from_at
            and items.predicted_at < windows.to_at
    union all
    select
        'arm' as slice_kind,
        items.model_name,
        exposed.model_version,
        exposed.arm as slice,
        items.unit_id,
        items.rank_number,
        items.is_clicked
    from items
    inner join exposed
        on
            items.model_name = exposed.model_name
            and items.customer_id = exposed.customer_id
            and items.predicted_at >= exposed.from_at
            and items.predicted_at < exposed.to_at
),

units as (
    select
        slice_kind,
        model_name,
        model_version,
        slice,
        coalesce(cast(rank_number as varchar), 'all') as list_rank,
        unit_id,
        count(*) as shown,
        count(case when is_clicked then 1 end) as clicked
    from sliced
    group by
        slice_kind,
        model_name,
        model_version,
        slice,
        unit_id,
        rollup(rank_number)
    having
        rank_number is null
        or rank_number <= {{ var('recommendation_ranks') }}
)

select * from units
