-- Why: parts that leave something out explain a change that did not happen.
-- Threshold: 1e-9 of the largest of 1, the two values and the parts. In each dimension the parts of a change add up to
-- it, those of a brand's segments to the brand's; a brand's segment has the brand's values; every metric has changes.
-- A failure means: a split loses a segment, counts one twice, or takes values from elsewhere than the metric does.
with changes as (
    select
        *,
        1e-9 * greatest(1, abs(value_before), abs(value_after), abs(part)) as tolerance
    from {{ ref('metric_changes') }}
),

totals as (
    select * from changes
    where dimension = 'total'
),

parts as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        dimension,
        sum(part) as part,
        max(tolerance) as tolerance,
        period_start
    from changes
    where dimension <> 'total'
    group by metric_name, grain, brand, comparison, dimension, period_start
),

wholes as (
    select
        'parts' as difference,
        totals.metric_name,
        totals.grain,
        totals.brand,
        totals.comparison,
        totals.period_start,
        parts.dimension,
        totals.change as expected,
        parts.part as found
    from totals
    left join parts
        on
            totals.metric_name = parts.metric_name
            and totals.grain = parts.grain
            and totals.brand = parts.brand
            and totals.comparison = parts.comparison
            and totals.period_start = parts.period_start
    where
        case
            when totals.reason is not null then parts.part is not null
            when parts.part is null then totals.change is distinct from 0
            else (abs(parts.part - totals.change) <= parts.tolerance) is not true
        end
),

-- Who is in two segments of a brand is counted in none of them.
brand_parts as (
    select
        metric_name,
        grain,
        comparison,
        dimension,
        segment_brand,
        sum(part) as part,
        period_start
    from changes
    where dimension like 'brand_%'
    group by metric_name, grain, comparison, dimension, segment_brand, period_start
),

deeper as (
    select
        'parts of a brand' as difference,
        brands.metric_name,
        brands.grain,
        brands.brand,
        brands.comparison,
        brands.period_start,
        brand_parts.dimension,
        brands.part as expected,
        brand_parts.part as found
    from changes as brands
    inner join brand_parts
        on
            brands.metric_name = brand_parts.metric_name
            and brands.grain = brand_parts.grain
            and brands.comparison = brand_parts.comparison
            and brands.period_start = brand_parts.period_start
            and brands.segment = brand_parts.segment_brand
    where
        brands.dimension = 'brand'
        and (abs(brands.part - brand_parts.part) <= brands.tolerance) is not true
        and brands.metric_name not in (
            select doubles.metric_name from changes as doubles
            where doubles.segment = 'overlap'
        )
),

own as (
    select
        'values of a brand' as difference,
        brands.metric_name,
        brands.grain,
        brands.brand,
        brands.comparison,
        brands.period_start,
        brands.segment as dimension,
        totals.value_after as expected,
        brands.segment_after as found
    from changes as brands
    inner join totals
        on
            brands.metric_name = totals.metric_name
            and brands.grain = totals.grain
            and brands.segment = totals.brand
            and brands.comparison = totals.comparison
            and brands.period_start = totals.period_start
    where
        brands.dimension = 'brand'
        and (
            abs(brands.segment_after - totals.value_after) > totals.tolerance
            or abs(brands.segment_before - totals.value_before) > totals.tolerance
        )
),

-- A single period is compared with none.
grains as (
    select grain
    from {{ ref('metric_periods') }}
    where grain in ('day', 'week', 'month')
    group by grain
    having count(*) > 1
),

missing as (
    select
        'no change' as difference,
        definitions.metric_name,
        grains.grain,
        null as brand,
        null as comparison,
        null as period_start,
        null as dimension,
        null as expected,
        null as found
    from {{ ref('metric_definitions') }} as definitions
    inner join grains
        on concat(', ', definitions.grains, ',') like concat('%, ', grains.grain, ',%')
    left join totals
        on definitions.metric_name = totals.metric_name and grains.grain = totals.grain
    where totals.metric_name is null
)

select * from wholes
union all
select * from deeper
union all
select * from own
union all
select * from missing
