with ranks as (
    select * from {{ ref('int_risk_ranks') }}
),

segments as (
    select
        segment_type,
        segment,
        count(*) as n_mature,
        count(distinct customer_id) as patients,
        count(case when has_diagnosis then 1 end) as n_diagnosed,
        count(case when not has_diagnosis then 1 end) as n_others,
        {{ steady_sum('risk') }} as expected_diagnosed,
        case
            when count(risk) > 0
                then sum(case when has_diagnosis then pairs_in_order end)
        end as pairs_in_order,
        min(min(feature_date)) over () as test_start,
        max(max(feature_date)) over () as test_end
    from ranks
    group by segment_type, segment
),

measured as (
    select
        *,
        pairs_in_order / nullif(cast(n_diagnosed as double) * n_others, 0) as auc
    from segments
),

-- What a patient adds to the error: days of the same patient go together (Obuchowski).
patients as (
    select
        ranks.segment_type,
        ranks.segment,
        any_value(measured.n_diagnosed) as n_diagnosed,
        sum(case when ranks.has_diagnosis then ranks.pairs_in_order else 0 end)
        / any_value(measured.n_others)
        - count(case when ranks.has_diagnosis then 1 end) * any_value(measured.auc)
            as beyond_as_diagnosed,
        (
            sum(case when ranks.has_diagnosis then 0 else ranks.pairs_in_order end)
            / any_value(measured.n_diagnosed)
            - count(case when not ranks.has_diagnosis then 1 end)
            * any_value(measured.auc)
        )
        * any_value(measured.n_diagnosed) / any_value(measured.n_others)
            as beyond_as_other
    from ranks
    inner join measured
        on
            ranks.segment_type = measured.segment_type
            and ranks.segment = measured.segment
            and measured.auc is not null
    group by ranks.segment_type, ranks.segment, ranks.customer_id
),

errors as (
    select
        segment_type,
        segment,
        sqrt(
            {{ steady_sum('power(beyond_as_diagnosed + beyond_as_other, 2)') }}
            * count(*) / nullif(count(*) - 1, 0)
        ) / any_value(n_diagnosed) as auc_error
    from patients
    group by segment_type, segment
),

-- The interval is made of the log odds of the area, so that it stays within 0 and 1.
scaled as (
    select
        measured.*,
        case
            when measured.auc > 0 and measured.auc < 1 and errors.auc_error > 0
                then ln(measured.auc / (1 - measured.auc))
        end as log_odds,
        errors.auc_error / nullif(measured.auc * (1 - measured.auc), 0)
            as log_odds_error
    from measured
    left join errors
        on
            measured.segment_type = errors.segment_type
            and measured.segment = errors.segment
),

quality as (
    select
        segment_type,
        segment,
        n_mature,
        patients,
        n_diagnosed,
        expected_diagnosed,
        1.0 * n_diagnosed / n_mature as diagnosed_share,
        {{ wilson_low('n_diagnosed', 'n_mature') }} as diagnosed_share_low,
        {{ wilson_high('n_diagnosed', 'n_mature') }} as diagnosed_share_high,
        expected_diagnosed / n_mature as expected_share,
        auc,
        1 / (1 + exp(-({{ normal_low('log_odds', 'log_odds_error') }}))) as auc_low,
        1 / (1 + exp(-({{ normal_high('log_odds', 'log_odds_error') }}))) as auc_high,
        false as is_final,
        test_start,
        test_end
    from scaled
)

select * from quality
