{% set sides = ['numerator', 'denominator', 'numerator_count', 'denominator_count'] %}
with amounts as (
    select * from {{ ref('int_change_amounts') }}
),

periods as (
    select * from {{ ref('int_change_periods') }}
    where not is_running and not is_cut
),

distinct_metrics as (
    select distinct metric_name
    from {{ ref('int_change_terms') }}
    where is_distinct
),

uses as (
    select
        grain,
        comparison,
        true as is_after,
        period_start,
        period_start as read_start
    from periods
    union all
    select
        grain,
        comparison,
        false as is_after,
        period_start,
        before_start as read_start
    from periods
),

paired as (
    select
        amounts.metric_name,
        amounts.grain,
        amounts.brand,
        uses.comparison,
        amounts.dimension,
        amounts.segment_brand,
        amounts.segment,
        {% for side in sides %}
        coalesce(max(case when not uses.is_after then amounts.{{ side }} end), 0)
            as {{ side }}_before,
        coalesce(max(case when uses.is_after then amounts.{{ side }} end), 0)
            as {{ side }}_after,
        {% endfor %}
        false as is_overlap,
        uses.period_start
    from amounts
    inner join uses
        on amounts.grain = uses.grain and amounts.period_start = uses.read_start
    group by
        amounts.metric_name,
        amounts.grain,
        amounts.brand,
        uses.comparison,
        amounts.dimension,
        amounts.segment_brand,
        amounts.segment,
        uses.period_start
),

-- Who is in two segments is counted once in the total.
counted_twice as (
    select
        segments.metric_name,
        segments.grain,
        segments.brand,
        segments.comparison,
        segments.dimension,
        'all' as segment_brand,
        'overlap' as segment,
        {% for side in sides %}
        max(totals.{{ side }}_before) - {{ steady_sum('segments.' ~ side ~ '_before') }}
            as {{ side }}_before,
        max(totals.{{ side }}_after) - {{ steady_sum('segments.' ~ side ~ '_after') }}
            as {{ side }}_after,
        {% endfor %}
        true as is_overlap,
        segments.period_start
    from paired as segments
    inner join distinct_metrics
        on segments.metric_name = distinct_metrics.metric_name
    inner join paired as totals
        on
            segments.metric_name = totals.metric_name
            and segments.grain = totals.grain
            and segments.brand = totals.brand
            and segments.comparison = totals.comparison
            and segments.period_start = totals.period_start
            and totals.dimension = 'total'
    where segments.dimension <> 'total'
    group by
        segments.metric_name,
        segments.grain,
        segments.brand,
        segments.comparison,
        segments.dimension,
        segments.period_start
),

united as (
    select * from paired
    union all
    select * from counted_twice
)

select * from united
where
    dimension = 'total'
    or numerator_before <> 0
    or numerator_after <> 0
    or denominator_before <> 0
    or denominator_after <> 0
