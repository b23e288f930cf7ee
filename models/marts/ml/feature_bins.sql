{#- A version whose window was still open is built again each time. -#}
{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(
        ref('int_reference_windows'),
        ['model_name', 'model_version'],
        ['max(trained_at)', 'max(train_from)', 'max(train_to)', 'min(is_final)'],
        ['max(trained_at)', 'max(train_from)', 'max(train_to)', 'nullif(min(is_final), false)']
    ) }}",
) }}
with windows as (
    select *
    from {{ ref('int_reference_windows') }} as windows
    where {{ is_changed(['model_name', 'model_version'], 'windows') }}
),

bins as (
    select * from {{ ref('int_reference_bins') }}
),

predictions as (
    select
        model_name,
        model_version,
        count(*) as reference_predictions
    from {{ ref('int_reference_values') }}
    where feature_kind = 'score'
    group by model_name, model_version
),

described as (
    select
        bins.model_name,
        bins.model_version,
        bins.feature_kind,
        bins.feature_name,
        bins.word,
        windows.reference_kind,
        bins.bin_number,
        bins.reference_count,
        predictions.reference_predictions,
        bins.lower_bound,
        bins.upper_bound,
        windows.is_final,
        windows.reference_from,
        windows.reference_to,
        windows.train_from,
        windows.train_to,
        windows.trained_at
    from bins
    inner join windows
        on
            bins.model_name = windows.model_name
            and bins.model_version = windows.model_version
    inner join predictions
        on
            bins.model_name = predictions.model_name
            and bins.model_version = predictions.model_version
)

select * from described
