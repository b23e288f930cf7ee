-- What the blocked payments would have been: as those let through at random were, by amount.
with cells as (
    select
        *,
        confirmed_amount_weight / nullif(amount_weight, 0) as seen_share,
        coalesce(power(amount_weight, 2) / nullif(amount_weight_squares, 0), 0)
            as money_n
    from {{ ref('int_fraud_cells') }}
    where
        window_kind = 'month'
        and group_kind in ('all', 'country', 'age_band')
        and n_mature > 0
),

bounded as (
    select
        *,
        case when blocked_amount = 0 then 0 else seen_share end as fraud_share,
        case
            when blocked_amount = 0 then 0
            else {{ wilson_low('money_n * seen_share', 'money_n') }}
        end as fraud_share_low,
        case
            when blocked_amount = 0 then 0
            else {{ wilson_high('money_n * seen_share', 'money_n') }}
        end as fraud_share_high
    from cells
),

money as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        window_start as month_start,
        passed_fraud_amount as fraud_passed_amount,
        blocked_amount * fraud_share as fraud_stopped_amount,
        blocked_amount * fraud_share_low as fraud_stopped_amount_low,
        blocked_amount * fraud_share_high as fraud_stopped_amount_high,
        blocked_amount * (1 - fraud_share) as good_sales_refused_amount,
        blocked_amount * (1 - fraud_share_high) as good_sales_refused_amount_low,
        blocked_amount * (1 - fraud_share_low) as good_sales_refused_amount_high
    from bounded
)

select * from money
