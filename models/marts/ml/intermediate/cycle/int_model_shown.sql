{%- set currency = quoted(var('reporting_currency')) -%}

with findings as (
    select * from {{ ref('int_model_findings') }}
),

steps as (
    select * from {{ ref('int_model_steps') }}
),

lifts as (
    select * from {{ ref('int_recommendation_lifts') }}
    where list_rank = 'all'
),

-- A share in percent where clicks are counted, else the area under the curve.
shown as (
    select
        findings.model_name,
        findings.model_version,
        steps.reason_code,
        case
            when findings.status <> 'shipped' or findings.trial <> 'shipped' then null
            when lifts.click_lift is null then 'shipped_by_test'
            else 'shipped_by_test_of_clicks'
        end as proof_code,
        findings.challenger_reason as challenger_text,
        findings.challenger_reason_ko as challenger_text_ko,
        concat(findings.model_name, ' ', findings.model_version) as shown_version,
        concat(findings.model_name, ' ', findings.newest_version) as shown_newer,
        cast(cast(findings.newest_deployed_at as date) as varchar) as shown_retired,
        cast(cast(findings.last_predicted_at as date) as varchar) as shown_last,
        findings.experiment_name as shown_experiment,
        findings.verdict as shown_verdict,
        findings.decision as shown_decision,
        cast(cast(findings.experiment_started_at as date) as varchar) as shown_started,
        findings.drifted_features as shown_features,
        cast(cast(findings.drift_at as date) as varchar) as shown_drift,
        cast(findings.frauds_since_drift as varchar) as shown_since,
        '{{ var("challenger_least_frauds") }}' as shown_needed,
        {%- for name in [
            'then', 'then_low', 'then_high', 'now', 'now_low', 'now_high'
        ] %}
        case
            when findings.measure = 'click_rate'
                then {{ in_percent('findings.quality_' ~ name) }}
            else cast(cast(findings.quality_{{ name }} as decimal(9, 3)) as varchar)
        end as shown_{{ name }},
        {%- endfor %}
        {%- for name in ['lift', 'lift_low', 'lift_high'] %}
        {{ in_percent('lifts.click_' ~ name) }} as shown_{{ name }},
        {%- endfor %}
        {%- for name in ['revenue', 'revenue_low', 'revenue_high'] %}
        cast(cast(findings.credited_{{ name }} as decimal(24, 0)) as varchar)
        || ' ' || {{ currency }} as shown_{{ name }},
        {%- endfor %}
        cast(cast(findings.monthly_cost as decimal(24, 0)) as varchar)
        || ' ' || {{ currency }} as shown_dollars
    from findings
    inner join steps using (model_name, model_version)
    left join lifts using (model_name, model_version)
)

select * from shown
