with stats as (
    select *
    from {{ ref('int_experiment_stats') }}
    where population_kind = 'experiment'
),

-- With two controls there is nothing to compare with.
baselines as (
    select
        experiment_id,
        min(variant) as control_variant
    from {{ ref('stg_experiments__variants') }}
    where is_control
    group by 1
    having count(*) = 1
),

-- A phase counts by how much its two arms say together, as Mantel and Haenszel weigh strata;
-- one that has a single arm, or no variance in one, says nothing.
contrasts as (
    select
        treated.population_id as experiment_id,
        treated.variant,
        controls.variant as control_variant,
        treated.metric_name,
        treated.place_type,
        treated.place,
        treated.phase,
        cast(
            case
                when least(controls.n_mature, treated.n_mature) < 2 then 0
                when controls.variance + treated.variance is null then 0
                else
                    1.0 * controls.n_mature * treated.n_mature
                    / (controls.n_mature + treated.n_mature)
            end as decimal(38, 18)
        ) as weight
    from stats as treated
    inner join baselines
        on
            treated.population_id = baselines.experiment_id
            and treated.variant <> baselines.control_variant
    inner join stats as controls
        on
            baselines.experiment_id = controls.population_id
            and baselines.control_variant = controls.variant
            and treated.metric_name = controls.metric_name
            and treated.place_type = controls.place_type
            and treated.place = controls.place
            and treated.phase = controls.phase
),

weighed as (
    select
        *,
        cast(weight as double) / nullif(cast(sum(weight) over pairs as double), 0)
            as known_share,
        1.0 / count(*) over pairs as equal_share
    from contrasts
    window pairs as (
        partition by experiment_id, variant, metric_name, place_type, place
    )
),

members as (
    select
        weighed.experiment_id,
        weighed.control_variant,
        stats.*,
        weighed.variant as treatment,
        stats.variant = weighed.control_variant as is_control,
        coalesce(weighed.known_share, weighed.equal_share) as share,
        power(weighed.known_share, 2) / nullif(stats.n_mature, 0) as pull
    from weighed
    inner join stats
        on
            weighed.experiment_id = stats.population_id
            and weighed.metric_name = stats.metric_name
            and weighed.place_type = stats.place_type
            and weighed.place = stats.place
            and weighed.phase = stats.phase
            and stats.variant in (weighed.variant, weighed.control_variant)
),

arms as (
    select
        experiment_id,
        treatment as variant,
        metric_name,
        place_type,
        place,
        control_variant,
        kind,
        is_control,
        {%- for column in ['mean', 'denominator_mean', 'pre_mean', 'second_pre_mean'] %}
        {{ over_phases(column, 'share') }} as {{ column }},
        {%- endfor %}
        {%- for column in [
            'variance', 'variance_below', 'variance_above', 'denominator_variance',
            'pre_variance', 'second_pre_variance', 'denominator_covariance',
            'pre_covariance', 'second_pre_covariance', 'denominator_pre_covariance',
            'denominator_second_pre_covariance', 'both_pre_covariance',
        ] %}
        {{ over_phases(column, 'pull') }} as {{ column }},
        {%- endfor %}
        cast(sum(n) as bigint) as n,
        cast(sum(n_mature) as bigint) as n_mature,
        cast(sum(n_converted) as bigint) as n_converted,
        cast(sum(n_converted_before) as bigint) as n_converted_before,
        case
            when count(*) = 1 then max(n_mature)
            else 1 / nullif({{ steady_sum('pull') }}, 0)
        end as effective_n
    from members
    group by 1, 2, 3, 4, 5, 6, 7, 8
)

select * from arms
