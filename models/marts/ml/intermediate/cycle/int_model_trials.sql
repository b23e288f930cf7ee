with experiments as (
    select
        model_name,
        model_version,
        experiment_id,
        variant,
        experiment_name,
        experiment_type,
        decision,
        started_at,
        ended_at
    from {{ ref('int_model_experiments') }}
    where is_deciding
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

-- Without the area experiments a test has no verdict; what people decided is known.
{% if 'experiments' in var('areas') -%}
verdicts as (
    select
        experiment_id,
        variant,
        verdict,
        is_final
    from {{ ref('experiment_verdicts') }}
),

credits as (
    select
        experiment_id,
        variant,
        sum(credited_revenue) as credited_revenue,
        sum(credited_revenue_low) as credited_revenue_low,
        sum(credited_revenue_high) as credited_revenue_high
    from {{ ref('experiment_ledger') }}
    group by experiment_id, variant
),
{%- else -%}
verdicts as (
    select
        cast(null as varchar) as experiment_id,
        cast(null as varchar) as variant,
        cast(null as varchar) as verdict,
        cast(null as boolean) as is_final
    where false
),

credits as (
    select
        cast(null as varchar) as experiment_id,
        cast(null as varchar) as variant,
        cast(null as decimal(24, 6)) as credited_revenue,
        cast(null as decimal(24, 6)) as credited_revenue_low,
        cast(null as decimal(24, 6)) as credited_revenue_high
    where false
),
{%- endif %}

-- A group held out says what a shipped version brings; it ships and stops nothing.
trials as (
    select
        experiments.*,
        verdicts.verdict,
        credits.credited_revenue,
        credits.credited_revenue_low,
        credits.credited_revenue_high,
        case
            when experiments.experiment_type <> 'ab' then 'none'
            when experiments.decision = 'ship' then 'shipped'
            when experiments.decision = 'stop' then 'stopped'
            when experiments.started_at >= as_of.until_at then 'planned'
            when coalesce(verdicts.is_final, false) then 'ended'
            when verdicts.is_final is null and experiments.ended_at < as_of.until_at
                then 'ended'
            else 'running'
        end as trial
    from experiments
    cross join as_of
    left join verdicts
        on
            experiments.experiment_id = verdicts.experiment_id
            and experiments.variant = verdicts.variant
    left join credits
        on
            experiments.experiment_id = credits.experiment_id
            and experiments.variant = credits.variant
)

select * from trials
