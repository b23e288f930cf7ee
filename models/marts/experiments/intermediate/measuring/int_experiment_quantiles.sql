with metrics as (
    select
        metric_name,
        quantile
    from {{ ref('experiment_metrics') }}
    where kind = 'quantile'
),

unit_values as (
    select
        unit_values.population_kind,
        unit_values.population_id,
        unit_values.metric_name,
        unit_values.unit_id,
        unit_values.unit_value,
        metrics.quantile
    from {{ ref('int_experiment_values') }} as unit_values
    inner join metrics
        on unit_values.metric_name = metrics.metric_name
),

units as (
    select
        population_kind,
        population_id,
        unit_id,
        variant,
        device_type,
        country_code,
        customer_type
    from {{ ref('int_experiment_units') }}
),

placed as (
    {%- for place_type, place in {
        'all': "'all'",
        'device_type': 'units.device_type',
        'country': 'units.country_code',
        'customer_type': 'units.customer_type',
    }.items() %}
    {{ 'union all' if not loop.first }}
    select
        unit_values.population_kind,
        unit_values.population_id,
        units.variant,
        unit_values.metric_name,
        '{{ place_type }}' as place_type,
        {{ place }} as place,
        unit_values.quantile,
        unit_values.unit_value
    from unit_values
    inner join units
        on
            unit_values.population_kind = units.population_kind
            and unit_values.population_id = units.population_id
            and unit_values.unit_id = units.unit_id
    {%- endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by
                population_kind, population_id, variant, metric_name, place_type, place
            order by unit_value
        ) as unit_rank,
        count(*) over (
            partition by
                population_kind, population_id, variant, metric_name, place_type, place
        ) as n
    from placed
),

-- Of n units about n × quantile lie below the true one, give or take what a binomial does: the ranks that it spans.
bounded as (
    select
        *,
        1 + quantile * (n - 1) as middle_rank,
        floor(n * quantile - {{ z_95() }} * sqrt(n * quantile * (1 - quantile)))
            as low_rank,
        ceil(n * quantile + {{ z_95() }} * sqrt(n * quantile * (1 - quantile))) + 1
            as high_rank
    from ranked
),

-- Between two units it is interpolated. Its error is what the span of the ranks would be of a normal one.
quantiles as (
    select
        population_kind,
        population_id,
        variant,
        metric_name,
        place_type,
        place,
        cast(max(case when unit_rank = floor(middle_rank) then unit_value end) as double)
        + (max(middle_rank) - floor(max(middle_rank)))
        * cast(
            max(case when unit_rank = ceil(middle_rank) then unit_value end)
            - max(case when unit_rank = floor(middle_rank) then unit_value end) as double
        ) as quantile_value,
        power(
            cast(
                max(case when unit_rank = high_rank then unit_value end)
                - max(case when unit_rank = low_rank then unit_value end) as double
            ) / (2 * {{ z_95() }}),
            2
        ) * max(n) as variance
    from bounded
    group by
        population_kind, population_id, variant, metric_name, place_type, place
)

select * from quantiles
