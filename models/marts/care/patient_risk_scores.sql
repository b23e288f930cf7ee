with samples as (
    select * from {{ ref('int_risk_samples') }}
    where feature_date >= test_start
),

weights as (
    select
        {%- for term in var('risk_score_terms') %}
        max(case when term = '{{ term }}' then weight end) as {{ term }}_weight,
        max(case when term = '{{ term }}' then weight_when_missing end)
            as {{ term }}_weight_when_missing,
        max(case when term = '{{ term }}' then mean end) as {{ term }}_mean,
        {%- endfor %}
        max(case when term = 'intercept' then weight end) as intercept
    from {{ ref('patient_risk_weights') }}
),

added_up as (
    select
        samples.customer_id,
        samples.age_band,
        samples.feature_date,
        weights.intercept
        {%- for term in var('risk_score_terms') %}
        + coalesce(
            weights.{{ term }}_weight * samples.{{ term }},
            weights.{{ term }}_weight * weights.{{ term }}_mean
            + weights.{{ term }}_weight_when_missing
        )
        {%- endfor %} as log_odds
    from samples
    cross join weights
),

scored as (
    select
        customer_id,
        age_band,
        log_odds,
        1 / (1 + exp(-log_odds)) as risk,
        cast(row_number() over (
            partition by feature_date
            order by log_odds desc, customer_id asc
        ) as bigint) as risk_rank,
        feature_date
    from added_up
    where log_odds is not null
)

select * from scored
