{{ config(materialized='table') }}
{{ validated(ref('raw_ads__daily_performance')) }}
