{%- set keys = ['experiment_id', 'variant', 'metric_name', 'place_type', 'place'] -%}
with comparisons as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place
    from {{ ref('int_experiment_comparisons') }}
    where problem is null and kind <> 'quantile'
),

arms as (
    select
        arms.*,
        case when arms.kind = 'ratio' then arms.denominator_mean else 1 end
            as scale_mean,
        coalesce(arms.second_pre_mean, 0) as second_mean,
        coalesce(arms.denominator_pre_covariance, 0) as scale_pre_covariance,
        coalesce(arms.denominator_second_pre_covariance, 0)
            as scale_second_covariance
    from {{ ref('int_experiment_arms') }} as arms
    inner join comparisons
        on
            arms.experiment_id = comparisons.experiment_id
            and arms.variant = comparisons.variant
            and arms.metric_name = comparisons.metric_name
            and arms.place_type = comparisons.place_type
            and arms.place = comparisons.place
    where arms.pre_mean is not null
),

-- Both arms together, as if they were one group.
centred as (
    select
        {%- for column in ['mean', 'scale_mean', 'pre_mean', 'second_mean'] %}
        sum(effective_n * {{ column }}) over pairs / sum(effective_n) over pairs
            as common_{{ column }},
        {%- endfor %}
        *
    from arms
    window pairs as (partition by {{ keys | join(', ') }})
),

-- A ratio is near a mean of the numerator less the common ratio times the denominator.
linear as (
    select
        *,
        case
            when kind = 'ratio' then common_mean / nullif(common_scale_mean, 0)
            else 0
        end as slope
    from centred
),

distances as (
    select
        *,
        (mean - common_mean - slope * (scale_mean - common_scale_mean))
        / nullif(common_scale_mean, 0) as distance,
        pre_mean - common_pre_mean as pre_distance,
        second_mean - common_second_mean as second_distance,
        (pre_covariance - slope * scale_pre_covariance) / nullif(common_scale_mean, 0)
            as outcome_pre_covariance,
        (
            coalesce(second_pre_covariance, 0) - slope * scale_second_covariance
        ) / nullif(common_scale_mean, 0) as outcome_second_covariance
    from linear
),

squares as (
    select
        {%- for name, covariance, first, second in [
            ('pre', 'pre_variance', 'pre_distance', 'pre_distance'),
            ('second', 'coalesce(second_pre_variance, 0)',
            'second_distance', 'second_distance'),
            ('both', 'coalesce(both_pre_covariance, 0)',
            'pre_distance', 'second_distance'),
            ('outcome_pre', 'outcome_pre_covariance', 'distance', 'pre_distance'),
            ('outcome_second', 'outcome_second_covariance',
            'distance', 'second_distance'),
        ] %}
        sum(
            (effective_n - 1) * {{ covariance }}
            + effective_n * {{ first }} * {{ second }}
        ) as {{ name }}_products,
        {%- endfor %}
        {{ keys | join(', ') }}
    from distances
    group by {{ keys | join(', ') }}
),

fits as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        {{ coefficient(
            'pre_products', 'second_products', 'both_products',
            'outcome_pre_products', 'outcome_second_products', is_first=true
        ) }} as theta,
        {{ coefficient(
            'second_products', 'pre_products', 'both_products',
            'outcome_second_products', 'outcome_pre_products', is_first=false
        ) }} as second_theta
    from squares
)

select * from fits
where theta is not null
