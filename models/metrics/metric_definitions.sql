-- One row per metric: what it means, who answers for it, and how it is computed.
with definitions as (
    select * from {{ ref('int_metric_definitions') }}
),

named as (
    select
        metric_name,
        numerator_metric,
        denominator_metric,
        label,
        coalesce(label_ko, label) as label_ko,
        description,
        synonyms,
        owner,
        unit,
        direction,
        kind,
        formula,
        grains,
        projection,
        empty_value,
        is_certified,
        has_brands
    from definitions
)

select * from named
