{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_measures('ml', 'predictions') }}",
) }}
{{ measures_of('ml', 'predictions', days_measured_again()) }}
