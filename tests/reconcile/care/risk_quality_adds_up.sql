-- Why: a score looks good when those it gets wrong are not counted.
-- Threshold: none. In every way of dividing them, patient days tried on and their diagnoses are all that labels have from the first day of the
-- test on; where labels are final, there is a test.
with quality as (
    select
        segment_type,
        sum(n_mature) as n_mature,
        sum(n_diagnosed) as n_diagnosed
    from {{ ref('patient_risk_quality') }}
    group by segment_type
),

test_starts as (
    select min(test_start) as test_start from {{ ref('patient_risk_quality') }}
),

labels as (
    select
        count(*) as n_mature,
        count(case when labels.has_diagnosis then 1 end) as n_diagnosed
    from {{ ref('patient_risk_labels') }} as labels
    cross join test_starts
    where
        labels.is_final
        and labels.feature_date >= coalesce(test_starts.test_start, labels.feature_date)
)

select
    quality.segment_type,
    quality.n_mature,
    labels.n_mature as n_mature_of_labels,
    quality.n_diagnosed,
    labels.n_diagnosed as n_diagnosed_of_labels
from labels
left join quality
    on labels.n_mature > 0
where
    labels.n_mature > 0
    and (
        quality.n_mature is distinct from labels.n_mature
        or quality.n_diagnosed is distinct from labels.n_diagnosed
    )
