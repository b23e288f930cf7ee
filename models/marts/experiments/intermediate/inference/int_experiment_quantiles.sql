-- Of n units as many lie below the true quantile as a binomial count says: 95 % of the time it is
-- between the units of these ranks.
with bounded as (
    select
        *,
        1 + quantile * (n - 1) as middle_rank,
        binomial_quantile(0.025, n, quantile) as low_rank,
        binomial_quantile(0.975, n, quantile) + 1 as high_rank
    from {{ ref('int_experiment_value_ranks') }}
),

found as (
    select
        population_kind,
        population_id,
        variant,
        phase,
        metric_name,
        place_type,
        place,
        middle_rank - floor(middle_rank) as beyond,
        {%- for name, rank in {
            'at_rank': 'floor(middle_rank)',
            'at_next_rank': 'ceil(middle_rank)',
            'low': 'low_rank',
            'high': 'high_rank',
        }.items() %}
        cast(max(case
            when {{ rank }} between first_rank and last_rank then unit_value
        end) as double) as {{ name }},
        {%- endfor %}
        max(cast(n as double)) as n
    from bounded
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

interpolated as (
    select
        *,
        at_rank + beyond * (at_next_rank - at_rank) as quantile_value
    from found
),

-- As a whole by the farther end: where many units came to the same, the nearer one may be the
-- quantile itself. Ties that leave no distance at all say nothing of how far it may be.
quantiles as (
    select
        population_kind,
        population_id,
        variant,
        phase,
        metric_name,
        place_type,
        place,
        quantile_value,
        case
            when low is not null and high is not null
                then
                    n * power(
                        nullif(greatest(quantile_value - low, high - quantile_value), 0)
                        / {{ z_95() }},
                        2
                    )
        end as variance,
        n * power((quantile_value - low) / {{ z_95() }}, 2) as variance_below,
        n * power((high - quantile_value) / {{ z_95() }}, 2) as variance_above
    from interpolated
)

select * from quantiles
