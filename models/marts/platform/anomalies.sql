with measures as (
    select
        node_id,
        node_name,
        node_kind,
        measure,
        column_name,
        basis,
        value,
        measured_date
    from {{ ref('daily_measures') }}
),

ranges as (
    select * from {{ ref('int_judged_ranges') }}
),

described as (
    select
        ranges.node_id,
        measures.node_name,
        measures.node_kind,
        ranges.measure,
        ranges.kind,
        measures.column_name,
        measures.basis,
        ranges.tier,
        case
            when ranges.tier = 'alert' then coalesce(ranges.rule, 'statistics')
        end as rule,
        measures.value,
        {{ from_measured_scale('ranges.expected', 'ranges.kind') }} as expected,
        {{ from_measured_scale('ranges.low', 'ranges.kind') }} as low,
        {{ from_measured_scale('ranges.high', 'ranges.kind') }} as high,
        ranges.z,
        ranges.smallest_detectable,
        ranges.judged_count,
        ranges.earlier_days,
        ranges.measured_date
    from ranges
    inner join measures
        on
            ranges.node_id = measures.node_id
            and ranges.measure = measures.measure
            and ranges.measured_date = measures.measured_date
)

select * from described
