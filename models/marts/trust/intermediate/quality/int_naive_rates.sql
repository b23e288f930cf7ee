with cells as (
    select
        *,
        n_flagged_labelled - n_flagged_confirmed as n_flagged_clean,
        n_labelled - n_confirmed as n_clean
    from {{ ref('int_fraud_cells') }}
    where window_kind = 'month' and group_kind in ('all', 'country', 'age_band')
),

naive as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        window_start as month_start,
        1.0 * n_flagged_confirmed / nullif(n_flagged_labelled + n_flagged_blocked, 0)
            as precision_if_blocked_clean,
        1.0 * n_flagged_confirmed / nullif(n_confirmed, 0) as recall_if_blocked_clean,
        1.0 * (n_flagged_clean + n_flagged_blocked) / nullif(n_clean + n_blocked, 0)
            as false_positive_rate_if_blocked_clean,
        1.0 * (n_flagged_confirmed + n_flagged_blocked)
        / nullif(n_flagged_labelled + n_flagged_blocked, 0)
            as precision_if_blocked_fraud,
        1.0 * (n_flagged_confirmed + n_flagged_blocked)
        / nullif(n_confirmed + n_blocked, 0) as recall_if_blocked_fraud,
        1.0 * n_flagged_clean / nullif(n_clean, 0)
            as false_positive_rate_if_blocked_fraud
    from cells
)

select * from naive
