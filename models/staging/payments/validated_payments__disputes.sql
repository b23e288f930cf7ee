{{ config(materialized='table') }}
{{ validated(ref('raw_payments__disputes'), rates=ref('known_rates')) }}
