with ranked as (
    select
        *,
        dimension like 'brand_%' as is_deeper
    from {{ ref('int_change_ranks') }}
    where not is_overlap and change <> 0
),

-- Of all dimensions the most unusual segment; else the largest one.
ordered as (
    select
        *,
        row_number() over (
            partition by metric_name, grain, brand, comparison, period_start
            order by
                stands_out desc,
                case when stands_out then round(abs(standard_errors), 9) end desc,
                part * change > 0 desc,
                is_deeper asc,
                abs(part) desc,
                dimension asc,
                segment_brand asc,
                segment asc
        ) as preference
    from ranked
    where segment_count > 1 and (stands_out or part * change > 0)
),

chosen as (
    select * from ordered
    where preference = 1
),

brands as (
    select * from ranked
    where dimension = 'brand'
),

-- A segment of one brand is named within its brand, where that went the same way.
named as (
    select
        chosen.metric_name,
        chosen.grain,
        chosen.brand,
        chosen.comparison,
        case
            when brands.segment is not null then 'brand'
            else replace(chosen.dimension, 'brand_', '')
        end as dimension,
        case
            when chosen.is_deeper and brands.segment is null then chosen.segment_brand
        end as segment_brand,
        coalesce(brands.segment, chosen.segment) as segment,
        case
            when brands.segment is not null
                then replace(chosen.dimension, 'brand_', '')
        end as deeper_dimension,
        case when brands.segment is not null then chosen.segment end as deeper_segment,
        coalesce(brands.part, chosen.part) as part,
        case when brands.segment is not null then chosen.part end as deeper_part,
        chosen.stands_out,
        chosen.part * chosen.change < 0 as is_against,
        chosen.period_start
    from chosen
    left join brands
        on
            chosen.metric_name = brands.metric_name
            and chosen.grain = brands.grain
            and chosen.brand = brands.brand
            and chosen.comparison = brands.comparison
            and chosen.period_start = brands.period_start
            and chosen.segment_brand = brands.segment
            and chosen.part * brands.part > 0
            and chosen.is_deeper
)

select * from named
