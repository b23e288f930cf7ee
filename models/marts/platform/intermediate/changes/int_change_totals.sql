{% set kept = [
    'metric_name', 'grain', 'brand', 'comparison', 'value_before', 'value_after',
    'numerator_before', 'numerator_after', 'denominator_before', 'denominator_after',
    'composed_before', 'composed_after', 'days_before', 'days_after', 'is_ratio',
    'is_final', 'period_start', 'before_start',
] %}
with compared as (
    select * from {{ ref('int_change_values') }}
),

splits as (
    select
        metric_name,
        bool_or(side is not null) as is_split,
        bool_or(is_ratio) as is_ratio,
        bool_or(is_distinct) as is_distinct,
        max(dimensions) as dimensions
    from {{ ref('int_change_terms') }}
    group by metric_name
),

composed as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        numerator_before,
        numerator_after,
        denominator_before,
        denominator_after,
        period_start
    from {{ ref('int_change_segments') }}
    where dimension = 'total'
),

joined as (
    select
        compared.*,
        coalesce(splits.is_split, false) as is_split,
        coalesce(splits.is_ratio, false) as is_ratio,
        coalesce(splits.is_distinct, false) as is_distinct,
        coalesce(
            splits.dimensions <> ', ,'
            and (compared.brand = 'all' or splits.dimensions <> ', brand,'),
            false
        ) as has_dimension,
        coalesce(composed.numerator_before, 0) as numerator_before,
        coalesce(composed.numerator_after, 0) as numerator_after,
        coalesce(composed.denominator_before, 0) as denominator_before,
        coalesce(composed.denominator_after, 0) as denominator_after
    from compared
    left join splits on compared.metric_name = splits.metric_name
    left join composed
        on
            compared.metric_name = composed.metric_name
            and compared.grain = composed.grain
            and compared.brand = composed.brand
            and compared.comparison = composed.comparison
            and compared.period_start = composed.period_start
),

divided as (
    select
        *,
        case
            when is_ratio then numerator_before / nullif(denominator_before, 0)
            else numerator_before
        end as composed_before,
        case
            when is_ratio then numerator_after / nullif(denominator_after, 0)
            else numerator_after
        end as composed_after
    from joined
),

-- What is read by dimension must give the value that the metric has.
judged as (
    select
        {{ kept | join(', ') }},
        case when not is_running and not is_cut then value_after - value_before end
            as change,
        case
            when is_running then 'running'
            when is_cut then 'cut'
            when is_unknown then 'no_value'
            when is_ratio and least(denominator_before, denominator_after) <= 0
                then 'no_denominator'
            when value_before is null or value_after is null then 'no_value'
            when not is_split then 'not_split'
            when not has_dimension then 'no_dimension'
            when
                abs(composed_before - value_before)
                <= 1e-10 * greatest(1, abs(value_before))
                and abs(composed_after - value_after)
                <= 1e-10 * greatest(1, abs(value_after))
                then null
            else 'does_not_add_up'
        end as reason
    from divided
)

select * from judged
