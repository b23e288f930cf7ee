{{ config(materialized='table') }}
{{ validated(ref('raw_privacy__consents')) }}
