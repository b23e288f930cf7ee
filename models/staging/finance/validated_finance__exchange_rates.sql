{{ config(materialized='table') }}
{{ validated(ref('raw_finance__exchange_rates')) }}
