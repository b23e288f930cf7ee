{%- set family = 'model_name, model_version, window_kind, window_start, group_kind,'
    ~ ' measure' -%}

with measures as (
    select * from {{ ref('int_fraud_measures') }}
    where window_kind in ('half_year', 'all') and group_kind <> 'all'
),

-- Who has no known group is compared with others, and others not with them.
sized as (
    select
        *,
        row_number() over (
            partition by {{ family }}
            order by (group_name = 'unknown') asc, n_mature desc, group_name asc
        ) = 1 as is_reference,
        count(*) over (partition by {{ family }}) as group_count
    from measures
),

logged as (
    select
        *,
        ln(greatest(1e-12, centre)) as log_centre,
        ln(greatest(1e-12, centre)) - ln(greatest(1e-12, low)) as log_below,
        ln(greatest(1e-12, high)) - ln(greatest(1e-12, centre)) as log_above
    from sized
),

others as (
    select
        {{ family }},
        group_name as reference_group,
        estimate as reference_value,
        n_evidence as reference_evidence,
        log_centre as reference_centre,
        log_below as reference_below,
        log_above as reference_above
    from logged
    where is_reference
),

paired as (
    select
        logged.model_name,
        logged.model_version,
        logged.window_kind,
        logged.group_kind,
        logged.group_name,
        logged.measure,
        others.reference_group,
        logged.group_count,
        logged.n_mature,
        logged.n_labelled,
        logged.n_confirmed,
        logged.n_evidence,
        logged.estimate,
        logged.low,
        logged.high,
        others.reference_value,
        others.reference_evidence,
        logged.log_centre - others.reference_centre as log_ratio,
        sqrt(power(logged.log_below, 2) + power(others.reference_above, 2))
            as log_ratio_below,
        sqrt(power(logged.log_above, 2) + power(others.reference_below, 2))
            as log_ratio_above,
        logged.is_reference,
        logged.is_final,
        logged.window_start,
        logged.window_end
    from logged
    inner join others
        on
            logged.model_name = others.model_name
            and logged.model_version = others.model_version
            and logged.window_kind = others.window_kind
            and logged.window_start = others.window_start
            and logged.group_kind = others.group_kind
            and logged.measure = others.measure
)

select * from paired
