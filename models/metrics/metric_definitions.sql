with listed as (
    select unnest(from_json(metric_definitions(), '["json"]')) as definition
),

named as (
    select
        definition ->> 'metric_name' as metric_name,
        definition ->> 'numerator_metric' as numerator_metric,
        definition ->> 'denominator_metric' as denominator_metric,
        definition ->> 'label' as label,
        coalesce(definition ->> 'label_ko', definition ->> 'label') as label_ko,
        definition ->> 'description' as description,
        definition ->> 'synonyms' as synonyms,
        definition ->> 'owner' as owner,
        definition ->> 'unit' as unit,
        definition ->> 'direction' as direction,
        definition ->> 'kind' as kind,
        definition ->> 'formula' as formula,
        definition ->> 'grains' as grains,
        definition ->> 'projection' as projection,
        definition ->> 'counted_by' as counted_by,
        cast(definition ->> 'empty_value' as double) as empty_value,
        cast(definition ->> 'is_share_of_counts' as boolean) as is_share_of_counts,
        cast(definition ->> 'is_snapshot' as boolean) as is_snapshot,
        cast(definition ->> 'is_certified' as boolean) as is_certified,
        cast(definition ->> 'has_brands' as boolean) as has_brands
    from listed
)

select * from named
