with scores as (
    select
        model_name,
        cutoff_date,
        brand
    from {{ ref('int_challenger_scores') }}
    where period = 'later'
),

brand_counts as (
    select
        model_name,
        cutoff_date,
        brand,
        count(*) as payment_count
    from scores
    group by model_name, cutoff_date, brand
),

brands as (
    select
        model_name,
        cutoff_date,
        max_by(brand, (payment_count, brand)) as brand
    from brand_counts
    group by model_name, cutoff_date
),

-- Without the area experiments nobody has sized a test.
sizes as (
    {% if 'experiments' in var('areas') -%}
    select
        brand,
        units_per_arm,
        days_until_result
    from {{ ref('experiment_sizes') }}
    where
        unit = 'customer'
        and metric_name = '{{ var("challenger_test_metric") }}'
        and relative_effect = {{ var('challenger_test_effect') }}
    {%- else -%}
    select
        cast(null as varchar) as brand,
        cast(null as bigint) as units_per_arm,
        cast(null as bigint) as days_until_result
    where false
    {%- endif %}
),

tests as (
    select
        brands.model_name,
        brands.cutoff_date,
        brands.brand,
        sizes.units_per_arm,
        sizes.days_until_result
    from brands
    left join sizes
        on brands.brand = sizes.brand
)

select * from tests
