-- One row per segment, patient and day of the test: the chance that the score gave it, and its rank by it among all and among
-- those with the same outcome. Ties share the mean of their ranks; doubled, so that they are whole.
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

tried as (
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
        'all' as segment_type,
        'all' as segment,
        customer_id,
        has_diagnosis,
        risk,
        feature_date
    from tried
    {%- for column in ['age_band', 'blood_pressure'] %}
    union all
    select
        '{{ column }}' as segment_type,
        {{ column }} as segment,
        customer_id,
        has_diagnosis,
        risk,
        feature_date
    from tried
    {%- endfor %}
)

select
    segment_type,
    segment,
    customer_id,
    has_diagnosis,
    risk,
    2 * rank() over (partition by segment_type, segment order by risk)
    + count(*) over (partition by segment_type, segment, risk)
    - 1 as doubled_rank,
    2 * rank() over (partition by segment_type, segment, has_diagnosis order by risk)
    + count(*) over (partition by segment_type, segment, has_diagnosis, risk)
    - 1 as doubled_rank_of_outcome,
    feature_date
from in_segments
