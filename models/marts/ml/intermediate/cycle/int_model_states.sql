with registry as (
    select
        model_name,
        model_version,
        owner,
        entity_type,
        features,
        training_predictions,
        prediction_count,
        recommends_items,
        train_from,
        train_to,
        trained_at,
        deployed_at,
        last_predicted_at
    from {{ ref('model_registry') }}
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

experiments as (
    select * from {{ ref('int_model_trials') }}
),

joined as (
    select
        registry.*,
        experiments.experiment_id,
        experiments.experiment_name,
        experiments.verdict,
        experiments.decision,
        experiments.credited_revenue,
        experiments.credited_revenue_low,
        experiments.credited_revenue_high,
        experiments.started_at as experiment_started_at,
        coalesce(experiments.trial, 'none') as trial,
        coalesce(registry.deployed_at < as_of.until_at, false) as is_deployed,
        as_of.until_at
    from registry
    cross join as_of
    left join experiments using (model_name, model_version)
),

-- A version that is live for a test has replaced nothing yet.
shipped as (
    select
        model_name,
        model_version,
        trained_at,
        deployed_at
    from joined
    where
        is_deployed
        and trial in ('none', 'shipped')
),

newest as (
    select
        model_name,
        max_by(model_version, (deployed_at, model_version)) as newest_version,
        max_by(trained_at, (deployed_at, model_version)) as newest_trained_at,
        max(deployed_at) as newest_deployed_at
    from shipped
    group by model_name
),

states as (
    select
        joined.*,
        newest.newest_version,
        newest.newest_deployed_at,
        case
            when joined.trial = 'stopped' then 'stopped'
            when joined.is_deployed and newest.newest_deployed_at > joined.deployed_at
                then 'replaced'
            when
                not joined.is_deployed
                and joined.trial = 'none'
                and newest.newest_trained_at > joined.trained_at
                then 'superseded'
            when joined.is_deployed and joined.trial in ('none', 'shipped')
                then 'shipped'
            when joined.trial = 'running' then 'in_test'
            else 'not_shipped'
        end as status
    from joined
    left join newest using (model_name)
)

select * from states
