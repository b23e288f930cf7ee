{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_measures('experiments', 'exposures') }}",
) }}
-- depends_on: {{ ref('validated_app__customers') }}
-- depends_on: {{ ref('validated_experiments__experiments') }}
{{ measures_of('experiments', 'exposures', days_measured_again()) }}
