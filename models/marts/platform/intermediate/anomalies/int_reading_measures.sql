{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_measures('devices', 'readings') }}",
) }}
-- depends_on: {{ ref('validated_app__customers') }}
{{ measures_of('devices', 'readings', days_measured_again()) }}
