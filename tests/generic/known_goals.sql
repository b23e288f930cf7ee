{# Stops the build at a goal that cannot be judged, and says which, why and what to do. While an area is left out, nobody knows
   whether a goal's metric is one of its own: the goal waits, with a warning by another test. #}
{% test known_goals(model) %}
{%- set all_metrics_are_known = not (all_areas() | reject('in', var('areas')) | list) %}
with goals as (
    select
        goals.goal_id,
        goals.metric_name,
        goals.brand,
        definitions.metric_name as known_metric,
        definitions.projection,
        definitions.has_brands,
        coalesce(brands.brand, brand_names.brand) as known_brand
    from {{ model }} as goals
    left join {{ ref('metric_definitions') }} as definitions
        on goals.metric_name = definitions.metric_name
    left join {{ ref('brands') }} as brands
        on goals.brand = brands.brand
    left join {{ ref('brand_names') }} as brand_names
        on goals.brand = brand_names.brand
),

wrong as (
    select
        goal_id,
        case
            when known_metric is null and {{ all_metrics_are_known | lower }}
                then concat('column metric_name: ''', metric_name, ''' is no metric. metrics.metric_definitions lists them')
            when projection = 'none'
                then concat('column metric_name: ''', metric_name, ''' is a running total. Set the goal on the metric it adds up')
            when brand is null or (brand <> 'all' and known_brand is null)
                then concat('column brand: ''', brand, ''' is no brand. Take one of core.brands or brand_names, or all')
            when brand <> 'all' and not has_brands
                then concat('column brand: ''', brand, ''' has no ', metric_name, ' of its own. Write all')
        end as message
    from goals
)

-- the message stands in the filter, since dbt counts the rows without reading their columns
select goal_id
from wrong
where
    message is not null
    and {{ fail_with("concat('The goal ''', goal_id, ''' in metric_goals cannot be judged: ', message, '.')") }} is null
{% endtest %}
