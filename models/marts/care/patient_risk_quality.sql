-- One row per segment of the patients: what the baseline score is worth on the newest third of the days, which it never saw.
with ranks as (
    select * from {{ ref('int_risk_ranks') }}
),

test_days as (
    select
        min(feature_date) as test_start,
        max(feature_date) as test_end
    from ranks
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
        -- Of whom it was to tell apart, the pairs in which the diagnosed has the higher risk; of a tie a half.
        sum(case when has_diagnosis then doubled_rank - doubled_rank_of_outcome end)
        / 2.0 as pairs_in_order
    from ranks
    group by segment_type, segment
),

measured as (
    select
        *,
        case
            when expected_diagnosed is not null
                then pairs_in_order / nullif(cast(n_diagnosed as double) * n_others, 0)
        end as auc
    from segments
),

-- What a patient adds to the error: days of the same patient go together.
patients as (
    select
        ranks.segment_type,
        ranks.segment,
        ranks.customer_id,
        any_value(measured.n_diagnosed) as n_diagnosed,
        cast(
            sum(
                case
                    when ranks.has_diagnosis
                        then ranks.doubled_rank - ranks.doubled_rank_of_outcome
                    else 0
                end
            ) as double
        ) / 2 / any_value(measured.n_others)
        - count(case when ranks.has_diagnosis then 1 end) * any_value(measured.auc)
            as beyond_as_diagnosed,
        (
            cast(
                sum(
                    case
                        when not ranks.has_diagnosis
                            then
                                2 * measured.n_diagnosed
                                - ranks.doubled_rank
                                + ranks.doubled_rank_of_outcome
                        else 0
                    end
                ) as double
            ) / 2 / any_value(measured.n_diagnosed)
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
        errors.auc_error,
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
)

select
    scaled.segment_type,
    scaled.segment,
    scaled.n_mature,
    scaled.patients,
    scaled.n_diagnosed,
    scaled.expected_diagnosed,
    1.0 * scaled.n_diagnosed / scaled.n_mature as diagnosed_share,
    {{ wilson_low('scaled.n_diagnosed', 'scaled.n_mature') }} as diagnosed_share_low,
    {{ wilson_high('scaled.n_diagnosed', 'scaled.n_mature') }} as diagnosed_share_high,
    scaled.expected_diagnosed / scaled.n_mature as expected_share,
    scaled.auc,
    1 / (1 + exp(-(scaled.log_odds - {{ z_95() }} * scaled.log_odds_error)))
        as auc_low,
    1 / (1 + exp(-(scaled.log_odds + {{ z_95() }} * scaled.log_odds_error)))
        as auc_high,
    false as is_final,
    test_days.test_start,
    test_days.test_end
from scaled
cross join test_days
