with totals as (
    select * from {{ ref('int_change_totals') }}
),

sentences as (
    select * from {{ ref('int_change_sentences') }}
),

ranked as (
    select * from {{ ref('int_change_ranks') }}
),

whole as (
    select
        totals.metric_name,
        totals.grain,
        totals.brand,
        totals.comparison,
        'total' as dimension,
        totals.brand as segment_brand,
        'total' as segment,
        totals.reason,
        sentences.sentence,
        sentences.sentence_ko,
        totals.value_before,
        totals.value_after,
        totals.change,
        totals.value_before as segment_before,
        totals.value_after as segment_after,
        cast(null as double) as weight_before,
        cast(null as double) as weight_after,
        totals.change as part,
        cast(null as double) as rate_effect,
        cast(null as double) as mix_effect,
        cast(null as double) as unmatched_effect,
        cast(null as double) as standard_errors,
        cast(null as bigint) as named_rank,
        cast(null as bigint) as size_rank,
        totals.days_before,
        totals.days_after,
        totals.is_final,
        coalesce(sentences.stands_out, false) as stands_out,
        totals.is_final and row_number() over (
            partition by
                totals.metric_name,
                totals.grain,
                totals.brand,
                totals.comparison,
                totals.is_final
            order by totals.period_start desc
        ) = 1 as is_newest_final,
        totals.before_start,
        totals.period_start
    from totals
    inner join sentences
        on
            totals.metric_name = sentences.metric_name
            and totals.grain = sentences.grain
            and totals.brand = sentences.brand
            and totals.comparison = sentences.comparison
            and totals.period_start = sentences.period_start
),

parts as (
    select
        ranked.metric_name,
        ranked.grain,
        ranked.brand,
        ranked.comparison,
        ranked.dimension,
        ranked.segment_brand,
        ranked.segment,
        totals.reason,
        cast(null as varchar) as sentence,
        cast(null as varchar) as sentence_ko,
        totals.value_before,
        totals.value_after,
        totals.change,
        ranked.segment_before,
        ranked.segment_after,
        case when ranked.is_ratio then ranked.weight_before end as weight_before,
        case when ranked.is_ratio then ranked.weight_after end as weight_after,
        ranked.part,
        ranked.rate_effect,
        ranked.mix_effect,
        ranked.unmatched_effect,
        ranked.standard_errors,
        ranked.named_rank,
        ranked.size_rank,
        totals.days_before,
        totals.days_after,
        totals.is_final,
        ranked.stands_out,
        false as is_newest_final,
        totals.before_start,
        totals.period_start
    from ranked
    inner join totals
        on
            ranked.metric_name = totals.metric_name
            and ranked.grain = totals.grain
            and ranked.brand = totals.brand
            and ranked.comparison = totals.comparison
            and ranked.period_start = totals.period_start
),

united as (
    select * from whole
    union all
    select * from parts
)

select * from united
