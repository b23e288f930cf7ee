-- One row per metric, grain, period and brand ('all' for the total), also for periods in which nothing happened.
with definitions as (
    select
        metric_name,
        kind,
        concat(', ', grains, ',') as grains,
        empty_value,
        has_brands
    from {{ ref('metric_definitions') }}
),

computed as (
    select
        metric_name,
        grain,
        period_start,
        brand,
        value
    from {{ ref('int_metric_values') }}
),

periods as (
    select * from {{ ref('int_metric_periods') }}
),

brands as (
    select
        brand,
        true as is_brand
    from {{ ref('brands') }}
    union all
    select
        'all' as brand,
        false as is_brand
),

-- Until the end of a running period, a cumulative metric stands at its value of the last day that counts.
expected as (
    select
        definitions.metric_name,
        definitions.empty_value,
        periods.grain,
        periods.period_start,
        periods.is_final,
        brands.brand,
        case
            when definitions.kind = 'cumulative' then 'day'
            else periods.grain
        end as computed_grain,
        case
            when definitions.kind = 'cumulative' then periods.last_day
            else periods.period_start
        end as computed_start
    from definitions
    inner join periods
        on definitions.grains like concat('%, ', periods.grain, ',%')
    inner join brands
        on definitions.has_brands or not brands.is_brand
),

filled as (
    select
        expected.metric_name,
        expected.grain,
        expected.brand,
        coalesce(computed.value, expected.empty_value) as value,
        expected.is_final,
        expected.period_start
    from expected
    left join computed
        on
            expected.metric_name = computed.metric_name
            and expected.brand = computed.brand
            and expected.computed_grain = computed.grain
            and expected.computed_start = computed.period_start
)

select * from filled
