{{ config(materialized='table') }}
{{ validated(ref('raw_payments__refunds'), rates=ref('known_rates')) }}
