{%- set groups = 'model_name, model_version, month_start, group_kind, group_name' -%}

with labels as (
    select * from {{ ref('int_group_labels') }}
),

labelled as (
    select * from labels
    where not is_blocked
),

naive as (
    select
        *,
        is_confirmed or is_blocked as is_confirmed_or_blocked
    from labels
),

areas as (
    select * from {{ weighted_auc('labelled', groups, is_positive='is_confirmed') }}
),

blocked_clean as (
    select *
    from
        {{ weighted_auc(
            'naive', groups, is_positive='is_confirmed', weight='1'
        ) }}
),

blocked_fraud as (
    select *
    from
        {{ weighted_auc(
            'naive', groups, is_positive='is_confirmed_or_blocked', weight='1'
        ) }}
),

cells as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        window_start as month_start,
        n_flagged = 0 or n_stopped_weighed >= {{ var('least_stopped_for_area') }}
            as are_stopped_enough,
        n_passed_confirmed + n_stopped_confirmed >= {{ var('least_frauds_for_area') }}
        and (n_flagged = 0 or n_stopped_confirmed > 0) as are_frauds_enough
    from {{ ref('int_fraud_cells') }}
    where window_kind = 'month'
),

joined as (
    select
        cells.*,
        areas.auc,
        areas.auc_low,
        areas.auc_high,
        blocked_clean.auc as auc_if_blocked_clean,
        blocked_fraud.auc as auc_if_blocked_fraud
    from cells
    left join areas on {{ same_group('cells', 'areas', ['month_start']) }}
    left join blocked_clean
        on {{ same_group('cells', 'blocked_clean', ['month_start']) }}
    left join blocked_fraud
        on {{ same_group('cells', 'blocked_fraud', ['month_start']) }}
),

-- Without labels among what the score stops nobody knows how those rank.
sufficient as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        month_start,
        case when are_stopped_enough then auc end as auc,
        case when are_stopped_enough and are_frauds_enough then auc_low end as auc_low,
        case when are_stopped_enough and are_frauds_enough then auc_high end
            as auc_high,
        auc_if_blocked_clean,
        auc_if_blocked_fraud
    from joined
)

select * from sufficient
