{%- set groups = ['heavy', 'rest'] -%}

with traits as (
    select * from {{ ref('int_customer_attributes') }}
    union all
    select * from {{ ref('int_customer_behaviours') }}
),

-- Of those of whom the trait is known: who does not have a value has a share of 0 of it.
known as (
    select
        brand,
        trait,
        count(distinct case when is_heavy then customer_id end) as n_heavy,
        count(distinct case when not is_heavy then customer_id end) as n_rest
    from traits
    group by brand, trait
),

summed as (
    select
        brand,
        trait,
        value,
        coalesce(
            {{ steady_sum('case when is_heavy then share end') }}, 0
        ) as heavy_total,
        coalesce(
            {{ steady_sum('case when is_heavy then share * share end') }}, 0
        ) as heavy_squares,
        coalesce(
            {{ steady_sum('case when not is_heavy then share end') }}, 0
        ) as rest_total,
        coalesce(
            {{ steady_sum('case when not is_heavy then share * share end') }}, 0
        ) as rest_squares
    from traits
    group by brand, trait, value
),

averaged as (
    select
        summed.*,
        known.n_heavy,
        known.n_rest,
        summed.heavy_total / nullif(known.n_heavy, 0) as heavy_share,
        summed.rest_total / nullif(known.n_rest, 0) as rest_share,
        (summed.heavy_total + summed.rest_total) / (known.n_heavy + known.n_rest)
            as share
    from summed
    inner join known
        on
            summed.brand = known.brand
            and summed.trait = known.trait
),

-- Shares of a behaviour are spread less than yes and no: each customer is worth more. Two
-- customers of yes and no are added, for the spread of a few is not known well.
weighed as (
    select
        *,
        {%- for group in groups %}
        n_{{ group }} * (n_{{ group }} + 2) / (
            2 + n_{{ group }} * coalesce(
                (
                    {{ group }}_squares / nullif(n_{{ group }}, 0)
                    - power({{ group }}_share, 2)
                ) / nullif({{ group }}_share * (1 - {{ group }}_share), 0),
                1
            )
        ) as {{ group }}_worth,
        {%- endfor %}
        n_heavy + n_rest as n_mature
    from averaged
)

select * from weighed
