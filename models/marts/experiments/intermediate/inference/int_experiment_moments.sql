{%- set variables = ['', 'denominator_', 'pre_', 'second_pre_'] %}
{%- set pairs = {
    'denominator': ['', 'denominator_'],
    'pre': ['', 'pre_'],
    'second_pre': ['', 'second_pre_'],
    'denominator_pre': ['denominator_', 'pre_'],
    'denominator_second_pre': ['denominator_', 'second_pre_'],
    'both_pre': ['pre_', 'second_pre_'],
} -%}
with totals as (
    select * from {{ ref('int_experiment_totals') }}
),

centred as (
    select
        {%- for variable in variables %}
        cast({{ variable }}total / nullif(n_mature, 0) as decimal(18, 6))
            as {{ variable }}centre,
        {%- endfor %}
        *
    from totals
),

-- Sums of distances to the means, still exact: what becomes a double is small where the spread is.
distances as (
    select
        population_kind,
        population_id,
        variant,
        phase,
        metric_name,
        place_type,
        place,
        n,
        n_mature,
        n_converted,
        {%- for variable in variables %}
        cast({{ variable }}total as double) / nullif(n_mature, 0) as {{ variable }}mean,
        cast({{ variable }}total - {{ variable }}centre * n_mature as double)
            as {{ variable }}total,
        {{ products_around(
            variable ~ 'squares', variable ~ 'total', variable ~ 'centre',
            variable ~ 'total', variable ~ 'centre', 'n_mature'
        ) }} as {{ variable }}squares,
        {%- endfor %}
        {%- for pair, names in pairs.items() %}
        {{ products_around(
            pair ~ '_products', names[0] ~ 'total', names[0] ~ 'centre',
            names[1] ~ 'total', names[1] ~ 'centre', 'n_mature'
        ) }} as {{ pair }}_products,
        {%- endfor %}
        n_converted_before
    from centred
),

-- What rounding leaves of nothing is 0.
variances as (
    select
        {%- for variable in variables %}
        case
            when
                {{ variable ~ 'squares' }}
                - {{ variable ~ 'total * ' ~ variable ~ 'total' }} / nullif(n_mature, 0)
                <= 1e-12 * {{ variable ~ 'squares' }}
                and n_mature > 1
                then 0
            else
                {{ covariance_of(
                    variable ~ 'squares', variable ~ 'total', variable ~ 'total',
                    'n_mature'
                ) }}
        end as {{ variable }}variance,
        {%- endfor %}
        *
    from distances
),

moments as (
    select
        population_kind,
        population_id,
        variant,
        phase,
        metric_name,
        place_type,
        place,
        n,
        n_mature,
        n_converted,
        {%- for variable in variables %}
        {{ variable }}mean,
        {{ variable }}variance,
        {%- endfor %}
        {%- for pair, names in pairs.items() %}
        case
            when {{ names[0] }}variance = 0 or {{ names[1] }}variance = 0 then 0
            else
                {{ covariance_of(
                    pair ~ '_products', names[0] ~ 'total', names[1] ~ 'total',
                    'n_mature'
                ) }}
        end as {{ pair }}_covariance,
        {%- endfor %}
        n_converted_before
    from variances
)

select * from moments
