with samples as (
    select
        customer_id,
        age_band,
        blood_pressure,
        has_diagnosis,
        feature_date
    from {{ ref('int_risk_samples') }}
    where is_test
),

scores as (
    select
        customer_id,
        risk,
        feature_date
    from {{ ref('patient_risk_scores') }}
),

scored as (
    select
        samples.*,
        scores.risk
    from samples
    left join scores
        on
            samples.customer_id = scores.customer_id
            and samples.feature_date = scores.feature_date
),

in_segments as (
    select
        *,
        'all' as segment_type,
        'all' as segment
    from scored
    union all
    select
        *,
        'age_band' as segment_type,
        age_band as segment
    from scored
    union all
    select
        *,
        'blood_pressure' as segment_type,
        blood_pressure as segment
    from scored
),

-- Ties share the mean of their ranks; doubled, so that they are whole.
ranked as (
    select
        segment_type,
        segment,
        customer_id,
        has_diagnosis,
        risk,
        count(case when has_diagnosis then 1 end) over segments as n_diagnosed,
        2 * rank() over by_risk
        + count(*) over (partition by segment_type, segment, risk)
        - 1 as doubled_rank,
        2 * rank() over outcomes_by_risk
        + count(*) over (partition by segment_type, segment, has_diagnosis, risk)
        - 1 as doubled_rank_of_outcome,
        feature_date
    from in_segments
    window
        segments as (partition by segment_type, segment),
        by_risk as (partition by segment_type, segment order by risk),
        outcomes_by_risk as (
            partition by segment_type, segment, has_diagnosis order by risk
        )
),

-- A pair is a diagnosed and another patient day; in order when the diagnosed has the
-- higher risk, half so when both have the same.
paired as (
    select
        segment_type,
        segment,
        customer_id,
        has_diagnosis,
        risk,
        case
            when has_diagnosis then doubled_rank - doubled_rank_of_outcome
            else 2 * n_diagnosed - doubled_rank + doubled_rank_of_outcome
        end / 2.0 as pairs_in_order,
        feature_date
    from ranked
)

select * from paired
