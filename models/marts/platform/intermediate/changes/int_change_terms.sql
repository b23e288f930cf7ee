with dimensions as (
    select array_agg(dimension order by dimension) as names
    from {{ ref('metric_dimensions') }}
    where dimension <> 'brand'
),

splits as (
    select {{ each_of("from_json(metric_splits(names), '[\"json\"]')") }} as split
    from dimensions
),

metrics as (
    select
        split ->> 'metric_name' as metric_name,
        cast(split ->> 'is_ratio' as boolean) as is_ratio,
        cast(split ->> 'is_distinct' as boolean) as is_distinct,
        split ->> 'grains' as grains,
        split ->> 'dimensions' as dimensions,
        split -> 'terms' as terms
    from splits
),

-- A metric that is no sum, and no sum divided by another, has no terms.
terms as (
    select
        metric_name,
        {{ each_of("from_json(terms, '[\"json\"]')") }} as term
    from metrics
),

joined as (
    select
        metrics.metric_name,
        terms.term ->> 'side' as side,
        terms.term ->> 'input_metric' as input_metric,
        metrics.grains,
        metrics.dimensions,
        cast(terms.term ->> 'factor' as double) as factor,
        metrics.is_ratio,
        metrics.is_distinct
    from metrics
    left join terms on metrics.metric_name = terms.metric_name
)

select * from joined
