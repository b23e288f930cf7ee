{%- set is_few = 'frauds_since_drift < ' ~ var('challenger_least_frauds') -%}
{%- set has_decayed =
    "drift_verdict in ('drift_and_decay', 'decay_without_drift')" -%}

with findings as (
    select
        model_name,
        model_version,
        status,
        trial,
        verdict,
        is_deployed,
        entity_type,
        recommends_items,
        prediction_count,
        has_labels,
        drift_verdict,
        drift_at,
        frauds_since_drift,
        challenger_verdict,
        measure,
        quality_then_low,
        quality_now_high,
        last_predicted_at,
        until_at
    from {{ ref('int_model_findings') }}
),

-- The first rule that holds names the step.
ruled as (
    select
        model_name,
        model_version,
        case
            when status = 'stopped' then 'lost_test'
            when
                status = 'replaced'
                and until_at <= {{ dbt.dateadd(
                    'day', var('model_idle_days'), 'last_predicted_at'
                ) }}
                then 'replaced_still_serving'
            when status in ('replaced', 'superseded') then status
            when trial = 'shipped' and not is_deployed then 'decided_to_ship'
            when trial = 'planned' then 'test_planned'
            when trial = 'running' then 'test_running'
            when trial = 'ended' and verdict = 'ship' then 'won_test'
            when trial = 'ended' and verdict = 'stop' then 'lost_test'
            when trial = 'ended' then 'test_inconclusive'
            when not is_deployed then 'never_tested'
            when prediction_count = 0 then 'no_predictions'
            when {{ has_decayed }} and entity_type <> 'payment' then 'decay'
            when {{ has_decayed }} and {{ is_few }} then 'few_since_drift'
            when {{ has_decayed }} then drift_verdict
            when challenger_verdict = 'challenger_better' and drift_at is not null
                then 'drifted_and_beaten'
            when challenger_verdict = 'challenger_better' then 'challenger_better'
            when not recommends_items and entity_type = 'payment'
                then
                    case
                        when not coalesce(has_labels, false) then 'no_labels'
                        when
                            drift_verdict = 'too_early'
                            and drift_at is not null
                            and {{ is_few }}
                            then 'few_since_drift'
                        else drift_verdict
                    end
            when quality_now_high < quality_then_low then 'clicks_fell'
            when measure = 'click_rate' and quality_now_high >= quality_then_low
                then 'clicks_hold'
            when recommends_items then 'few_clicks'
            when has_labels then drift_verdict
            else 'not_measured'
        end as reason_code
    from findings
)

select * from ruled
