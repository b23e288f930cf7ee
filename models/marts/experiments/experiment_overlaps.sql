with cells as (
    select * from {{ ref('int_experiment_overlap_cells') }}
),

-- The four cells of a treatment and another's: in the one or not, in the other or not.
squares as (
    select
        treated.experiment_id,
        treated.variant,
        treated.other_experiment_id,
        treated.other_variant,
        treated.metric_name,
        treated.units,
        treated.shared_units,
        cells.n_mature,
        cells.n_converted,
        cells.error_variance,
        case when cells.is_control = cells.other_is_control then 1 else -1 end
        * cells.mean as signed_mean
    from cells as treated
    inner join cells
        on
            treated.experiment_id = cells.experiment_id
            and treated.other_experiment_id = cells.other_experiment_id
            and treated.metric_name = cells.metric_name
            and (cells.is_control or treated.variant = cells.variant)
            and (cells.other_is_control or treated.other_variant = cells.other_variant)
    where not treated.is_control and not treated.other_is_control
),

compared as (
    select
        experiment_id,
        variant,
        other_experiment_id,
        other_variant,
        metric_name,
        units,
        shared_units,
        sum(n_mature) as n_mature,
        case
            when count(*) < 4 then 'nobody in one of the four groups'
            when min(n_mature) < greatest(2, {{ var('least_units') }})
                then 'fewer than {{ var('least_units') }} units in a group'
            when min(n_converted) < {{ var('least_converters') }}
                then 'fewer than {{ var('least_converters') }} of a group did it'
            when min(error_variance) <= 0 then 'no variance in a group'
        end as problem,
        case when count(*) = 4 then {{ steady_sum('signed_mean') }} end as interaction,
        sqrt({{ steady_sum('error_variance') }}) as standard_error
    from squares
    group by 1, 2, 3, 4, 5, 6, 7
),

tested as (
    select
        *,
        case
            when problem is null
                then 2 * normal_cdf(-abs(interaction) / nullif(standard_error, 0))
        end as p_value
    from compared
),

ranked as (
    select
        *,
        row_number() over (
            partition by experiment_id, p_value is null
            order by p_value, variant, other_experiment_id, other_variant, metric_name
        ) as p_rank,
        count(p_value) over (partition by experiment_id) as test_count
    from tested
),

described as (
    select
        experiment_id,
        variant,
        other_experiment_id,
        other_variant,
        metric_name,
        problem,
        shared_units,
        cast(n_mature as bigint) as n_mature,
        1.0 * shared_units / units as shared_share,
        interaction,
        case
            when problem is null
                then {{ normal_low('interaction', 'standard_error') }}
        end as interaction_low,
        case
            when problem is null
                then {{ normal_high('interaction', 'standard_error') }}
        end as interaction_high,
        p_value,
        {{ benjamini_hochberg('p_value', 'experiment_id') }} as p_value_adjusted
    from ranked
)

select * from described
