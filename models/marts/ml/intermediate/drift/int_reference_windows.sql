with model_versions as (
    select
        model_name,
        model_version,
        train_from,
        train_to,
        trained_at,
        {{ reporting_date('deployed_at') }} as deployed_date
    from {{ ref('stg_ml__models') }}
),

predictions as (
    select
        model_name,
        model_version,
        predicted_date,
        arrived_at,
        {{ dbt.dateadd(
            'day', var('late_days'),
            'min(arrived_at) over (partition by model_name, model_version)'
        ) }} as begun_at
    from {{ ref('int_feature_values') }}
),

coverage as (
    select covered_date from {{ covered_by(['ml.predictions']) }}
),

-- What arrives later than a version's first days moves its window no more.
starts as (
    select
        model_versions.model_name,
        model_versions.model_version,
        model_versions.train_from,
        model_versions.train_to,
        model_versions.trained_at,
        predictions.begun_at,
        count(
            case
                when
                    predictions.predicted_date
                    between model_versions.train_from and model_versions.train_to
                    and predictions.arrived_at < greatest(
                        predictions.begun_at, {{ dbt.dateadd(
                            'day', var('late_days'),
                            first_moment_after('model_versions.train_to')
                        ) }}
                    )
                    then 1
            end
        ) >= {{ var('drift_least_predictions') }} as has_training,
        {%- set is_early = 'predictions.arrived_at < predictions.begun_at' %}
        coalesce(
            min(case
                when
                    {{ is_early }}
                    and predictions.predicted_date >= model_versions.deployed_date
                    then predictions.predicted_date
            end),
            min(case when {{ is_early }} then predictions.predicted_date end)
        ) as first_date
    from model_versions
    inner join predictions
        on
            model_versions.model_name = predictions.model_name
            and model_versions.model_version = predictions.model_version
    group by
        model_versions.model_name,
        model_versions.model_version,
        model_versions.train_from,
        model_versions.train_to,
        model_versions.trained_at,
        predictions.begun_at
),

windows as (
    select
        *,
        case when has_training then 'training' else 'first_weeks' end
            as reference_kind,
        case when has_training then train_from else first_date end as reference_from,
        case
            when has_training then train_to
            else cast({{ dbt.dateadd(
                'day', var('drift_reference_days') ~ ' - 1', 'first_date'
            ) }} as date)
        end as reference_to
    from starts
),

counted as (
    select
        windows.*,
        greatest(
            windows.begun_at,
            {{ dbt.dateadd(
                'day', var('late_days'), first_moment_after('windows.reference_to')
            ) }}
        ) as counted_until
    from windows
),

final as (
    select
        counted.model_name,
        counted.model_version,
        counted.reference_kind,
        {{ first_moment_of('coverage.covered_date') }} >= counted.counted_until
            as is_final,
        counted.reference_from,
        counted.reference_to,
        counted.train_from,
        counted.train_to,
        counted.trained_at,
        counted.counted_until
    from counted
    cross join coverage
)

select * from final
