-- One row per brand, trait and value: how the customers who spent most in the last three full months differ from the rest.
with customer_traits as (
    select * from {{ ref('int_customer_traits') }}
),

-- Of those of whom the trait is known: who does not have a value has a share of 0 of it.
known as (
    select
        brand,
        trait,
        count(distinct case when is_heavy then customer_id end) as n_heavy,
        count(distinct case when not is_heavy then customer_id end) as n_rest
    from customer_traits
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
    from customer_traits
    group by brand, trait, value
),

averaged as (
    select
        summed.brand,
        summed.trait,
        summed.value,
        known.n_heavy,
        known.n_rest,
        summed.heavy_total / nullif(known.n_heavy, 0) as heavy_share,
        summed.rest_total / nullif(known.n_rest, 0) as rest_share,
        sqrt(
            {{ mean_share_variance(
                'summed.heavy_total', 'summed.heavy_squares', 'known.n_heavy'
            ) }}
            + {{ mean_share_variance(
                'summed.rest_total', 'summed.rest_squares', 'known.n_rest'
            ) }}
        ) as error
    from summed
    inner join known
        on
            summed.brand = known.brand
            and summed.trait = known.trait
)

select
    brand,
    trait,
    value,
    n_heavy,
    n_rest,
    n_heavy + n_rest as n_mature,
    heavy_share,
    rest_share,
    heavy_share / nullif(rest_share, 0) as index,
    heavy_share - rest_share as difference,
    heavy_share - rest_share - {{ z_95() }} * error as difference_low,
    heavy_share - rest_share + {{ z_95() }} * error as difference_high,
    false as is_final
from averaged
