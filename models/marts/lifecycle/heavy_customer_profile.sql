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

-- One more customer, who is half, is in the variances: none and all are not certain.
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
            (
                summed.heavy_squares + 0.25
                - power(summed.heavy_total + 0.5, 2) / (known.n_heavy + 1)
            )
            / nullif(1.0 * known.n_heavy * (known.n_heavy + 1), 0)
            + (
                summed.rest_squares + 0.25
                - power(summed.rest_total + 0.5, 2) / (known.n_rest + 1)
            )
            / nullif(1.0 * known.n_rest * (known.n_rest + 1), 0)
        ) as error
    from summed
    inner join known
        on
            summed.brand = known.brand
            and summed.trait = known.trait
),

compared as (
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
        {{ normal_low('heavy_share - rest_share', 'error') }} as difference_low,
        {{ normal_high('heavy_share - rest_share', 'error') }} as difference_high,
        false as is_final
    from averaged
)

select * from compared
