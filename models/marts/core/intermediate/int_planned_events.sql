with tracking_plan as (
    select
        event_name,
        property_name,
        is_required,
        owner,
        is_activity,
        is_conversion
    from {{ ref('tracking_plan') }}
),

planned_events as (
    select
        event_name,
        min(owner) as owner,
        bool_or(is_activity) as is_activity,
        coalesce(bool_or(is_conversion), false) as is_conversion,
        {{ dbt.listagg(
            "case when is_required then property_name end",
            "','",
            "order by property_name"
        ) }} as required_properties
    from tracking_plan
    group by event_name
)

select * from planned_events
