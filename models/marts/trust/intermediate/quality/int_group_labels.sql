{{ config(materialized='view') }}

with scored as (
    select
        payment_id,
        model_name,
        model_version,
        country_code,
        age_band,
        {{ month_of('attempted_date') }} as month_start,
        score,
        label_weight,
        is_flagged,
        label = 'confirmed' as is_confirmed,
        label = 'unlabelled' as is_blocked
    from {{ ref('payment_labels') }}
    where
        is_flagged is not null
        and is_mature
        and (label in ('confirmed', 'clean') or unlabelled_reason = 'blocked')
),

cells as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        window_start as month_start,
        1.0 * n_flagged / nullif(stopped_weight, 0) as stopped_scale,
        1.0 * (n_mature - n_flagged) / nullif(n_passed_weighed, 0) as passed_scale
    from {{ ref('int_fraud_cells') }}
    where window_kind = 'month'
),

grouped as (
    select
        scored.*,
        kinds.group_kind,
        case kinds.group_kind
            when 'country' then scored.country_code
            when 'age_band' then scored.age_band
            else 'all'
        end as group_name
    from scored
    cross join (values ('all'), ('country'), ('age_band')) as kinds (group_kind)
),

-- Scaled to the known size of the stratum: plain weights would leave the error too small.
weighed as (
    select
        grouped.*,
        case
            when grouped.is_flagged then grouped.label_weight * cells.stopped_scale
            else grouped.label_weight * cells.passed_scale
        end as weight
    from grouped
    inner join cells
        on {{ same_group('grouped', 'cells', ['month_start']) }}
)

select * from weighed
