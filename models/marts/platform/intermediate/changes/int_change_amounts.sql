{% set sides = ['numerator', 'denominator', 'numerator_count', 'denominator_count'] %}
with terms as (
    select
        metric_name,
        side,
        input_metric,
        factor,
        grains,
        dimensions
    from {{ ref('int_change_terms') }}
    where side is not null
),

cells as (
    select * from {{ ref('int_change_cells') }}
),

composed as (
    select
        terms.metric_name,
        cells.grain,
        cells.brand,
        cells.dimension,
        cells.segment,
        {% for side in sides %}
        {{ steady_sum(
            "case when terms.side = '" ~ side ~ "' then terms.factor * cells.value end"
        ) }} as {{ side }},
        {% endfor %}
        cells.period_start
    from cells
    inner join terms
        on
            cells.metric_name = terms.input_metric
            and terms.grains like concat('%, ', cells.grain, ',%')
            and (
                cells.dimension = 'total'
                or terms.dimensions like concat('%, ', cells.dimension, ',%')
            )
    group by
        terms.metric_name,
        cells.grain,
        cells.brand,
        cells.dimension,
        cells.segment,
        cells.period_start
),

brands as (
    select count(distinct brand) as brand_count
    from composed
    where brand <> 'all'
),

deeper as (
    select composed.*
    from composed
    cross join brands
    where
        composed.brand <> 'all'
        and (composed.dimension = 'total' or brands.brand_count > 1)
),

-- The segments of the brands are those of the company, one level deeper.
placed as (
    select
        metric_name,
        grain,
        brand,
        dimension,
        brand as segment_brand,
        segment,
        {{ sides | join(', ') }},
        period_start
    from composed
    union all
    select
        metric_name,
        grain,
        'all' as brand,
        case when dimension = 'total' then 'brand' else concat('brand_', dimension) end
            as dimension,
        brand as segment_brand,
        case when dimension = 'total' then brand else segment end as segment,
        {{ sides | join(', ') }},
        period_start
    from deeper
)

select * from placed
