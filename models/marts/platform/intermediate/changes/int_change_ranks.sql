{% set dimension_of = (
    'partition by metric_name, grain, brand, comparison, period_start, dimension'
) %}
with measured as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        dimension,
        segment_brand,
        segment,
        segment_before,
        segment_after,
        weight_before,
        weight_after,
        part,
        rate_effect,
        mix_effect,
        unmatched_effect,
        standard_errors,
        counted,
        change,
        is_ratio,
        is_overlap,
        period_start
    from {{ ref('int_change_errors') }}
),

counted as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        period_start,
        count(standard_errors) as candidates
    from measured
    group by metric_name, grain, brand, comparison, period_start
),

-- A name is given where one that means nothing would hardly ever be: of many candidates, the more so.
numbers as (
    select distinct candidates
    from counted
    where candidates > 0
),

bounds as (
    select
        candidates,
        normal_quantile(1 - {{ var('change_name_error') }} / 2 / candidates) as bound
    from numbers
),

judged as (
    select
        measured.*,
        coalesce(
            measured.standard_errors * measured.part > 0
            and abs(measured.standard_errors) >= bounds.bound
            and measured.counted >= {{ var('change_least_counted') }}
            and abs(measured.part)
            >= {{ var('change_least_share') }} * abs(measured.change),
            false
        ) as stands_out
    from measured
    inner join counted
        on
            measured.metric_name = counted.metric_name
            and measured.grain = counted.grain
            and measured.brand = counted.brand
            and measured.comparison = counted.comparison
            and measured.period_start = counted.period_start
    left join bounds on counted.candidates = bounds.candidates
),

-- Two segments are as unusual as each other: the one that went with the whole is named.
ranked as (
    select
        *,
        row_number() over (
            {{ dimension_of }}
            order by
                is_overlap asc,
                round(abs(standard_errors), 9) desc nulls last,
                part * change > 0 desc,
                abs(part) desc,
                segment_brand asc,
                segment asc
        ) as named_rank,
        row_number() over (
            {{ dimension_of }}
            order by is_overlap asc, abs(part) desc, segment_brand asc, segment asc
        ) as size_rank,
        count(*) over ({{ dimension_of }}) as segment_count
    from judged
)

select * from ranked
