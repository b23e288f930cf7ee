-- Amounts and their squares are capped so that sums stay within the decimals.
with scored as (
    select
        model_name,
        model_version,
        brand,
        country_code,
        age_band,
        {{ month_of('attempted_date') }} as month_start,
        label,
        coalesce(unlabelled_reason = 'blocked', false) as is_blocked,
        amount,
        score,
        is_flagged,
        has_missing_feature,
        is_mature,
        label_weight,
        least(label_weight * amount, 1000000000) as amount_weight
    from {{ ref('payment_labels') }}
    where is_flagged is not null
),

described as (
    select
        *,
        label = 'confirmed' as is_confirmed,
        is_mature and is_flagged as is_mature_flagged,
        is_mature and label in ('confirmed', 'clean') as is_labelled,
        is_mature and label in ('confirmed', 'clean') and label_weight is not null
            as is_weighed,
        is_mature and label in ('confirmed', 'clean') and label_weight is not null
        and is_flagged as is_evidence
    from scored
),

counts as (
    select
        model_name,
        model_version,
        brand,
        country_code,
        age_band,
        month_start,
        count(*) as n,
        count(case when is_mature then 1 end) as n_mature,
        count(case when is_mature_flagged then 1 end) as n_flagged,
        count(case when is_labelled then 1 end) as n_labelled,
        count(case when is_labelled and is_confirmed then 1 end) as n_confirmed,
        count(case when is_labelled and is_flagged then 1 end) as n_flagged_labelled,
        count(case when is_labelled and is_flagged and is_confirmed then 1 end)
            as n_flagged_confirmed,
        count(case when is_mature_flagged and is_blocked then 1 end)
            as n_flagged_blocked,
        count(case when is_mature and is_blocked then 1 end) as n_blocked,
        count(case when is_mature and label = 'unlabelled' then 1 end) as n_unlabelled,
        count(case when is_mature and has_missing_feature then 1 end)
            as n_missing_feature,
        count(case when is_mature then has_missing_feature end) as n_with_features,
        count(case when is_weighed and not is_flagged then 1 end)
            as n_passed_weighed,
        count(case when is_weighed and not is_flagged and is_confirmed then 1 end)
            as n_passed_confirmed,
        count(case when is_evidence then 1 end) as n_stopped_weighed,
        count(case when is_evidence and is_confirmed then 1 end) as n_stopped_confirmed,
        {{ steady_sum('case when is_evidence then label_weight else 0 end') }}
            as stopped_weight,
        {{ steady_sum(
            'case when is_evidence then power(label_weight, 2) else 0 end'
        ) }} as stopped_weight_squares,
        {{ steady_sum(
            'case when is_evidence and is_confirmed then label_weight else 0 end'
        ) }} as stopped_confirmed_weight,
        {{ steady_sum('case when is_mature then score else 0 end') }} as score_total,
        {{ steady_sum(
            'case when is_evidence then amount_weight else 0 end', 6
        ) }} as amount_weight,
        {{ steady_sum(
            'case when is_evidence then power(amount_weight, 2) else 0 end', 6
        ) }} as amount_weight_squares,
        {{ steady_sum(
            'case when is_evidence and is_confirmed then amount_weight else 0 end', 6
        ) }} as confirmed_amount_weight,
        {{ steady_sum(
            'case when is_mature_flagged and is_blocked then amount else 0 end', 6
        ) }} as blocked_amount,
        {{ steady_sum(
            'case when is_mature and is_confirmed then amount else 0 end', 6
        ) }} as passed_fraud_amount
    from described
    group by model_name, model_version, brand, country_code, age_band, month_start
)

select * from counts
