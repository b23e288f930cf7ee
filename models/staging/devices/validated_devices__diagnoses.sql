{{ config(materialized='table') }}
{{ validated(ref('raw_devices__diagnoses')) }}
