{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='row_key',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_days('events', 'events') }}",
) }}
-- One row per raw row that had arrived, judged once.
-- depends_on: {{ as_of() }}
-- depends_on: {{ ref('raw_events__events') }}
{{ judged_by_arrival('events', 'events') }}
