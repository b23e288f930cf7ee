with features as (
    select * from {{ ref('patient_risk_features') }}
),

labels as (
    select
        customer_id,
        has_diagnosis,
        is_final,
        feature_date,
        {{ dbt.dateadd(
            'day', var('diagnosis_horizon_days') ~ ' + ' ~ var('diagnosis_delay_days'),
            'feature_date'
        ) }} as final_date
    from {{ ref('patient_risk_labels') }}
),

final_days as (
    select
        feature_date,
        row_number() over (order by feature_date desc) as days_ago,
        count(*) over () as day_count
    from labels
    where is_final
    group by feature_date
),

test_starts as (
    select min(feature_date) as test_start
    from final_days
    where days_ago <= ceil(1.0 * day_count / {{ var('risk_score_test_fraction') }})
),

samples as (
    select
        features.customer_id,
        features.age_band,
        case
            when features.systolic_usual_mmhg is null then 'never measured'
            else 'measured'
        end as blood_pressure,
        {%- for term in var('risk_score_terms') %}
        cast(features.{{ term }} as double) as {{ term }},
        {%- endfor %}
        labels.has_diagnosis,
        -- Learnt from is only what was final on the first day of the test.
        labels.final_date <= test_starts.test_start as is_training,
        labels.is_final and features.feature_date >= test_starts.test_start as is_test,
        features.feature_date,
        test_starts.test_start
    from features
    cross join test_starts
    inner join labels
        on
            features.customer_id = labels.customer_id
            and features.feature_date = labels.feature_date
)

select * from samples
