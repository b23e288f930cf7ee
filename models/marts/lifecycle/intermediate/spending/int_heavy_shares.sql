{%- set groups = {'heavy': 'is_heavy', 'rest': 'not is_heavy'} -%}

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
        {%- for group, is_in in groups.items() %}
        coalesce({{ steady_sum('case when ' ~ is_in ~ ' then share end') }}, 0)
            as {{ group }}_total,
        coalesce({{ steady_sum('case when ' ~ is_in ~ ' then share * share end') }}, 0)
            as {{ group }}_squares,
        {%- endfor %}
        brand,
        trait,
        value
    from traits
    group by brand, trait, value
),

-- Shares of a behaviour are spread less than yes and no: each customer is worth more. Two
-- customers of yes and no are added, for the spread of a few is not known well.
weighed as (
    select
        summed.*,
        known.n_heavy,
        known.n_rest,
        {%- for group in groups %}
        summed.{{ group }}_total / nullif(known.n_{{ group }}, 0) as {{ group }}_share,
        known.n_{{ group }} * (known.n_{{ group }} + 2) / (
            2 + coalesce(
                (
                    summed.{{ group }}_squares
                    - summed.{{ group }}_total * {{ group }}_share
                ) / nullif({{ group }}_share * (1 - {{ group }}_share), 0),
                known.n_{{ group }}
            )
        ) as {{ group }}_worth,
        {%- endfor %}
        (summed.heavy_total + summed.rest_total) / (known.n_heavy + known.n_rest)
            as share,
        known.n_heavy + known.n_rest as n_mature
    from summed
    inner join known
        using (brand, trait)
)

select * from weighed
