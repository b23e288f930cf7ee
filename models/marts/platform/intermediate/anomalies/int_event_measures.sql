{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_measures('events', 'events') }}",
) }}
-- depends_on: {{ ref('validated_app__customers') }}
{{ measures_of('events', 'events', days_measured_again()) }}
